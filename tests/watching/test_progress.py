import pytest

from autotune.agent.events import SearchStarted, TrialEnded, TrialStarted
from autotune.watching.progress import outcome
from tests.watching.example import ENDING, TRIALS, progress


def test_the_events_add_up() -> None:
    found = progress(*TRIALS)
    assert found.phase == "searching"
    assert found.ended == 4
    assert found.outcomes == {"complete": 1, "diverged": 1, "pruned": 1, "out of memory": 1}
    assert found.epochs == 11
    assert found.to_beat == ("TF-IDF on words and characters + logistic regression", 0.8)
    running = found.running[3]
    assert (running.epoch, running.rung, running.values, running.best) == (2, 1, [0.7, 0.6], 0.7)
    assert found.best == (0, 0.75)
    assert 0.5 <= found.share < 0.6  # half the time is gone, four of ten trials
    assert found.left is not None
    assert 28 < found.left <= 30
    assert found.estimate is None  # the budget of time says it better
    found.update(TrialEnded(3, "COMPLETE", 0.9, "finished", 5, 3.0, True))
    assert found.best == (3, 0.9)
    assert [score for _, score in found.history] == [0.75, 0.9]


def test_the_ending_follows() -> None:
    found = progress(*TRIALS, *ENDING[:6])
    assert (found.phase, found.finalists, found.wanted_runs) == ("confirming", (3, 0), 2)
    assert found.again[3, 1].values == [0.85]
    assert found.running == {}
    found = progress(*TRIALS, *ENDING)
    assert (found.phase, found.testing) == ("testing", 1234)
    assert [run.score for run in found.runs] == [0.88, None]
    assert found.again == {}


def test_the_clock_stands_until_the_workers_are_there() -> None:
    found = progress()
    assert (found.phase, found.elapsed, found.share) == ("starting", 0.0, 0.0)


def test_the_configurations_that_are_kept_are_those_that_are_trained() -> None:
    found = progress(SearchStarted(0, 0, 0.0, 1))
    for number in range(50):
        found.update(TrialStarted(number, None))  # type: ignore[arg-type]
        found.update(TrialEnded(number, "COMPLETE", 0.5, "finished", 1, 1.0, False))
        assert number in found.configs  # it is still to be told of
    assert len(found.configs) == 1


@pytest.mark.parametrize(
    ("state", "cause", "words"),
    [
        ("COMPLETE", "patience", "complete"),
        ("PRUNED", "pruned", "pruned"),
        ("PRUNED", "time", "cut off"),
        ("PRUNED", "trial timeout", "timed out"),
        ("PRUNED", "diverged", "diverged"),
        ("PRUNED", "out of memory", "out of memory"),
        ("PRUNED", "too large: 1,204,332 parameters, at most 1,000,000", "refused"),
        ("FAIL", "the worker died (SIGKILL)", "failed"),
    ],
)
def test_trials_are_counted_by_what_they_came_to(state: str, cause: str, words: str) -> None:
    assert outcome(state, cause) == words
