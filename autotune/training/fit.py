"""`fit`: one configuration, one data set, one run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from lightning.pytorch import Trainer

from autotune.config import Config, Metric
from autotune.data.batches import Batches
from autotune.data.dataset import Dataset
from autotune.model import TextClassifier
from autotune.tips.batch_size import batch_size
from autotune.tips.shuffling import EpochOrder
from autotune.training.encoding import encoded
from autotune.training.epochs import EpochEnd, Report, TimeIsUp
from autotune.training.outcome import DivergedError, Outcome, OutOfMemoryError, OutOfTimeError
from autotune.training.quiet import silence_lightning
from autotune.training.seeds import seed_everything
from autotune.training.trained import TrainedClassifier

Device = Literal["auto", "cpu", "cuda"]
_VALIDATION_BATCH = 256


def fit(
    config: Config,
    dataset: Dataset,
    report: Report = lambda epoch, value: False,
    *,
    metric: Metric = "accuracy",
    deadline: float | None = None,
    device: Device = "auto",
) -> Outcome:
    """Trains one configuration and gives back the weights of its best epoch.

    Args:
        report: told `(epoch, objective)` after every epoch, epochs counted from 1; its answer True ends the run.
        metric: the objective, measured on the validation texts.
        deadline: on the clock of `time.monotonic()`; the epoch in which it passes does not count.
        device: auto takes a CUDA device where there is one.

    Raises:
        DivergedError: the loss was no number before the first epoch ended.
        OutOfMemoryError: the run does not fit into memory.
        OutOfTimeError: the deadline came before the first epoch ended.
    """
    silence_lightning()
    with _out_of_memory_explained():
        return _fit(config, dataset, report, metric, deadline, device)


def _fit(config: Config, dataset: Dataset, report: Report, metric: Metric, deadline: float | None, device: Device) -> Outcome:
    started = time.monotonic()
    data = encoded(dataset, config.text)
    # After the encoding, which is shared between runs, so that each run draws the same numbers.
    seed_everything(config.seed)
    rows = len(dataset.train)
    order = EpochOrder(config.shuffling.enabled, rows, config.seed)
    train = Batches(data.train, data.train_labels, batch_size(config.batch_size, rows), order)
    validation = Batches(data.validation, data.validation_labels, _VALIDATION_BATCH)
    model = TextClassifier(config, data.tokenizer.get_vocab_size(), len(dataset.labels))
    watcher = EpochEnd(config, metric, dataset.validation.labels, report, deadline)
    try:
        _trainer(config, watcher, device).fit(model, train, validation)
    except TimeIsUp:
        watcher.stopped = "time"
    if watcher.best is None:
        if watcher.stopped == "time":
            raise OutOfTimeError("no time for a whole epoch", "give more time or fewer texts")
        raise DivergedError("diverged: the loss was no longer a number", "use a smaller learning rate")
    model.load_state_dict(watcher.best_weights)
    return Outcome(
        score=watcher.best.scores[metric],
        best_epoch=watcher.best.number,
        epochs=tuple(watcher.epochs),
        stopped=watcher.stopped,
        seconds=time.monotonic() - started,
        parameters=model.parameters_count,
        classifier=TrainedClassifier(config, data.tokenizer, dataset.labels, model.cpu().eval()),
    )


def _trainer(config: Config, watcher: EpochEnd, device: Device) -> Trainer:
    """Lightning's Trainer with everything off that is done elsewhere or by nobody."""
    on_gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    return Trainer(
        accelerator="gpu" if on_gpu else "cpu",
        devices=1,
        max_epochs=config.early_stopping.max_epochs,
        callbacks=[watcher],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


@contextmanager
def _out_of_memory_explained() -> Iterator[None]:
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as problem:
        # The CPU's allocator raises a plain RuntimeError.
        if not isinstance(problem, torch.OutOfMemoryError | MemoryError) and "can't allocate memory" not in str(problem):
            raise
        raise OutOfMemoryError("out of memory", "use a smaller batch, a narrower encoder or a smaller vocabulary") from None
