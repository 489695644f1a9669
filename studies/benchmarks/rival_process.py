"""The process of one rival of `rivals.py`: searches until its deadline, then reads the test texts, and writes what came out as JSON."""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import rival_classics
import rival_networks
from rival_task import Found, Task

from autotune.data.dataset import DataSource, load_test
from autotune.spaces.files import read_space

SEARCHES: Mapping[str, Callable[[Task], Found]] = {
    "random": rival_networks.random_search,
    "optuna": rival_networks.optuna_median,
    "hyperband": rival_networks.optuna_hyperband,
    "ray-asha": rival_networks.ray_asha,
    "one-epoch": rival_networks.one_epoch,
    "fasttext": rival_classics.fasttext_autotune,
    "tfidf": rival_classics.tfidf,
}


def main() -> None:
    """Runs one search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rival", choices=SEARCHES)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--space", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--began", type=float, required=True, help="on the clock of time.monotonic()")
    parser.add_argument("--seconds", type=float, required=True, help="from then on")
    parser.add_argument("--to", type=Path, required=True)
    given = parser.parse_args()
    source = DataSource(str(given.train.resolve()), test=str(given.test.resolve()), seed=given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        cores = len(os.sched_getaffinity(0))
        task = Task(source, given.began, given.began + given.seconds, read_space(given.space), cores, Path(scratch))
        found = SEARCHES[given.rival](task)
        details = dict(found.details)
        seconds = details.pop("ended", time.monotonic()) - given.began
        test = load_test(source, task.dataset)
        accuracy = float((found.predict(test.texts) == test.labels).mean())
    result = {"seconds": round(seconds, 1), "validation": found.validation, "test": accuracy, "test_texts": len(test), "details": details}
    given.to.write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
