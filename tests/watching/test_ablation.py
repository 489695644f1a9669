import io

import pytest
from rich.console import Console

from autotune.agent.ablation import AblationEvent, AblationPlan, AblationStarted, RunEnded, RunEpoch, RunStarted
from autotune.config import Config
from autotune.spaces.alternatives import alternatives
from autotune.spaces.files import read_space
from autotune.watching.ablation import Progress, _picture, watching

PLAN = AblationPlan(Config(), tuple(alternatives(read_space("full"), Config(), "accuracy")), "accuracy", 2, 60.0, 1)
SCORED = {"score": 0.75, "cause": "finished", "epochs": 4, "epoch_seconds": 0.5}
EVENTS: list[AblationEvent] = [
    AblationStarted(done=2, spent=30.0, workers=2),
    *(RunStarted(number, PLAN.runs[number]) for number in (2, 3, 4)),
    RunEpoch(2, 1, 0.7),
    RunEpoch(2, 2, 0.6),
    RunEnded(3, SCORED, -0.0123),
    RunEnded(4, {"cause": "out of memory"}, None),
]


def test_progress_adds_the_events_up() -> None:
    progress = Progress(PLAN)
    for event in EVENTS:
        progress.update(event)
    assert (progress.done, progress.failed) == (4, 1)
    assert list(progress.running) == [2]
    assert (progress.running[2].epoch, progress.running[2].value) == (2, 0.6)
    assert 0.5 <= progress.share < 0.6  # half the time is gone
    progress.done = len(PLAN.runs)
    assert progress.share == 1.0


@pytest.mark.parametrize("width", [20, 80, 200])
def test_the_live_picture_fits_any_width(width: int) -> None:
    progress = Progress(PLAN)
    for event in EVENTS:
        progress.update(event)
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(
            _picture(progress, ["a line of a result that is somewhat longer than eighty characters are, to be cut off at the end"])
        )
    lines = capture.get().splitlines()
    assert len(lines) == 5
    assert all(len(line) <= width for line in lines)
    if width >= 80:
        assert f"4/{len(PLAN.runs)} runs, 1 failed" in lines[1]
        assert lines[4].split()[:3] == ["2/20", "0.6000", "1"]


def test_no_time_is_told_before_the_clock_runs() -> None:
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as capture:
        console.print(_picture(Progress(PLAN), []))
    assert capture.get().splitlines() == ["starting"]


def test_without_a_terminal_there_is_one_plain_line_a_run() -> None:
    console = Console(file=io.StringIO(), width=80)
    with watching(console, PLAN) as watch:
        for event in EVENTS:
            watch(event)
    output = console.file.getvalue()  # type: ignore[attr-defined]
    assert "training with 2 workers" in output
    path = PLAN.runs[3].change
    assert path is not None
    assert [line for line in output.splitlines() if f"accuracy 0.7500 (-0.0123)  {path.path}: " in line and line.endswith("seed 1")]
    assert "out of memory: " in output
    assert len(output.splitlines()) == 3
    assert "\x1b" not in output
