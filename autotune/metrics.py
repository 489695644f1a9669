"""Scores of predicted probabilities, and how sure one can be of them."""

import numpy as np
from numpy.typing import NDArray

from autotune.config import METRICS, Metric

Probabilities = NDArray[np.float32]
Labels = NDArray[np.int64]

DEAD, SATURATED, SPREAD, NOISE = "dead_units", "saturated", "attention_spread", "step_noise"
"""What is measured inside a trained network, besides its scores."""

_SMALLEST = 1e-7  # about the resolution of float32: a certain mistake costs 16 nats, not infinity


def accuracy(probabilities: Probabilities, labels: Labels) -> float:
    """The share of texts [N] whose most probable class [N, C] is their label; label -1 (unknown class) is always a mistake."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def macro_f1(probabilities: Probabilities, labels: Labels) -> float:
    """The mean over classes of 2TP / (2TP + FP + FN), for the classes that occur among the labels or the predictions."""
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    hits = np.bincount(predicted[predicted == labels], minlength=classes)
    occurrences = np.bincount(predicted, minlength=classes) + np.bincount(labels[labels >= 0], minlength=classes)
    return _macro_f1(hits, occurrences)


def log_loss(probabilities: Probabilities, labels: Labels) -> float:
    """The mean negative log-likelihood in nats; an unknown class counts with the smallest probability there is."""
    return float(-np.log(np.clip(_likelihood(probabilities, labels), _SMALLEST, 1.0)).mean())


def _likelihood(probabilities: Probabilities, labels: Labels) -> NDArray[np.float32]:
    """What was given to the true class of each text, [N]."""
    return np.where(labels >= 0, probabilities[np.arange(len(labels)), labels], np.float32(0.0))


def _macro_f1(hits: NDArray[np.int64], occurrences: NDArray[np.int64]) -> float:
    """From the true positives of each class, and how often it occurs among labels and predictions together."""
    present = occurrences > 0
    return float((2 * hits[present] / occurrences[present]).mean())


_FUNCTIONS = {"accuracy": accuracy, "macro_f1": macro_f1, "log_loss": log_loss}


def score(metric: Metric, probabilities: Probabilities, labels: Labels) -> float:
    """One metric of probabilities [N, C] against labels [N]."""
    return _FUNCTIONS[metric](probabilities, labels)


def scores(probabilities: Probabilities, labels: Labels) -> dict[Metric, float]:
    """Every metric of probabilities [N, C] against labels [N]."""
    return {metric: score(metric, probabilities, labels) for metric in METRICS}


def intervals(probabilities: Probabilities, labels: Labels, resamples: int = 1000) -> dict[Metric, tuple[float, float]]:
    """95 % confidence intervals by the percentile bootstrap over texts (Efron 1979), the same at every call."""
    generator = np.random.default_rng(0)
    rows, classes = probabilities.shape
    # Once what does not depend on the draw, which may be of many thousand texts: 70,000 take half a second instead of thirteen.
    losses = -np.log(np.clip(_likelihood(probabilities, labels), _SMALLEST, 1.0)).astype(np.float64)
    cells = (labels + 1) * classes + probabilities.argmax(axis=1)  # of the table of labels, unknown ones first, and predictions
    values: dict[Metric, list[float]] = {metric: [] for metric in METRICS}
    for _ in range(resamples):
        draw = generator.integers(rows, size=rows)
        table = np.bincount(cells[draw], minlength=(classes + 1) * classes).reshape(classes + 1, classes)
        values["accuracy"].append(float(np.trace(table[1:]) / rows))
        values["macro_f1"].append(_macro_f1(np.diag(table[1:]), table.sum(axis=0) + table[1:].sum(axis=1)))
        values["log_loss"].append(float(losses[draw].mean()))
    return {metric: (float(low), float(high)) for metric, drawn in values.items() for low, high in [np.quantile(drawn, [0.025, 0.975])]}
