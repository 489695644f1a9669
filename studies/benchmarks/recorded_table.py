"""Records a table of configurations trained to the end on many data sets, and reads it: strategies are then compared on it in seconds.

    .venv/bin/python studies/benchmarks/recorded_table.py --hours 2        # goes on where it stopped; an hour gives about 80 rows

Every row is one configuration of the space `full`, every second one drawn by the priors, trained on one data set cut to 1,000 texts to
train on, 800 to compare on and 800 to test on, of at most 40 tokens. An epoch's cost is processor time on one thread, so that other work on
the machine does not tell in it. Rows come configuration by configuration: at whatever moment it ends, all data sets have the same ones.
"""

import argparse
import csv
import json
import random
import time
from functools import cache
from pathlib import Path
from typing import Any

import torch

from autotune.config import Value
from autotune.data.dataset import DataSource, load_dataset, load_test
from autotune.errors import AutotuneError
from autotune.metrics import accuracy
from autotune.spaces.files import read_space
from autotune.spaces.priors import builtin_priors, draw
from autotune.spaces.space import SearchSpace
from autotune.training.fit import fit

FAMILIES = {
    "opinions": ("mr",),
    "questions": ("trec",),
    "topics": ("search_snippets",),
    "tweets": ("tweeteval_irony", "germeval2018"),
    "chinese": ("zh_hotel",),
}
"""Data sets that are alike: what is learnt for one is not learnt from its like."""
SETS = tuple(name for family in FAMILIES.values() for name in family)
TRAIN, COMPARE, TEST = 1000, 800, 800
LONGEST_SECONDS = 10.0
"""Of processor time: what takes longer is stopped, and its epochs until then are the row."""


@cache
def space() -> SearchSpace:
    """What the table's configurations are drawn from."""
    return read_space("full").fix({"text.maximum_length": 40, "text.ngram_vocabulary": 20_000})


def samples(count: int) -> list[dict[str, Value]]:
    """The configurations of the table, the same at every call: the even ones drawn evenly, the odd ones by the priors."""
    drawn = []
    for number in range(count):
        drawn.append(draw(space(), builtin_priors() if number % 2 else {}, random.Random(f"row {number}")))
    return drawn


def described(path: Path) -> dict[str, Any]:
    """The space and the samples that a file of rows is of; written beside it when it begins, so that later priors do not change them."""
    beside = path.with_suffix(".described.json")
    if not beside.exists():
        beside.write_text(json.dumps({"space": space().to_json(), "families": FAMILIES, "samples": samples(2000)}))
    content: dict[str, Any] = json.loads(beside.read_text())
    return content


def source(folder: Path, name: str, scratch: Path) -> DataSource:
    """A part of a data set, the same at every call."""
    rows: list[tuple[str, str]] = []
    for part in ("all", "train", "dev"):  # official test files are kept for real searches
        path = folder / name / f"{part}.csv"
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                rows += [(row["text"], row["label"]) for row in csv.DictReader(file)]
    random.Random(1).shuffle(rows)
    rows = rows[: TRAIN + COMPARE + TEST]
    path = scratch / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(rows)
    return DataSource(str(path), validation_fraction=COMPARE / len(rows), test_fraction=TEST / len(rows))


def record(sample: dict[str, Value], name: str, where: DataSource) -> dict[str, Any]:
    """One row: the scores, losses and costs of every epoch, and the test score of the best one."""
    dataset = load_dataset(where)
    began = time.process_time()
    marks: list[float] = []

    def report(epoch: int, value: float) -> bool:
        marks.append(time.process_time() - began)
        return marks[-1] > LONGEST_SECONDS

    row: dict[str, Any] = {"set": name}
    try:
        outcome = fit(space().config(sample), dataset, report, device="cpu")
    except AutotuneError as problem:
        return {**row, "failed": problem.message, "seconds": [round(time.process_time() - began, 3)]}
    test = load_test(where, dataset)
    return {
        **row,
        "seconds": [round(mark, 3) for mark in marks],
        "scores": [round(epoch.scores["accuracy"], 5) for epoch in outcome.epochs],
        "train_loss": [round(epoch.train_loss, 4) for epoch in outcome.epochs],
        "validation_loss": [round(epoch.validation_loss, 4) for epoch in outcome.epochs],
        "test": round(accuracy(outcome.classifier.probabilities(test.texts), test.labels), 5),
        "parameters": outcome.parameters,
        "stopped": outcome.stopped,
    }


def main() -> None:
    """Appends rows until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=Path, default=Path("studies/recorded_table.jsonl"), help="the rows so far; ignored by git")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--parts", type=int, default=1, help="processes that record side by side, each into its own --rows")
    parser.add_argument("--part", type=int, default=0)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    scratch = chosen.rows.parent / "recorded_texts"
    scratch.mkdir(parents=True, exist_ok=True)
    sources = {name: source(chosen.data, name, scratch) for name in SETS}
    lines = map(json.loads, chosen.rows.read_text().splitlines()) if chosen.rows.exists() else ()
    done = {(line["row"], line["set"]) for line in lines}
    drawn = described(chosen.rows)["samples"]
    end = time.monotonic() + 3600 * chosen.hours
    with chosen.rows.open("a") as file:
        for number, sample in enumerate(drawn):
            if number % chosen.parts != chosen.part:
                continue
            for name in SETS:
                if time.monotonic() > end:
                    return
                if (number, name) in done:
                    continue
                row = {"row": number, **record(sample, name, sources[name])}
                file.write(json.dumps(row) + "\n")
                file.flush()


if __name__ == "__main__":
    main()
