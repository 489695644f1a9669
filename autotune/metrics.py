"""Scores of predicted probabilities, and how sure one can be of them."""

import numpy as np
from numpy.typing import NDArray

from autotune.config import METRICS, Metric

Probabilities = NDArray[np.float32]
Labels = NDArray[np.int64]

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
    present = occurrences > 0
    return float((2 * hits[present] / occurrences[present]).mean())


def log_loss(probabilities: Probabilities, labels: Labels) -> float:
    """The mean negative log-likelihood in nats; an unknown class counts with the smallest probability there is."""
    likelihood = np.where(labels >= 0, probabilities[np.arange(len(labels)), labels], 0.0)
    return float(-np.log(np.clip(likelihood, _SMALLEST, 1.0)).mean())


_FUNCTIONS = {"accuracy": accuracy, "macro_f1": macro_f1, "log_loss": log_loss}


def score(metric: Metric, probabilities: Probabilities, labels: Labels) -> float:
    """One metric of probabilities [N, C] against labels [N]."""
    return _FUNCTIONS[metric](probabilities, labels)


def scores(probabilities: Probabilities, labels: Labels) -> dict[Metric, float]:
    """Every metric of probabilities [N, C] against labels [N]."""
    return {metric: score(metric, probabilities, labels) for metric in METRICS}


def interval(metric: Metric, probabilities: Probabilities, labels: Labels, resamples: int = 1000) -> tuple[float, float]:
    """A 95 % confidence interval by the percentile bootstrap over texts (Efron 1979), the same at every call."""
    generator = np.random.default_rng(0)
    rows = len(labels)
    values = [score(metric, probabilities[draw], labels[draw]) for draw in (generator.integers(rows, size=rows) for _ in range(resamples))]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def intervals(probabilities: Probabilities, labels: Labels) -> dict[Metric, tuple[float, float]]:
    """The interval of every metric."""
    return {metric: interval(metric, probabilities, labels) for metric in METRICS}
