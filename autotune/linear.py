"""The linear model: TF-IDF vectors of runs of words and of characters, and logistic regression; as plain files without pickle."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix, hstack
from scipy.special import expit
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from autotune.errors import BundleError
from autotune.manifest import check_digests, digest, whole_folder
from autotune.metrics import Probabilities

Unit = Literal["word", "char", "char_wb"]
"""What runs are made of, as scikit-learn calls it: words; characters; characters within a word and its two borders."""

_DESCRIPTION = "linear.json"
_VOCABULARY = "vocabulary.json"
_WEIGHTS = "weights.safetensors"
_AT_ONCE = 4096  # texts: their vectors lie in memory together
_LARGEST = np.float32(50.0)  # a logit beyond it changes no digit, and the sum over classes must not be 0


@dataclass(frozen=True)
class Runs:
    """Turns texts into TF-IDF vectors of unit length, with logarithmic term frequencies.

    Args:
        unit: of what runs are made.
        shortest, longest: how many units a run has.
        vocabulary: the runs that have a column, in the order of their columns.
        idf: inverse document frequencies [columns] float32.
    """

    unit: Unit
    shortest: int
    longest: int
    vocabulary: tuple[str, ...]
    idf: NDArray[np.float32]

    @classmethod
    def learn(cls, texts: Sequence[str], unit: Unit, shortest: int, longest: int, most: int) -> "tuple[Runs, csr_matrix]":
        """Of the runs that two texts hold, at most so many, those that most texts hold; and the vectors of the texts themselves."""
        counts, names = _counts(texts, unit, _counter(unit, shortest, longest))
        found_in = np.bincount(counts.indices, minlength=len(names))
        columns = np.argsort(-found_in, kind="stable")[:most]
        columns = np.sort(columns[found_in[columns] >= 2])
        idf = (np.log((1 + len(texts)) / (1 + found_in[columns])) + 1).astype(np.float32)
        runs = cls(unit, shortest, longest, tuple(names[column] for column in columns), idf)
        return runs, runs._weighted(counts[:, columns])

    def vectors(self, texts: Sequence[str]) -> csr_matrix:
        """[N, columns] float32."""
        if not self.vocabulary:
            return csr_matrix((len(texts), 0), dtype=np.float32)
        return self._weighted(_counts(texts, self.unit, self._counter)[0])

    def _weighted(self, counts: csr_matrix) -> csr_matrix:
        counts.sort_indices()  # so that sums come out the same in whatever company a text is
        counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        return normalize(counts, copy=False)

    @cached_property
    def _counter(self) -> CountVectorizer:
        """Kept, since it looks through its whole vocabulary before it counts for the first time."""
        return _counter(self.unit, self.shortest, self.longest, {name: column for column, name in enumerate(self.vocabulary)})


@dataclass(frozen=True)
class LinearModel:
    """Logistic regression on the vectors of several kinds of runs beside each other.

    Args:
        runs: the kinds.
        coefficients: [rows, columns of all runs] float32: one row a class, each class against the rest; one row alone for the second of
            two classes.
        intercepts: [rows] float32.
        known: the numbers of the classes that were among the training texts, ascending, [rows], or 2 for one row.
        classes: how many classes there are.
    """

    runs: tuple[Runs, ...]
    coefficients: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    known: NDArray[np.int64]
    classes: int

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Class probabilities [N, C]; zero for classes that were not among the training texts."""
        parts = [self.of_vectors(beside(self.runs, texts[start : start + _AT_ONCE])) for start in range(0, len(texts), _AT_ONCE)]
        return np.vstack(parts) if parts else np.zeros((0, self.classes), dtype=np.float32)

    def of_vectors(self, vectors: csr_matrix) -> Probabilities:
        """The same of texts whose vectors [N, columns] are known."""
        positive = expit(np.clip(vectors @ self.coefficients.T + self.intercepts, -_LARGEST, _LARGEST))
        result = np.zeros((vectors.shape[0], self.classes), dtype=np.float32)
        if len(self.intercepts) == 1:
            result[:, self.known] = np.hstack([1 - positive, positive])
        else:
            result[:, self.known] = positive / positive.sum(axis=1, keepdims=True)
        return result

    @property
    def parameters_count(self) -> int:
        """Coefficients and intercepts."""
        return int(self.coefficients.size + self.intercepts.size)

    def save(self, folder: Path) -> None:
        """Writes the model to `folder`, which appears whole or not at all."""
        with whole_folder(folder) as scratch:
            (scratch / _VOCABULARY).write_text(json.dumps([runs.vocabulary for runs in self.runs]), encoding="utf-8")
            arrays = {"coefficients": self.coefficients, "intercepts": self.intercepts, "known": self.known}
            arrays |= {f"idf.{number}": runs.idf for number, runs in enumerate(self.runs)}
            save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, scratch / _WEIGHTS)
            description = {
                "classes": self.classes,
                "runs": [{"unit": runs.unit, "shortest": runs.shortest, "longest": runs.longest} for runs in self.runs],
                "sha256": {name: digest(scratch / name) for name in (_VOCABULARY, _WEIGHTS)},
            }
            (scratch / _DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LinearModel":
        """Reads what `save` wrote; its probabilities are the same to the last digit.

        Raises:
            BundleError: missing or damaged.
        """
        try:
            description: dict[str, Any] = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
            check_digests(folder, (_VOCABULARY, _WEIGHTS), description["sha256"])
            vocabularies = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
            arrays = load_file(folder / _WEIGHTS)
            runs = tuple(
                Runs(kind["unit"], kind["shortest"], kind["longest"], tuple(vocabulary), arrays[f"idf.{number}"])
                for number, (kind, vocabulary) in enumerate(zip(description["runs"], vocabularies, strict=True))
            )
            return cls(runs, arrays["coefficients"], arrays["intercepts"], arrays["known"], int(description["classes"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError):
            raise BundleError(f"{folder / _DESCRIPTION} is missing or damaged", "export the study again") from None


def beside(kinds: Sequence[Runs], texts: Sequence[str]) -> csr_matrix:
    """The vectors of several kinds of runs, one kind beside the other [N, columns of all] float32."""
    return hstack([runs.vectors(texts) for runs in kinds], format="csr")


def _counts(texts: Sequence[str], unit: Unit, counter: CountVectorizer) -> tuple[csr_matrix, Sequence[str]]:
    """How often each text holds each run [N, columns] float32, and what the columns are where the counter finds them: the runs that occur.

    Runs within words are counted once a word, and words once a text, which halves the time on short texts and does more on long ones.
    """
    lower = [text.lower() for text in texts]
    if unit != "char_wb":
        return _found(lower, counter)
    words, vocabulary = _found(lower, CountVectorizer(dtype=np.float32, analyzer=str.split))
    spelled, names = _found(vocabulary, counter)
    return csr_matrix(words @ spelled), names


def _counter(unit: Unit, shortest: int, longest: int, columns: dict[str, int] | None = None) -> CountVectorizer:
    """Counts the runs that are given, or else those that it finds."""
    return CountVectorizer(vocabulary=columns, dtype=np.float32, analyzer=unit, ngram_range=(shortest, longest))


def _found(texts: Sequence[str], counter: CountVectorizer) -> tuple[csr_matrix, Sequence[str]]:
    if counter.vocabulary is not None:
        return (counter.transform(texts) if texts else csr_matrix((0, len(counter.vocabulary)), dtype=np.float32)), ()
    try:
        return counter.fit_transform(texts), list(counter.get_feature_names_out())
    except ValueError:  # no text holds anything
        return csr_matrix((len(texts), 0), dtype=np.float32), []
