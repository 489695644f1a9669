"""What do checkpoints cost? The same run with and without them, in turns.

    .venv/bin/python studies/benchmarks/checkpoints.py             # two minutes
    .venv/bin/python studies/benchmarks/checkpoints.py --data FOLDER

FOLDER holds mr/all.csv. For a small and a large network: bytes of a checkpoint, milliseconds to write it, and the run's time with
checkpoints divided by that without, as the median of the turns; `every epoch` writes after each epoch, `as they come` is what a search does.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch

from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.training import checkpoint as writing
from autotune.training.checkpoint import Checkpoint
from autotune.training.fit import fit

NETWORKS = {
    "small": {"encoder.name": "none", "pretraining.dimension": 50},
    "large": {"encoder.name": "cnn", "pretraining.dimension": 200, "encoder.width": 100, "text.ngrams": 2, "text.character_ngrams": 5},
}
TURNS = 5


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data", help="folder of data sets")
    dataset = load_dataset(DataSource(str(parser.parse_args().data / "mr" / "all.csv")))
    torch.set_num_threads(1)
    usual = writing.SHARE
    with tempfile.TemporaryDirectory() as scratch:
        for name, values in NETWORKS.items():
            config = Config.from_values({**values, "early_stopping.max_epochs": 6, "early_stopping.patience": 6})
            path = Path(scratch) / f"{name}.pt"
            fit(config, dataset)
            taken: dict[str, list[float]] = {"without": [], "every epoch": [], "as they come": []}
            for _ in range(TURNS):
                for how, times in taken.items():
                    path.unlink(missing_ok=True)
                    writing.SHARE = 1e9 if how == "every epoch" else usual
                    kept = None if how == "without" else Checkpoint(path, config, dataset)
                    started = time.process_time()
                    fit(config, dataset, checkpoint=kept)
                    times.append(time.process_time() - started)
                    if how == "every epoch":
                        size = path.stat().st_size
            without = statistics.median(taken["without"])
            whole, usually = (statistics.median(taken[how]) for how in ("every epoch", "as they come"))
            print(
                f"{name:<6} {size / 2**20:6.1f} MiB   {1000 * (whole - without) / 5:6.1f} ms each   "
                f"an epoch {without / 6:.2f} s   every epoch {whole / without:.3f}   as they come {usually / without:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
