"""What do checkpoints cost? The same run with and without them, in turns.

    .venv/bin/python studies/benchmarks/checkpoints.py             # some minutes on one core
    .venv/bin/python studies/benchmarks/checkpoints.py --data FOLDER

FOLDER holds mr/all.csv, of which 3,200 texts are trained on. For a small and a large network: bytes of a checkpoint, milliseconds to
write it, and the run's processor time with checkpoints divided by that without, as the median of the turns; `every epoch` writes after
each epoch, `as they come` is what a search does.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch
from bare_loop import part

from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.training import checkpoint as writing
from autotune.training.checkpoint import Checkpoint
from autotune.training.fit import fit

NETWORKS = {
    "small": {"encoder.name": "none", "pretraining.dimension": 50},
    "large": {"encoder.name": "none", "pretraining.dimension": 200, "text.ngrams": 2, "text.character_ngrams": 5},
}
TEXTS, EPOCHS, TURNS = 3200, 10, 5


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data", help="folder of data sets")
    dataset = part(load_dataset(DataSource(str(parser.parse_args().data / "mr" / "all.csv"))), TEXTS, 200)
    torch.set_num_threads(1)
    usual = writing.SHARE
    with tempfile.TemporaryDirectory() as scratch:
        for name, values in NETWORKS.items():
            config = Config.from_values({**values, "early_stopping.max_epochs": EPOCHS, "early_stopping.patience": EPOCHS})
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
                f"{name:<6} {size / 2**20:6.1f} MiB   {1000 * (whole - without) / (EPOCHS - 1):6.1f} ms each   "
                f"an epoch {without / EPOCHS:.2f} s   every epoch {whole / without:.3f}   as they come {usually / without:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
