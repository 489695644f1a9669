"""How much padding do batches hold, and what does cutting them cost?

    .venv/bin/python studies/benchmarks/batches.py                     # what batches.txt holds; a few minutes on one core
    .venv/bin/python studies/benchmarks/batches.py --data FOLDER       # with mr/all.csv and polarity2/all.csv in it

Padding is the share of all tokens in the batches of an epoch that only fill them up; beside it, what it would be without sorting by
length. At most 15 % on mr (sentences) and 25 % on polarity2 (whole reviews) are wanted. It depends on the lengths alone, so that
one epoch tells it.

Cutting is the processor time of an epoch in which the batches are only made, divided by that of an epoch in which they are also
learnt (without the validation). At most 3 % is wanted. The two take turns, and the median of the repeats is shown with the smallest
and the largest. The networks get smaller from line to line, which leaves less and less to hide the cutting behind.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from autotune.config import Config
from autotune.data.batches import Batches
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.tips.shuffling import EpochOrder
from autotune.training.encoding import encoded
from autotune.training.setup import set_up

SETS = {"mr": 256, "polarity2": 3000}
"""Data sets, and the maximum length at which padding is measured: nearly all texts whole."""

NETWORKS: dict[str, dict[str, Any]] = {
    "cnn, 32 wide": {"encoder.name": "cnn", "encoder.width": 32, "pretraining.dimension": 32},
    "no encoder, vectors of 100, n-grams": {"encoder.name": "none", "text.ngrams": 2, "text.character_ngrams": 4},
    "no encoder, vectors of 100": {"encoder.name": "none"},
    "no encoder, vectors of 32": {"encoder.name": "none", "pretraining.dimension": 32},
    "no encoder, vectors of 32, batch 256": {"encoder.name": "none", "pretraining.dimension": 32, "batch_size.initial": 256},
    "no encoder, vectors of 32, batch 1": {"encoder.name": "none", "pretraining.dimension": 32, "batch_size.initial": 1},
}


def padding(dataset: Dataset, maximum_length: int, batch_size: int) -> tuple[float, float]:
    """The share of padding in one shuffled epoch, and what it would be without sorting by length."""
    data = encoded(dataset, Config.from_values({"text.maximum_length": maximum_length}).text)
    rows = len(data.train)
    batches = list(Batches(data.train, data.train_labels, batch_size, EpochOrder(True, rows, 0)))
    computed = sum(batch.ids.numel() for batch in batches)
    unsorted = data.train.lengths[EpochOrder(True, rows, 0)()].split(batch_size)
    tokens = int(data.train.lengths.sum())
    return 1 - tokens / computed, 1 - tokens / sum(int(lengths.max()) * len(lengths) for lengths in unsorted)


def cutting(dataset: Dataset, values: dict[str, Any], repeats: int) -> list[float]:
    """The share of an epoch's processor time that goes into cutting batches, once for each repeat."""
    config = Config.from_values(values)
    setup = set_up(config, dataset, "cpu")
    assert isinstance(config.batch_size.initial, int)
    batches = setup.train_batches(config.batch_size.initial, EpochOrder(True, len(dataset.train), 0))
    model = setup.model.train()
    optimizer = model.configure_optimizers()

    def cut() -> None:
        for _ in batches:
            pass

    def learn() -> None:
        for batch in batches:
            model.step(optimizer, batch, 1e-3)

    learn()  # warm
    return [seconds(cut) / seconds(learn) for _ in range(repeats)]


def seconds(work: Callable[[], None]) -> float:
    """Processor time, to which it matters little what else the machine does."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data", help="folder of the data sets")
    arguments.add_argument("--repeats", type=int, default=5)
    given = arguments.parse_args()
    torch.set_num_threads(1)
    missing = [name for name in SETS if not (given.data / name / "all.csv").is_file()]
    if missing:
        raise SystemExit(f"no data: {given.data} lacks {', '.join(f'{name}/all.csv' for name in missing)}; name a folder with --data")
    sets = {name: load_dataset(DataSource(str(given.data / name / "all.csv"))) for name in SETS}

    print(f"{'padding':<50}sorted   unsorted")
    for name, maximum_length in SETS.items():
        for batch_size in (16, 32, 256):
            found, without = padding(sets[name], maximum_length, batch_size)
            print(f"{f'{name}, up to {maximum_length} tokens, batch {batch_size}':<50}{found:6.1%}   {without:8.1%}")
    print(f"\n{'cutting, share of an epoch':<50}median   smallest  largest")
    for name, dataset in sets.items():
        for network, values in NETWORKS.items():
            shares = cutting(dataset, values, given.repeats)
            print(f"{f'{name}, {network}':<50}{statistics.median(shares):6.1%}   {min(shares):8.1%} {max(shares):8.1%}", flush=True)


if __name__ == "__main__":
    main()
