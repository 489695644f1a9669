import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from autotune.agent.events import DecisionMade, TrialStarted
from autotune.config import Config
from autotune.watching.live import Stage
from autotune.watching.picture import Picture
from autotune.watching.usage import Gpu, Usage
from tests.watching.example import ENDING, TRIALS, progress

EVENTS = [*TRIALS, *ENDING]


def drawn(events: int, width: int, height: int, name: str = "reviews", plain: bool = False) -> list[str]:
    usage = Usage()
    usage.busy, usage.cores, usage.gpus = 1.54, 2, (Gpu(0.45, 3 * 2**30, 80 * 2**30),)
    return [line.plain for line in Picture(progress(*EVENTS[:events], name=name), usage, plain).lines(width, height)]


@given(st.integers(0, len(EVENTS)), st.integers(1, 220), st.integers(1, 60), st.sampled_from(["reviews", "评论数据集" * 12]))
def test_it_fits_any_terminal_at_any_time(events: int, width: int, height: int, name: str) -> None:
    lines = drawn(events, width, height, name)
    assert 1 <= len(lines) <= height
    assert all(cell_len(line) <= width for line in lines), lines


def test_it_says_what_matters() -> None:
    head, bar, best, counts, *rest = drawn(len(TRIALS), 110, 24)
    assert re.fullmatch(r"reviews  searching  (30|29)s left  4 of 10 trials  3[01]s of 1m 00s", head)
    assert bar == "━" * 55 + "─" * 55
    assert best == "best accuracy 0.7500  trial 0  to beat 0.8000 (TF-IDF on words and characters + logistic regression)"
    assert counts == "4 trials  1 complete  1 pruned  1 diverged  1 out of memory  cpu 1.5 of 2 cores  gpu 45%, 3.2 GB of 86 GB"
    assert rest[1].split() == ["trial", "epoch", "rung", "accuracy", "best", "curve", "configuration"]
    assert rest[2].split()[:7] == ["3", "2/20", "1", "0.6000", "0.7000", "█▁", "cnn"]
    assert rest[-2].strip() == "30s  trial 3 diagnosis: trial 0 was best after epoch 1 of 4: learning_rate.relative 1 -> 0.5 (tip 2)"
    assert rest[-1].strip() == "30s  trial 4 pruned: best accuracy 0.5000 after 2 epochs, 0.6000 needed"


def test_the_finalists_have_their_turn() -> None:
    lines = drawn(len(TRIALS) + 7, 100, 24)
    assert "confirming" in lines[0]
    assert lines[2].startswith("best accuracy 0.9000  trial 3  ")
    assert "+0.1500, 0s ago" in lines[2]
    assert [line.split() for line in lines[5:8]] == [
        ["trial", "runs", "mean", "again", "now"],
        ["3", "1/2", "0.8800", "0.8800"],
        ["0", "0/2", "0/20"],
    ]
    assert "testing on 1,234 texts" in "\n".join(drawn(len(EVENTS), 100, 24))


def test_where_there_is_little_room_the_trials_stay() -> None:
    assert "epoch" in drawn(len(TRIALS), 38, 5)[3]
    lines = drawn(len(TRIALS), 38, 4)
    assert lines[0] == "reviews  searching  30s left" or lines[0] == "reviews  searching  29s left"
    assert lines[3].split()[:2] == ["3", "2/20"]


def test_many_trials_on_a_low_terminal() -> None:
    found = progress(*TRIALS)
    for number in range(10, 30):
        found.update(TrialStarted(number, Config()))
    lines = [line.plain for line in Picture(found, Usage()).lines(80, 9)]
    assert len(lines) == 9
    assert lines[-1] == "and 16 others"


def test_of_stopped_trials_one_decision_is_enough() -> None:
    found = progress(*TRIALS)
    for number in range(10, 30):
        found.update(DecisionMade(number, "pruned", "too low"))
    lines = [line.plain for line in Picture(found, Usage()).lines(120, 40)]
    assert sum(" pruned: " in line for line in lines) == 1
    assert "trial 29 pruned: too low" in lines[-1]
    assert any("diagnosis" in line for line in lines)


def test_a_terminal_without_such_characters_gets_others() -> None:
    lines = drawn(len(TRIALS), 60, 24, name="评论数据集评论数据集评论数据集", plain=True)
    assert all(line.isascii() for line in lines)
    assert lines[1] == "#" * 30 + "." * 30


def test_nothing_that_somebody_wrote_can_move_the_cursor() -> None:
    found = progress(*TRIALS, DecisionMade(None, "given", "\x1b[2J\x07\r\n\u202egnp.exe\u2028x"))
    text = "".join(line.plain for line in Picture(found, Usage()).lines(120, 40))
    assert text.isprintable()
    assert "gnp.exe" in text


@pytest.mark.parametrize(("width", "rows"), [(80, 3), (40, 4), (26, 6)])
def test_after_a_resize_as_many_rows_are_taken_back_as_the_terminal_has_made_of_the_picture(width: int, rows: int) -> None:
    from rich.text import Text

    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, height=24, legacy_windows=False, _environ={"TERM": "xterm"})
    stage = Stage(console, lambda width, height: [Text("x" * 30), Text(), Text("评" * 39)])
    with stage:
        stage.refresh()
        console.width = width
        screen.seek(0)
        screen.truncate()
        stage.refresh()
        assert screen.getvalue().split("x")[0].count("\x1b[1A") == rows - 1
