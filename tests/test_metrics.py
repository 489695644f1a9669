import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score
from sklearn.metrics import log_loss as sklearn_log_loss

from autotune.metrics import intervals, score, scores


def _draw(seed: int, rows: int = 200, classes: int = 5) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(classes), size=rows).astype(np.float32)
    return probabilities, generator.integers(classes, size=rows)


@given(st.integers(0, 10_000))
def test_scores_agree_with_scikit_learn(seed: int) -> None:
    probabilities, labels = _draw(seed)
    predicted = probabilities.argmax(axis=1)
    ours = scores(probabilities, labels)
    assert ours["accuracy"] == pytest.approx(accuracy_score(labels, predicted))
    assert ours["macro_f1"] == pytest.approx(f1_score(labels, predicted, average="macro", zero_division=0))
    exact = probabilities.astype(np.float64)
    expected = sklearn_log_loss(labels, exact / exact.sum(axis=1, keepdims=True), labels=range(5))
    assert ours["log_loss"] == pytest.approx(expected, rel=1e-4)


def test_an_unknown_class_is_always_a_mistake() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]], dtype=np.float32)
    labels = np.array([0, -1])
    assert score("accuracy", probabilities, labels) == 0.5
    assert score("log_loss", probabilities, labels) > 8
    assert score("macro_f1", probabilities, labels) == pytest.approx(0.5)


def test_a_certain_mistake_costs_a_finite_loss() -> None:
    assert score("log_loss", np.array([[1.0, 0.0]], dtype=np.float32), np.array([1])) < 20


def test_the_interval_holds_the_score_and_shrinks_with_more_rows() -> None:
    wide = intervals(*_draw(1, rows=50))["accuracy"]
    narrow = intervals(*_draw(1, rows=5000), resamples=200)["accuracy"]
    assert wide[0] <= score("accuracy", *_draw(1, rows=50)) <= wide[1]
    assert narrow[1] - narrow[0] < (wide[1] - wide[0]) / 3
    assert intervals(*_draw(1, rows=50))["accuracy"] == wide


def test_the_intervals_are_those_of_the_scores_of_drawn_texts() -> None:
    probabilities, labels = _draw(3, rows=80)
    labels = np.where(np.arange(80) % 9 == 0, -1, labels)
    found = intervals(probabilities, labels, resamples=50)
    generator = np.random.default_rng(0)
    draws = [generator.integers(80, size=80) for _ in range(50)]
    for metric, bounds in found.items():
        drawn = [score(metric, probabilities[draw], labels[draw]) for draw in draws]
        assert bounds == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
