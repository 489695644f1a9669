"""The winner on the validation texts: which classes it confuses, its worst mistakes, and whether it knows how sure it is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autotune.data.dataset import Split
from autotune.metrics import Labels, Probabilities, intervals, scores
from autotune.reports.study.parts import Bin, ClassScores, Mistake, ValidationPart

_WORST = 20
_CONFUSIONS = 50
_BINS = 10
CUT = 400
"""Characters of a text that are shown."""


def on_validation(probabilities: Probabilities, split: Split, labels: Sequence[str]) -> ValidationPart:
    """Everything from the class probabilities [N, C] of the validation texts; C is the number of labels, of which none is unknown."""
    predicted = probabilities.argmax(axis=1)
    classes = len(labels)
    confusion = np.bincount(split.labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    wrong = confusion - np.diag(np.diag(confusion))
    most = [divmod(int(cell), classes) for cell in np.argsort(-wrong, axis=None, kind="stable")[:_CONFUSIONS]]
    bins = _calibration(probabilities.max(axis=1), predicted == split.labels)
    return ValidationPart(
        rows=len(split),
        scores=scores(probabilities, split.labels),
        intervals=intervals(probabilities, split.labels),
        classes=tuple(_class_scores(confusion, number, label) for number, label in enumerate(labels)),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        confusions=tuple((labels[row], labels[column], int(wrong[row, column])) for row, column in most if wrong[row, column]),
        mistakes=int(wrong.sum()),
        worst=_worst(probabilities, predicted, split, labels),
        calibration=bins,
        calibration_error=sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / len(split),
    )


def _class_scores(confusion: NDArray[np.int64], number: int, label: str) -> ClassScores:
    hits = int(confusion[number, number])
    given, predicted = int(confusion[number].sum()), int(confusion[:, number].sum())
    return ClassScores(
        label=label,
        precision=hits / predicted if predicted else None,
        recall=hits / given if given else None,
        f1=2 * hits / (given + predicted) if given + predicted else None,
        count=given,
        predicted=predicted,
    )


def _worst(probabilities: Probabilities, predicted: Labels, split: Split, labels: Sequence[str]) -> tuple[Mistake, ...]:
    rows = np.arange(len(split))
    of_label = probabilities[rows, split.labels]
    wrong = rows[predicted != split.labels]
    found = []
    for row in wrong[np.argsort(of_label[wrong], kind="stable")][:_WORST].tolist():
        text = split.texts[row]
        found.append(
            Mistake(
                text=text[:CUT],
                cut=max(0, len(text) - CUT),
                label=labels[split.labels[row]],
                predicted=labels[predicted[row]],
                probability=float(probabilities[row, predicted[row]]),
                label_probability=float(of_label[row]),
            )
        )
    return tuple(found)


def _calibration(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    places = np.clip(np.ceil(confidence.astype(np.float64) * _BINS) - 1, 0, _BINS - 1).astype(np.int64)
    found = []
    for place in np.unique(places).tolist():
        inside = places == place
        mean, share = float(confidence[inside].mean()), float(right[inside].mean())
        found.append(Bin(place / _BINS, (place + 1) / _BINS, int(inside.sum()), mean, share))
    return tuple(found)
