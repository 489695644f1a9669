import io

import pytest
from rich.console import Console

from autotune.config import Config
from autotune.data.dataset import DataSource
from autotune.search.events import BaselineReady, EpochEnded, Event, SearchStarted, TrialEnded, TrialStarted
from autotune.search.plan import SearchPlan
from autotune.spaces.files import read_space
from autotune.watching.search import Progress, _picture, watching

PLAN = SearchPlan(DataSource("builtin"), "f" * 16, read_space("quick"), "accuracy", 10, 60.0, 0, 1)
EVENTS: list[Event] = [
    SearchStarted(finished=2, requeued=1, searched_seconds=30.0, workers=2),
    BaselineReady("TF-IDF on words and characters + logistic regression", {"accuracy": 0.8}),
    BaselineReady("majority class", {"accuracy": 0.2}),
    TrialStarted(3, Config()),
    TrialStarted(4, Config()),
    TrialStarted(5, Config()),
    EpochEnded(3, 1, 0.7, 0),
    EpochEnded(3, 2, 0.6, 1),
    TrialEnded(4, "PRUNED", 0.5, "pruned", 2, 1.5, False),
    TrialEnded(5, "FAIL", None, "out of memory", 0, 0.0, False),
]


def test_progress_adds_the_events_up() -> None:
    progress = Progress(PLAN, best=(0, 0.75))
    for event in EVENTS:
        progress.update(event)
    assert (progress.ended, progress.pruned, progress.failed) == (4, 1, 1)
    assert progress.to_beat == ("TF-IDF on words and characters + logistic regression", 0.8)
    running = progress.running[3]
    assert (running.epoch, running.rung, running.value, running.best) == (2, 1, 0.6, 0.7)
    assert progress.best == (0, 0.75)
    assert 0.5 <= progress.share < 0.6  # half the time is gone, four of ten trials
    progress.update(TrialEnded(3, "COMPLETE", 0.9, "finished", 5, 3.0, True))
    assert progress.best == (3, 0.9)


def test_the_clock_stands_until_the_workers_are_there() -> None:
    progress = Progress(PLAN, best=None)
    assert (progress.elapsed, progress.share) == (0.0, 0.0)
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as capture:
        console.print(_picture(progress))
    assert capture.get() == "starting the workers ...\n"


@pytest.mark.parametrize("width", [20, 80, 200])
def test_the_live_picture_fits_any_width(width: int) -> None:
    progress = Progress(PLAN, best=(0, 0.75))
    for event in EVENTS:
        progress.update(event)
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(_picture(progress))
    lines = capture.get().splitlines()
    assert len(lines) == 5
    assert all(len(line) <= width for line in lines)
    if width >= 80:
        assert "4/10 trials, 1 pruned, 1 failed" in lines[0]
        assert "best accuracy 0.7500 (trial 0); to beat 0.8000" in lines[2]


def test_without_a_terminal_there_is_one_plain_line_a_trial() -> None:
    console = Console(file=io.StringIO(), width=80)
    with watching(console, PLAN, None) as watch:
        for event in EVENTS:
            watch(event)
    output = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1 interrupted trial again" in output
    assert sum("trial 4" in line for line in output.splitlines()) == 1
    assert "failed: out of memory" in output
    assert "\x1b" not in output
