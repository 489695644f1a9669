"""A bundle against labelled texts."""

from dataclasses import dataclass

import numpy as np

from autotune.config import Metric
from autotune.data.files import Table
from autotune.ensemble import Classifier
from autotune.errors import DataError
from autotune.metrics import intervals, scores


@dataclass(frozen=True)
class Evaluation:
    """Scores on labelled texts, each with its 95 % bootstrap interval."""

    rows: int
    scores: dict[Metric, float]
    intervals: dict[Metric, tuple[float, float]]
    unknown: dict[str, int]
    """Labels that the classifier does not know, and how often: each such row counts as a mistake."""


def evaluate(classifier: Classifier, table: Table) -> Evaluation:
    """Scores a classifier on a labelled table. Empty texts are left out, as the search leaves them out.

    Raises:
        DataError: no row is left.
    """
    assert table.labels is not None
    numbers = {label: number for number, label in enumerate(classifier.labels)}
    rows = [(text, label) for text, label in zip(table.texts, table.labels, strict=True) if text.strip()]
    if not rows:
        raise DataError("there is no text to evaluate on")
    labels = np.array([numbers.get(label, -1) for _, label in rows], dtype=np.int64)
    probabilities = classifier.probabilities([text for text, _ in rows])
    unknown: dict[str, int] = {}
    for _, label in rows:
        if label not in numbers:
            unknown[label] = unknown.get(label, 0) + 1
    return Evaluation(
        rows=len(rows),
        scores=scores(probabilities, labels),
        intervals=intervals(probabilities, labels),
        unknown=unknown,
    )
