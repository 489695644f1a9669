"""What a network has to beat: the majority class, and TF-IDF with logistic regression."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from autotune.config import Metric, better
from autotune.data.dataset import Dataset
from autotune.linear import LinearModel, Runs, Unit, beside
from autotune.metrics import Labels, Probabilities, scores

_CS = (10.0, 30.0, 3.0, 1.0)
"""Inverse strengths of the L2 penalty, the likeliest first; the best on the validation texts is taken."""
_MOST_WORK = 75_000_000
"""Numbers in the vectors times classes, over all strengths that are tried: some ten seconds. One strength is tried in any case."""
_MOST_COEFFICIENTS = 5_000_000  # 20 MB on the disk
_MOST_COLUMNS = 400_000
_MOST_TEXTS = 50_000  # beyond this many texts the linear model hardly improves but takes minutes
_MOST_CHARACTERS = 20_000_000
_MOST_SPELLED = 5_000_000  # characters up to which words are looked into, which makes vectors of nine times as many numbers
_MOST_SPELLED_ROWS = 60_000_000  # characters times classes
_Kind = tuple[Unit, int, int]  # of runs: the unit, the fewest and the most of it
_KINDS: dict[str, tuple[_Kind, ...]] = {
    "words and characters": (("word", 1, 2), ("char_wb", 2, 5)),
    "words": (("word", 1, 2),),
    "characters": (("char", 1, 3),),
}
_WORD = re.compile(r"\w\w")  # what the linear model takes for a word


@dataclass(frozen=True)
class Shares:
    """Knows nothing of texts: always the classes' shares [C] among the training texts."""

    shares: NDArray[np.float32]

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Class probabilities [N, C]."""
        return np.tile(self.shares, (len(texts), 1))


@dataclass(frozen=True)
class Baseline:
    """A simple classifier, fitted on the training texts."""

    name: str
    validation: dict[Metric, float]
    model: LinearModel | Shares
    strength: float | None = None
    """The inverse strength of the L2 penalty of a linear model."""

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Class probabilities [N, C]; zero for classes that were not among its training texts."""
        return self.model.probabilities(texts)


def majority_class(dataset: Dataset) -> Baseline:
    """Always says the most frequent class, with the classes' shares as probabilities."""
    counts = np.bincount(dataset.train.labels, minlength=len(dataset.labels))
    model = Shares((counts / counts.sum()).astype(np.float32))
    validation = dataset.validation
    return Baseline("majority class", scores(model.probabilities(validation.texts), validation.labels), model)


def linear_model(dataset: Dataset, metric: Metric) -> Baseline:
    """TF-IDF with logistic regression: on words, word pairs and two to five characters within words; on one to three characters where
    there are no words of two letters.

    Of long or very many texts it is fitted on words alone or on a sample, as its name then says.

    Raises:
        ValueError: nothing in the texts occurs twice.
    """
    texts, labels = _at_most(dataset.train.texts, dataset.train.labels)
    units = _units(texts, _rows(labels))
    name = f"TF-IDF on {units} + logistic regression"
    if len(texts) < len(dataset.train):
        name += f" ({len(texts):,} of {len(dataset.train):,} texts)"
    best: Baseline | None = None
    with threadpool_limits(1):  # trials run beside it
        runs, vectors = _learnt(texts, labels, _KINDS[units])
        unseen = beside(runs, dataset.validation.texts)
        for strength in _CS[: max(1, _MOST_WORK // (vectors.nnz * _rows(labels)))]:
            model = _fitted(runs, vectors, labels, len(dataset.labels), strength)
            validation = scores(model.of_vectors(unseen), dataset.validation.labels)
            if best is None or better(metric, validation[metric], best.validation[metric]):
                best = Baseline(name, validation, model, strength)
    assert best is not None
    return best


def fitted_on_all(linear: Baseline, dataset: Dataset) -> LinearModel:
    """A linear model as the given one, with the strength that was chosen for it, fitted on the training and the validation texts."""
    assert isinstance(linear.model, LinearModel)
    assert linear.strength is not None
    train, validation = dataset.train, dataset.validation
    texts, labels = _at_most(train.texts + validation.texts, np.concatenate([train.labels, validation.labels]))
    kinds = tuple((runs.unit, runs.shortest, runs.longest) for runs in linear.model.runs)
    with threadpool_limits(1):
        return _fitted(*_learnt(texts, labels, kinds), labels, len(dataset.labels), linear.strength)


def _learnt(texts: list[str], labels: Labels, kinds: Sequence[_Kind]) -> tuple[tuple[Runs, ...], csr_matrix]:
    """What the vectors are made of, and the vectors of the texts, in the solver's type."""
    most = min(_MOST_COLUMNS, _MOST_COEFFICIENTS // _rows(labels)) // len(kinds)
    learnt = [Runs.learn(texts, *kind, most) for kind in kinds]
    vectors = hstack([found for _, found in learnt], format="csr", dtype=np.float64)
    if not vectors.shape[1]:
        raise ValueError("nothing in the texts occurs twice")
    return tuple(runs for runs, _ in learnt), vectors


def _rows(labels: Labels) -> int:
    """How many classes are fitted, each against the rest; of two only one."""
    classes = len(np.unique(labels))
    return classes if classes > 2 else 1


def _units(texts: list[str], rows: int) -> str:
    """What the vectors of such texts are made of; `rows` is how many classes are fitted."""
    if _is_without_spaces(texts) or not any(_WORD.search(text) for text in texts):
        return "characters"
    characters = sum(map(len, texts))
    return "words and characters" if characters <= _MOST_SPELLED and characters * rows <= _MOST_SPELLED_ROWS else "words"


def _fitted(runs: tuple[Runs, ...], vectors: csr_matrix, labels: Labels, classes: int, strength: float) -> LinearModel:
    """Each class against the rest by dual coordinate descent (Yu et al. 2011).

    With many classes that takes a fifth of the time of the multinomial model, and is as accurate.
    """
    known = np.unique(labels)
    solver = LogisticRegression(C=strength, solver="liblinear", dual=True, tol=0.1, max_iter=1000, random_state=0)
    coefficients, intercepts = [], []
    for positive in known if len(known) > 2 else known[-1:]:
        solver.fit(vectors, labels == positive)
        coefficients.append(solver.coef_[0].astype(np.float32))
        intercepts.append(solver.intercept_[0])
    return LinearModel(runs, np.vstack(coefficients), np.array(intercepts, dtype=np.float32), known, classes)


def _at_most(texts: list[str], labels: Labels) -> tuple[list[str], Labels]:
    """As many texts as the linear model can be fitted on in seconds, in their order, drawn at random where there are more."""
    fraction = min(1.0, _MOST_TEXTS / len(texts), _MOST_CHARACTERS / max(1, sum(map(len, texts))))
    if fraction == 1.0:
        return texts, labels
    chosen = np.sort(np.random.default_rng(0).choice(len(texts), max(2, int(len(texts) * fraction)), replace=False))
    return [texts[row] for row in chosen], labels[chosen]


def _is_without_spaces(texts: Sequence[str]) -> bool:
    """Whether most letters of the first texts belong to scripts that are written without spaces between words."""
    letters = [character for text in texts[:500] for character in text[:200] if character.isalpha()]
    names = (unicodedata.name(character, "") for character in letters)
    return sum(name.startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")) for name in names) > len(letters) / 2
