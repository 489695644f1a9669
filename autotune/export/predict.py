"""Labels for a stream of texts, in their order and in memory that does not grow with it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from autotune.data.texts import Text
from autotune.ensemble import Classifier
from autotune.errors import DataError

CHUNK = 4096
"""So many texts are taken together."""


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of one text.

    Args:
        labels: all classes, the most probable first.
        probabilities: theirs, in the same order: [classes] float32.
    """

    labels: list[str]
    probabilities: NDArray[np.float32]

    @property
    def label(self) -> str:
        """The most probable class."""
        return self.labels[0]

    def of(self, label: str) -> float:
        """The probability of a class."""
        return float(self.probabilities[self.labels.index(label)])


def predict(classifier: Classifier, texts: Iterable[Text], chunk: int = CHUNK) -> Iterator[Prediction | DataError]:
    """One prediction for each text, and for each row that could not be read the reason.

    Args:
        chunk: how many are read before the first is answered.
    """
    rows = iter(texts)
    while part := list(islice(rows, chunk)):
        found = iter(classifier.probabilities([row for row in part if isinstance(row, str)]))
        for row in part:
            yield row if isinstance(row, DataError) else _prediction(classifier, next(found))


def _prediction(classifier: Classifier, row: NDArray[np.float32]) -> Prediction:
    order = np.argsort(-row, kind="stable")
    return Prediction([classifier.labels[place] for place in order], row[order])
