"""The callback that has the batches grow from epoch to epoch."""

import lightning.pytorch as pl

from autotune.data.batches import Batches
from autotune.model import TextClassifier
from autotune.tips.batch_size import BatchSizes


class Growth(pl.Callback):
    """Gives the batches of each epoch the size that tip 12 wants."""

    def __init__(self, sizes: BatchSizes, batches: Batches) -> None:
        self.sizes = sizes
        self.batches = batches

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        # After `EpochEnd`, which validates.
        assert isinstance(module, TextClassifier)
        self.sizes.epoch_ended(module.validation_loss)
        self.batches.batch_size = self.sizes.current
