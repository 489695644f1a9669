"""Rivals without networks of ours: fastText, and TF-IDF with logistic regression."""

import re
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rival_task import Found, Labels, Task

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

STRENGTHS = (10.0, 3.0, 30.0, 1.0, 100.0, 0.3)
"""Values of C, the likeliest first."""
FOLDS = 5
GRID_SHARE = 0.65
"""Of the time of TF-IDF, after which no other C or fold is begun: the best C is fitted on all texts then."""


def fasttext_autotune(task: Task) -> Found:
    """fastText with -autotune-validation and -autotune-duration, on texts prepared as in its tutorial."""
    import fasttext

    train, validation = (task.scratch / name for name in ("train.txt", "valid.txt"))
    for path, split in ((train, task.dataset.train), (validation, task.dataset.validation)):
        lines = (f"__label__{label} {_fasttext_line(text)}\n" for text, label in zip(split.texts, split.labels, strict=True))
        path.write_text("".join(lines), encoding="utf-8")
    duration = max(1, int(task.left))
    model = fasttext.train_supervised(
        input=str(train), autotuneValidationFile=str(validation), autotuneDuration=duration, thread=task.cores, verbose=0
    )

    def predict(texts: Sequence[str]) -> Labels:
        found, _ = model.predict([_fasttext_line(text) for text in texts])
        return np.array([int(labels[0].removeprefix("__label__")) if labels else -1 for labels in found], dtype=np.int64)

    right = predict(task.dataset.validation.texts) == task.dataset.validation.labels
    chosen = model.f.getArgs()
    details = {name: getattr(chosen, name) for name in ("lr", "dim", "epoch", "wordNgrams", "minn", "maxn", "bucket")}
    return Found(float(right.mean()), predict, details)


def _fasttext_line(text: str) -> str:
    """Lower-cased, with blanks around punctuation as in fastText's tutorial, and around each character of scripts without blanks."""
    spaced = re.sub(r"([.!?,'/()]|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef])", r" \1 ", text.lower())
    return " ".join(spaced.split())


def tfidf(task: Task) -> Found:
    """TF-IDF of words and pairs, and of two to five characters within words, with logistic regression; C by cross-validation.

    As many folds at a time as there are cores. Where time is short fewer values of C and fewer folds are tried. The best C by the mean
    over the folds is fitted on all texts, as scikit-learn's grid search does.
    """
    from sklearn.model_selection import StratifiedKFold

    texts, labels = task.all_texts
    until = task.until(GRID_SHARE)
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=task.seed).split(texts, labels))
    scores: list[dict[float, float]] = []
    with ProcessPoolExecutor(task.cores, get_context("spawn")) as pool:
        for first in range(0, FOLDS, task.cores):
            begun = time.monotonic()
            some = folds[first : first + task.cores]
            scores += pool.map(_fold, *zip(*((texts, labels, stay, held_out, until) for stay, held_out in some), strict=True))
            if 2 * time.monotonic() - begun > until:
                break
    means = {
        strength: float(np.mean([found[strength] for found in scores])) for strength in STRENGTHS if all(strength in s for s in scores)
    }
    best = max(means, key=lambda strength: means[strength])
    vectorizer = _vectorizer()
    model = _logistic(vectorizer.fit_transform(texts), labels, best)
    details = {"C": best, "folds": len(scores), "tried": len(means)}
    return Found(means[best], lambda unseen: model.predict(vectorizer.transform(unseen)), details)


def _fold(texts: list[str], labels: Labels, stay: NDArray[np.intp], held_out: NDArray[np.intp], until: float) -> dict[float, float]:
    """The accuracy on the held-out texts by C: of the first in any case, of others as time allows."""
    vectorizer = _vectorizer()
    vectors = vectorizer.fit_transform([texts[row] for row in stay])
    unseen = vectorizer.transform([texts[row] for row in held_out])
    found: dict[float, float] = {}
    for strength in STRENGTHS:
        begun = time.monotonic()
        found[strength] = float(_logistic(vectors, labels[stay], strength).score(unseen, labels[held_out]))
        if 2 * time.monotonic() - begun > until:
            break
    return found


def _vectorizer() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    return FeatureUnion([("words", words), ("characters", characters)])


def _logistic(vectors: "csr_matrix", labels: Labels, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # as in the processes of scikit-learn's own grid search
        return LogisticRegression(C=strength, max_iter=1000).fit(vectors, labels)
