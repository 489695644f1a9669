"""What a network has to beat: the majority class, and TF-IDF with logistic regression."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from threadpoolctl import threadpool_limits

from autotune.config import Metric, better
from autotune.data.dataset import Dataset
from autotune.metrics import Labels, Probabilities, scores

_CS = (1.0, 10.0)  # inverse strengths of the L2 penalty; the better on the validation texts is taken
_MOST_TEXTS = 50_000  # beyond this many texts the linear model hardly improves but takes minutes
_WORD = re.compile(r"\w\w")  # what the vectorizer takes for a word


@dataclass(frozen=True)
class Baseline:
    """A simple classifier, fitted on the training texts."""

    name: str
    validation: dict[Metric, float]
    pipeline: Pipeline
    classes: int

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Class probabilities [N, C]; zero for classes that were not among its training texts."""
        result = np.zeros((len(texts), self.classes), dtype=np.float32)
        result[:, self.pipeline.classes_] = self.pipeline.predict_proba(texts)
        return result


def majority_class(dataset: Dataset) -> Baseline:
    """Always says the most frequent class, with the classes' shares as probabilities."""
    pipeline = make_pipeline(TfidfVectorizer(analyzer=_nothing), DummyClassifier(strategy="prior"))
    return _fit("majority class", pipeline, dataset, dataset.train.texts, dataset.train.labels)


def linear_model(dataset: Dataset, metric: Metric) -> Baseline:
    """TF-IDF with logistic regression: words and word pairs, or one to three characters where there are no words of two letters.

    Of very many texts it is fitted on a sample, as its name then says.

    Raises:
        ValueError: nothing in the texts occurs twice.
    """
    texts, labels = _at_most(_MOST_TEXTS, dataset.train.texts, dataset.train.labels)
    characters = _is_without_spaces(texts) or not any(_WORD.search(text) for text in texts)
    name = f"TF-IDF on {'characters' if characters else 'words'} + logistic regression"
    if len(texts) < len(dataset.train):
        name += f" ({len(texts):,} of {len(dataset.train):,} texts)"
    best: Baseline | None = None
    with threadpool_limits(1):  # trials run beside it
        for strength in _CS:
            vectorizer = (
                TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
                if characters
                else TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
            )
            candidate = _fit(name, make_pipeline(vectorizer, LogisticRegression(C=strength, max_iter=1000)), dataset, texts, labels)
            if best is None or better(metric, candidate.validation[metric], best.validation[metric]):
                best = candidate
    assert best is not None
    return best


def _fit(name: str, pipeline: Pipeline, dataset: Dataset, texts: list[str], labels: Labels) -> Baseline:
    pipeline.fit(texts, labels)
    fitted = Baseline(name, {}, pipeline, len(dataset.labels))
    fitted.validation.update(scores(fitted.probabilities(dataset.validation.texts), dataset.validation.labels))
    return fitted


def _at_most(rows: int, texts: list[str], labels: Labels) -> tuple[list[str], Labels]:
    if len(texts) <= rows:
        return texts, labels
    chosen = np.sort(np.random.default_rng(0).choice(len(texts), rows, replace=False))
    return [texts[row] for row in chosen], labels[chosen]


def _nothing(text: str) -> list[str]:
    return ["same"]


def _is_without_spaces(texts: Sequence[str]) -> bool:
    """Whether most letters of the first texts belong to scripts that are written without spaces between words."""
    letters = [character for text in texts[:500] for character in text[:200] if character.isalpha()]
    names = (unicodedata.name(character, "") for character in letters)
    return sum(name.startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")) for name in names) > len(letters) / 2
