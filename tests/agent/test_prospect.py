import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.agent.ending.prospect import prospect


def test_of_a_few_trials_nothing_is_said() -> None:
    assert prospect([0.5, 0.6, 0.7, 0.8, 0.9], "accuracy", 1000) is None


@given(scores=st.lists(st.floats(0.01, 0.99), min_size=6, max_size=40), metric=st.sampled_from(["accuracy", "macro_f1", "log_loss"]))
def test_a_gain_is_never_negative_and_hardly_more_than_the_scores_differ_by(scores: list[float], metric: str) -> None:
    found = prospect(scores, metric, 1000)  # type: ignore[arg-type]
    assert found is not None
    assert 0.0 <= found[0] <= max(scores) - min(scores) + 1e-9


def test_differences_that_are_chance_promise_nothing() -> None:
    draw = random.Random(0)
    noise = [draw.gauss(0.8, 0.0126) for _ in range(40)]  # of a thousand texts
    real = [draw.gauss(0.6, 0.08) for _ in range(40)]
    chance, rest = prospect(noise, "accuracy", 1000), prospect(real, "accuracy", 1000)
    assert chance is not None
    assert rest is not None
    assert chance[0] < 0.0005
    assert rest[0] > 0.005


@pytest.mark.parametrize("metric", ["accuracy", "log_loss"])
def test_equal_scores_leave_nothing_to_gain(metric: str) -> None:
    assert prospect([0.5] * 10, metric, 100) == (0.0, 0.0)  # type: ignore[arg-type]
