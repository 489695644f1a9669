"""How fast models answer, ours against fastText's and scikit-learn's TF-IDF with logistic regression, in one run.

    pip install -r studies/benchmarks/rivals_requirements.txt     # for fastText; without it its line is left out
    .venv/bin/python studies/benchmarks/prediction_speed.py --data ../shared/data/mr/all.csv

Processor time on one thread, so that other work on the machine tells as little as it can. Throughput: 5,000 texts in one call. Latency: one
text a call, the median over fifteen texts of all lengths. Everything is measured in turns, and each figure is the median of the turns;
the multiples are against TF-IDF of words and pairs of the same turn.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from threadpoolctl import threadpool_limits

from autotune.baselines import linear_model
from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.ensemble import Ensemble
from autotune.linear import LinearModel
from autotune.training.fit import fit

Predict = Callable[[Sequence[str]], Any]

NETWORKS = {
    "network of n-grams": {"encoder.name": "none", "text.ngrams": 2, "text.character_ngrams": 5},
    "cnn": {"encoder.name": "cnn", "encoder.width": 100, "encoder.kernel_sizes": "3,4,5"},
    "gru": {"encoder.name": "gru", "encoder.width": 64},
    "cnn with n-grams": {"encoder.name": "cnn", "encoder.width": 100, "text.ngrams": 2, "text.character_ngrams": 5},
}
TURNS = 7
TEXTS = 5000


def ours(dataset: Dataset) -> dict[str, Predict]:
    """Networks of every kind, one epoch each: what they have learnt does not tell in the time. And an ensemble of three and the linear."""
    values = {"early_stopping.max_epochs": 1, "pretraining.dimension": 100}
    models = {name: fit(Config.from_values({**values, **network}), dataset).classifier for name, network in NETWORKS.items()}
    linear = linear_model(dataset, "accuracy")
    assert isinstance(linear.model, LinearModel)
    together = Ensemble((models["network of n-grams"], models["cnn"], models["gru"]), linear.model, 0.5)
    found: dict[str, Predict] = {name: model.probabilities for name, model in models.items()}
    return found | {"ensemble: n-grams, cnn, gru, TF-IDF": together.probabilities}


def rivals(dataset: Dataset, scratch: Path) -> dict[str, Predict]:
    """TF-IDF of words and pairs, TF-IDF of characters as well, and fastText with pairs of words, and with characters as well."""
    texts, labels = dataset.train.texts, dataset.train.labels
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    spelled = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    found: dict[str, Predict] = {}
    for name, features in {"TF-IDF, words": words, "TF-IDF, words and characters": make_union(words, spelled)}.items():
        found[name] = make_pipeline(features, LogisticRegression(C=10, max_iter=1000)).fit(texts, labels).predict_proba
    if find_spec("fasttext"):
        import fasttext

        file = scratch / "train.txt"
        lines = (f"__label__{label} {' '.join(text.split())}\n" for text, label in zip(texts, labels, strict=True))
        file.write_text("".join(lines), encoding="utf-8")
        for name, options in {"fastText, words": {}, "fastText, words and characters": {"minn": 2, "maxn": 5}}.items():
            model = fasttext.train_supervised(str(file), wordNgrams=2, dim=100, epoch=5, thread=1, verbose=0, **options)
            found[name] = lambda some, model=model: model.predict([" ".join(text.split()) for text in some], k=-1)
    return found


def seconds(predict: Predict, texts: Sequence[str]) -> float:
    """Processor seconds of one call."""
    began = time.process_time()
    predict(texts)
    return time.process_time() - began


def main() -> None:
    """Prints a line for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/mr/all.csv"))
    torch.set_num_threads(1)
    data = parser.parse_args().data
    dataset = load_dataset(DataSource(str(data)))
    pool = dataset.train.texts + dataset.validation.texts
    many = (pool * (TEXTS // len(pool) + 1))[:TEXTS]
    ordered = sorted(pool, key=len)
    single = [ordered[(2 * place + 1) * len(ordered) // 30] for place in range(15)]
    with tempfile.TemporaryDirectory() as scratch, threadpool_limits(1):
        models = rivals(dataset, Path(scratch)) | ours(dataset)
        reference = next(iter(models))
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in models}
        for predict in models.values():
            predict(many[:100])
            predict(single[:1])
        for _ in range(TURNS):
            for name, predict in models.items():
                alone = statistics.median(min(seconds(predict, [text]) for _ in range(3)) for text in single)
                times[name].append((seconds(predict, many), alone))
    width = max(map(len, models))
    print(
        f"{data.parent.name}, {len(dataset.train):,} texts to train on, median length {statistics.median(map(len, many)):.0f} characters\n"
    )
    print(f"{'':<{width}}  texts a second           one text")
    for name, turns in times.items():
        rate, alone = TEXTS / statistics.median(turn[0] for turn in turns), statistics.median(turn[1] for turn in turns)
        against = list(zip(turns, times[reference], strict=True))
        faster, slower = (statistics.median(ratio) for ratio in ([b[0] / a[0] for a, b in against], [a[1] / b[1] for a, b in against]))
        print(f"{name:<{width}}  {rate:>8,.0f}  (x{faster:.2f})   {1000 * alone:>6.2f} ms  (x{slower:.2f})")


if __name__ == "__main__":
    main()
