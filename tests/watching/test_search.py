import io

from rich.console import Console

from autotune.watching.progress import Before
from autotune.watching.search import watching
from tests.watching.example import ENDING, PLAN, TRIALS


def watched(console: Console, live: bool = True) -> str:
    with watching(console, PLAN, "reviews", Before(), live) as watch:
        for event in [*TRIALS, *ENDING]:
            watch(event)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_without_a_terminal_there_is_one_plain_line_a_trial() -> None:
    output = watched(Console(file=io.StringIO(), width=80))
    lines = output.splitlines()
    assert lines[0] == "searching with 2 workers, 1 interrupted trial again"
    assert sum("trial 4" in line for line in lines) == 1
    assert "failed: out of memory" in output
    assert "trial 6    lost: the worker died (SIGKILL); it goes on from its last checkpoint" in output
    assert "the best again, 2 times with other seeds and splits: trials 3, 0" in output
    assert "trial 3    again, run 1: accuracy 0.8800  2.0s" in output
    assert "testing on 1,234 texts" in output
    assert "\x1b" not in output


def test_a_live_picture_leaves_the_lines_that_matter() -> None:
    console = Console(
        file=io.StringIO(), width=100, height=24, force_terminal=True, color_system=None, legacy_windows=False, _environ={"TERM": "xterm"}
    )
    output = watched(console)
    assert "\x1b[?25h" in output.split("\x1b[?25l")[-1]  # the cursor is there again
    for line in ("failed: out of memory", "<- best so far", "the best again", "note: a sentence"):
        assert output.count(line) == 1
    assert "pruned   2 epochs" not in output


def test_plain_lines_where_a_picture_would_be_in_the_way() -> None:
    plain = watched(Console(file=io.StringIO(), width=80))
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    assert watched(console, live=False) == plain
    assert watched(Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None, _environ={"TERM": "dumb"})) == plain


def test_a_quiet_console_gets_nothing() -> None:
    for terminal in (True, False):
        assert watched(Console(file=io.StringIO(), quiet=True, force_terminal=terminal)) == ""
