"""`fit_on_all`: the model that is put to use, trained on the validation texts too, for as many epochs as were best with them held out."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import lightning.pytorch as pl

from autotune.config import Config
from autotune.data.batches import Batches
from autotune.data.dataset import Dataset, unsplit
from autotune.model import TextClassifier
from autotune.tips.batch_size import BatchSizes
from autotune.tips.shuffling import EpochOrder
from autotune.training.circumstances import Circumstances, circumstances
from autotune.training.memory import freed_memory_kept, memory_explained
from autotune.training.outcome import DivergedError, OutOfTimeError
from autotune.training.passes import Once, StopAsked, UntilDeadline
from autotune.training.quiet import silence_lightning
from autotune.training.setup import Device, set_up
from autotune.training.trained import TrainedClassifier
from autotune.training.trainer import quiet_trainer

Told = Callable[[int, float], None]
"""Told `(epoch, mean training loss)` after every epoch, counted from 1."""


@dataclass(frozen=True)
class FitOnAll:
    """A run without validation: it has no score."""

    classifier: TrainedClassifier
    """With the weights of the last epoch."""
    seconds: float
    notes: tuple[str, ...]
    circumstances: Circumstances


def needs_losses(config: Config) -> bool:
    """Whether the course of a run depends on the validation losses of its epochs."""
    return config.learning_rate.schedule == "plateau" or (config.batch_size.growth == "plateau" and config.batch_size.initial != "full")


def fit_on_all(
    config: Config,
    dataset: Dataset,
    epochs: int,
    validation_losses: Sequence[float],
    told: Told = lambda epoch, loss: None,
    *,
    device: Device = "auto",
    stop: Callable[[], bool] = lambda: False,
) -> FitOnAll:
    """Trains on the training and the validation texts together. Schedules run as they did in the run before: over its maximum of epochs,
    of which these are the first, and where they wait for a plateau they see the validation losses that it saw.

    Args:
        config: with a learning rate that is a number.
        epochs: the best epoch of a run with the validation texts held out.
        validation_losses: of that run, epoch by epoch; only read where `needs_losses`.
        stop: asked after every step; True ends the run without a result.

    Raises:
        DivergedError: the loss is no number any more.
        OutOfMemoryError: the run does not fit into memory.
        OutOfTimeError: `stop` ended the run.
        VectorError: pre-trained token vectors that cannot be had.
    """
    silence_lightning()
    with freed_memory_kept():
        return memory_explained(lambda: _fit(config, unsplit(dataset), epochs, validation_losses, told, device, stop))


def _fit(
    config: Config,
    dataset: Dataset,
    epochs: int,
    losses: Sequence[float],
    told: Told,
    device: Device,
    stop: Callable[[], bool],
) -> FitOnAll:
    started = time.monotonic()
    setup = set_up(config, dataset, device)
    rows = len(dataset.train)
    sizes = BatchSizes(config.batch_size, rows)
    batches = setup.train_batches(sizes.current, EpochOrder(config.shuffling.enabled, rows, config.seed))
    watcher = _EpochEnd(losses if needs_losses(config) else [math.nan] * epochs, sizes, batches, told)
    try:
        quiet_trainer(epochs, [watcher], setup.place).fit(setup.model, Once(UntilDeadline(batches, None, stop)))
    except StopAsked:
        raise OutOfTimeError("stopped before the last epoch: there is no model") from None
    return FitOnAll(
        classifier=TrainedClassifier(config, setup.data.tokenizer, dataset.labels, setup.model.cpu().eval()),
        seconds=time.monotonic() - started,
        notes=setup.notes,
        circumstances=circumstances(setup.place),
    )


class _EpochEnd(pl.Callback):
    """Stands in for the validation: shows schedule and batch size what they saw in the run before."""

    def __init__(self, losses: Sequence[float], sizes: BatchSizes, batches: Batches, told: Told) -> None:
        self.losses = losses
        self.sizes = sizes
        self.batches = batches
        self.told = told

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        assert isinstance(module, TextClassifier)
        if not math.isfinite(module.train_loss):
            raise DivergedError("diverged: the loss was no longer a number", "use a smaller learning rate")
        loss = self.losses[trainer.current_epoch]
        module.schedule.epoch_ended(loss)
        self.sizes.epoch_ended(loss)
        self.batches.batch_size = self.sizes.current
        self.told(trainer.current_epoch + 1, module.train_loss)
