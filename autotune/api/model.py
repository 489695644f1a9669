"""A model that `export` wrote, in Python."""

from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path

from autotune.ensemble import Classifier
from autotune.export.bundle import load_bundle
from autotune.export.predict import predict
from autotune.metrics import Probabilities


class Model:
    """What predicts: a network, or several networks and a linear model as one.

    Texts are taken as they are: what training did to them, the model does as well.

    Attributes:
        labels: the names of the classes, in the order of the probabilities.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.labels: tuple[str, ...] = classifier.labels

    def __repr__(self) -> str:
        return f"Model({len(self.labels)} classes: {', '.join(self.labels[:5])}{', ...' if len(self.labels) > 5 else ''})"

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The most probable label of each text.

        Raises:
            TypeError: a single string, which would be taken letter by letter.
        """
        return [self.labels[place] for place in self.probabilities(texts).argmax(axis=1)]

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Class probabilities [texts, classes] float32, the classes in the order of `labels`.

        Raises:
            TypeError: a single string.
        """
        if isinstance(texts, str):
            raise TypeError("a list of texts is expected, not a single one: [text]")
        for place, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"texts[{place}] is no text but {type(text).__name__}")
        return self._classifier.probabilities(list(texts))

    def top(self, texts: Sequence[str], k: int = 3) -> list[list[tuple[str, float]]]:
        """For each text the `k` most probable labels with their probabilities, the best first.

        Raises:
            TypeError: a single string.
        """
        found = self.probabilities(texts)
        return [[(self.labels[place], float(row[place])) for place in (-row).argsort(kind="stable")[:k]] for row in found]

    def stream(self, texts: Iterable[str]) -> Iterator[str]:
        """The most probable label of each text, in memory that does not grow with their number."""
        for answer in predict(self._classifier, texts):
            if isinstance(answer, Exception):
                raise answer
            yield answer.label


def load(folder: str | PathLike[str]) -> Model:
    """The model of a folder that `autotune export` or `Study.export` wrote, on the CPU.

    Raises:
        BundleError: it is none, damaged, or of a newer version.
    """
    return Model(load_bundle(Path(folder)))
