import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.agent.ending.standing import standing

shares = st.floats(0.05, 0.95)


@given(runs=st.dictionaries(st.integers(0, 50), st.lists(shares, min_size=2, max_size=5), min_size=1, max_size=3))
def test_the_winner_is_a_finalist_and_the_interval_holds_the_score(runs: dict[int, list[float]]) -> None:
    found = standing(runs, dict.fromkeys(runs, 10), "accuracy", 1000, 1000)
    assert found is not None
    assert found.trial in runs
    assert found.low < found.score < found.high
    flat = [score for scores in runs.values() for score in scores]
    assert min(flat) - 1e-9 <= found.score <= max(flat) + 1e-9


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "log_loss"])
def test_the_best_mean_wins(metric: str) -> None:
    found = standing({3: [0.80, 0.82, 0.81], 5: [0.70, 0.71, 0.72]}, {3: 9, 5: 1}, metric, 1000, 500)  # type: ignore[arg-type]
    assert found is not None
    assert found.trial == (5 if metric == "log_loss" else 3)


def test_of_tied_finalists_the_smallest_wins() -> None:
    runs = {3: [0.80, 0.82, 0.81], 5: [0.81, 0.80, 0.819]}
    for parameters, winner in (({3: 9, 5: 1}, 5), ({3: 1, 5: 9}, 3)):
        found = standing(runs, parameters, "accuracy", 1000, 1000)
        assert found is not None
        assert found.trial == winner


def test_no_run_no_winner() -> None:
    assert standing({3: [], 5: [0.8]}, {3: 1, 5: 1}, "accuracy", 100, 100) is None
    assert standing({}, {}, "accuracy", 100, 100) is None


def test_where_nobody_has_two_runs_the_best_trial_wins_with_its_one() -> None:
    found = standing({3: [0.8], 5: [0.9]}, {3: 1, 5: 1}, "accuracy", 100, 100)
    assert found is not None
    assert (found.trial, found.score) == (3, 0.8)
    twice = standing({3: [0.8, 0.8]}, {3: 1}, "accuracy", 100, 100)
    assert twice is not None
    assert found.low < twice.low
    assert standing({3: [0.8]}, {3: 1}, "log_loss", 100, 100) is None


def test_a_finalist_with_a_single_run_is_left_out() -> None:
    found = standing({3: [0.8, 0.8], 5: [0.99]}, {3: 1, 5: 1}, "accuracy", 100, 100)
    assert found is not None
    assert found.trial == 3


def test_the_reported_score_owes_nothing_to_the_choice_among_equals() -> None:
    """Three finalists of the same true score: the mean of the winner is too high, the cross-fitted score is not."""
    draw = random.Random(0)
    flattering, honest = [], []
    for _ in range(2000):
        runs = {trial: [draw.gauss(0.8, 0.02) for _ in range(3)] for trial in range(3)}
        found = standing(runs, dict.fromkeys(runs, 1), "accuracy", 1000, 1000)
        assert found is not None
        flattering.append(max(statistics.mean(scores) for scores in runs.values()))
        honest.append(found.score)
    assert statistics.mean(flattering) > 0.807
    assert abs(statistics.mean(honest) - 0.8) < 0.0015


@settings(max_examples=5)
@given(share=st.floats(0.6, 0.95), tested=st.sampled_from([300, 1000, 3000]))
def test_the_interval_holds_the_score_on_new_texts_nineteen_times_in_twenty(share: float, tested: int) -> None:
    draw = random.Random(1)

    def observed(texts: int) -> float:
        return draw.gauss(share, (share * (1 - share) / texts) ** 0.5)

    hits = 0
    for _ in range(1000):
        found = standing({0: [observed(800) for _ in range(3)]}, {0: 1}, "accuracy", 800, tested)
        assert found is not None
        hits += found.low <= observed(tested) <= found.high
    assert hits / 1000 > 0.93


def test_no_interval_goes_beyond_what_a_score_can_be() -> None:
    for runs in ([1.0, 1.0, 1.0], [0.0, 0.0], [1.0]):
        found = standing({0: runs}, {0: 1}, "accuracy", compared=16, tested=16)
        assert found is not None
        assert 0.0 <= found.low <= found.score <= found.high <= 1.0
    losses = standing({0: [0.01, 0.2]}, {0: 1}, "log_loss", compared=16, tested=16)
    assert losses is not None
    assert losses.low == 0.0
    assert losses.high > 1.0
