"""Does an option help? The same small networks with and without it, on many data sets, paired by seed.

    .venv/bin/python studies/benchmarks/options.py                 # half an hour on one core
    .venv/bin/python studies/benchmarks/options.py --sets trec,mr --seeds 1

Each data set is cut to 2,500 texts to train on and up to 3,000 to compare on, so that a difference of half a point is seen. Scores are
those of the best epoch on the texts to compare on, for either side alike; test files are never read. Each line gives, for one option,
the mean difference in percentage points over all sets, on how many sets it helped, and the difference on each.
"""

import argparse
import csv
import random
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from autotune.config import Config, Metric
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.training.fit import fit

SETS = (
    *("trec", "mr", "subj", "tweeteval_irony", "tweeteval_hate", "germeval2018", "wiki_toxicity", "umsab_multilingual"),
    *("search_snippets", "clinc150_small", "dbpedia14_14k", "toutiao_small", "zh_hotel"),
)
CHINESE = ("toutiao_small", "zh_hotel")
TRAIN, COMPARE = 2500, 3000
METRICS: tuple[Metric, ...] = ("accuracy", "macro_f1")

BASES = {
    "no encoder": {"encoder.name": "none", "pooling.name": "average", "learning_rate.relative": 2.0, "dropout.embedding": 0.3},
    "cnn": {
        "encoder.name": "cnn",
        "encoder.width": 50,
        "encoder.kernel_sizes": "2,3,4",
        "learning_rate.relative": 1.5,
        "dropout.embedding": 0.2,
        "dropout.head": 0.5,
    },
}
COMMON = {"text.maximum_length": 128, "early_stopping.max_epochs": 10, "early_stopping.patience": 3}

Scores = dict[tuple[str, str, Metric, str], list[float]]


def options(name: str) -> dict[str, tuple[str, dict[str, object]]]:
    """Each option: what it is compared with, and its values for one data set. In Chinese a token is one character."""
    tokens: dict[str, object] = {"text.ngrams": 3 if name in CHINESE else 2}
    both = tokens | {"text.character_ngrams": 5}
    return {
        "plain": ("", {}),
        "runs of tokens": ("plain", tokens),
        "and of characters": ("runs of tokens", both),
        "smoothed labels": ("and of characters", both | {"loss.label_smoothing": 0.1}),
        "balanced classes": ("and of characters", both | {"loss.class_weights": "balanced"}),
    }


def load(folder: Path, name: str, scratch: Path) -> Dataset:
    """A part of a data set, the same at every call."""
    rows = list(_rows(folder / name))
    random.Random(1).shuffle(rows)
    train = min(TRAIN, int(0.6 * len(rows)))
    compare = min(COMPARE, len(rows) - train)
    path = scratch / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(rows[: train + compare])
    return load_dataset(DataSource(str(path), validation_fraction=compare / (train + compare), test_fraction=0.0))


def measure(dataset: Dataset, name: str, seeds: int, scores: Scores) -> None:
    """Trains every option on one data set and adds its scores, in percent."""
    for base, values in BASES.items():
        for seed in range(seeds):
            for option, (_, changed) in options(name).items():
                outcome = fit(Config.from_values({**COMMON, **values, **changed, "seed": seed}), dataset)
                for metric in METRICS:
                    best = max(epoch.scores[metric] for epoch in outcome.epochs)
                    scores.setdefault((base, option, metric, name), []).append(100 * best)


def show(sets: list[str], scores: Scores) -> None:
    """Prints a table for each network and metric."""
    for base in BASES:
        for metric in METRICS:
            print(f"\n{base}, {metric}, difference in points")
            for option, (reference, _) in options("").items():
                if not reference:
                    continue
                gains = []
                for name in sets:
                    pairs = zip(scores[base, option, metric, name], scores[base, reference, metric, name], strict=True)
                    gains.append(statistics.mean(one - other for one, other in pairs))
                each = "  ".join(f"{name} {gain:+.1f}" for name, gain in zip(sets, gains, strict=True))
                better = f"better on {sum(gain > 0 for gain in gains)} of {len(sets)}"
                print(f"{option:<17} against {reference:<17} {statistics.mean(gains):+.2f}, {better}:  {each}")


def _rows(folder: Path) -> Iterator[tuple[str, str]]:
    csv.field_size_limit(2**31 - 1)
    for file in ("all.csv", "train.csv", "dev.csv"):
        if (folder / file).exists():
            with (folder / file).open(newline="", encoding="utf-8") as stream:
                yield from ((row["text"], row["label"]) for row in csv.DictReader(stream) if row["text"].strip())


def main() -> None:
    """Trains everything, then prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data", help="folder of data sets")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seeds", type=int, default=2)
    given = parser.parse_args()
    sets = [name for name in given.sets.split(",") if (given.data / name).is_dir()]
    if not sets:
        raise SystemExit(f"no data sets in {given.data}: say --data FOLDER")
    torch.set_num_threads(1)
    scores: Scores = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in sets:
            measure(load(given.data, name, Path(scratch)), name, given.seeds, scores)
    print(f"{len(sets)} data sets, {given.seeds} seeds, best epoch on the texts to compare on")
    show(sets, scores)


if __name__ == "__main__":
    main()
