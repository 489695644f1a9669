"""What each tip's options do to one sound network, one change at a time, on data sets of several kinds: figures for the pages on the tips.

    .venv/bin/python studies/benchmarks/tips.py --rows studies/tips.jsonl     # goes on where it stopped; about an hour on one core
    .venv/bin/python studies/benchmarks/tips.py --rows studies/tips.jsonl --table

The network is a CNN with maximum pooling, trained on the parts of `recorded_table.py` (1,000 texts to train on, 800 to compare on). A
line gives the mean difference in points of accuracy, over the data sets, to the base's mean over five seeds (one seed's luck would be in
every line), its 95 % interval (Student's t over data sets: what to expect on another one of their kind), on how many it helped, and the
processor time of a run as a multiple of the base's. Scores are those of the best epoch on the texts to compare on, for either side alike;
test texts are never read.
"""

import argparse
import json
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from recorded_table import SETS, source

from autotune.config import Config
from autotune.data.dataset import Dataset, load_dataset
from autotune.errors import AutotuneError
from autotune.reports.ablation import change_words, student, tip_number
from autotune.spaces.alternatives import Alternative, alternatives
from autotune.spaces.files import read_space
from autotune.training.fit import fit

BASE = Config.from_values(
    {
        "encoder.name": "cnn",
        "encoder.width": 50,
        "encoder.kernel_sizes": "2,3,4",
        "pooling.name": "max",
        "learning_rate.relative": 1.5,
        "dropout.embedding": 0.2,
        "dropout.head": 0.5,
        "activation.name": "relu",
        "text.maximum_length": 64,
        "early_stopping.max_epochs": 10,
        "early_stopping.patience": 3,
    }
)
BASE_SEEDS = 5
STEP = 1 / 800


def train(config: Config, dataset: Dataset) -> dict[str, Any]:
    """Score and processor seconds of a run, or why there is none."""
    began = time.process_time()
    try:
        outcome = fit(config, dataset)
    except AutotuneError as problem:
        return {"failed": problem.message}
    return {"score": outcome.score, "seconds": round(time.process_time() - began, 3)}


def record(data: Path, rows: Path, changes: list[Alternative], seeds: int) -> None:
    """Appends what is missing, seed by seed, so that an early end leaves whole data sets."""
    scratch = rows.parent / "recorded_texts"
    scratch.mkdir(parents=True, exist_ok=True)
    done = {(row["set"], row["seed"], row["change"]) for row in map(json.loads, rows.read_text().splitlines())} if rows.exists() else set()
    configs = {"": BASE} | {change_words(change): change.config for change in changes}
    with rows.open("a") as file:
        for seed in range(max(seeds, BASE_SEEDS)):
            for name in SETS:
                dataset = load_dataset(source(data, name, scratch))
                for words, config in configs.items():
                    if (name, seed, words) not in done and (seed < seeds or not words):
                        row = {"set": name, "seed": seed, "change": words, **train(config.model_copy(update={"seed": seed}), dataset)}
                        file.write(json.dumps(row) + "\n")
                        file.flush()


def table(rows: Path, changes: list[Alternative]) -> None:
    """Prints a line for every change, by tip."""
    found: dict[str, dict[tuple[str, int], dict[str, Any]]] = defaultdict(dict)
    for row in map(json.loads, rows.read_text().splitlines()):
        found[row["change"]][row["set"], row["seed"]] = row
    base = {name: [run for (of, _), run in found[""].items() if of == name] for name in SETS}
    level = {name: statistics.fmean(run["score"] for run in runs) for name, runs in base.items() if runs}
    luck = 100 * statistics.fmean(statistics.stdev(run["score"] for run in runs) for runs in base.values() if len(runs) > 1)
    mean = statistics.fmean(level.values())
    print(f"{len(level)} data sets; base: accuracy {mean:.3f}, standard deviation of its seeds {luck:.2f} points\n")
    width = max(len(change_words(change)) for change in changes)
    for change in sorted(changes, key=lambda change: (tip_number(change.tip) == "-", tip_number(change.tip).rjust(2), change.path)):
        runs = {key: run for key, run in found[change_words(change)].items() if "score" in run}
        by_set = [
            statistics.fmean(run["score"] for (of, _), run in runs.items() if of == name) - level[name]
            for name in SETS
            if any(of == name for of, _ in runs)
        ]
        if len(by_set) < 2:
            print(f"{tip_number(change.tip):>2}  {change_words(change):<{width}}  no score")
            continue
        half, _ = student(by_set, STEP)
        slower = statistics.median(run["seconds"] / statistics.median(one["seconds"] for one in base[of]) for (of, _), run in runs.items())
        better = sum(difference > 0 for difference in by_set)
        mean, number = 100 * statistics.fmean(by_set), tip_number(change.tip)
        interval = f"{mean:+6.2f} +- {100 * (half or 0):5.2f}"
        print(f"{number:>2}  {change_words(change):<{width}}  {interval}  better on {better} of {len(by_set)}  x{slower:.2g}")


def main() -> None:
    """Records, or prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=Path, default=Path("studies/tips.jsonl"), help="the runs so far; ignored by git")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--table", action="store_true")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    changes = alternatives(read_space("full"), BASE, "accuracy")
    if chosen.table:
        table(chosen.rows, changes)
    else:
        record(chosen.data, chosen.rows, changes, chosen.seeds)


if __name__ == "__main__":
    main()
