"""`fit`: one configuration, one data set, one run."""

import time
from typing import Literal

import torch
from lightning.pytorch import Callback, Trainer

from autotune.config import Config, Metric
from autotune.data.batches import Batches
from autotune.data.dataset import Dataset
from autotune.model import TextClassifier
from autotune.tips.batch_size import BatchSizes
from autotune.tips.micro_batches import free_memory, is_out_of_memory
from autotune.tips.shuffling import EpochOrder
from autotune.training.encoding import encoded
from autotune.training.epochs import EpochEnd, Report
from autotune.training.growth import Growth
from autotune.training.outcome import DivergedError, Outcome, OutOfMemoryError, OutOfTimeError
from autotune.training.passes import Once, TimeIsUp, UntilDeadline
from autotune.training.quiet import silence_lightning
from autotune.training.seeds import seed_everything
from autotune.training.trained import TrainedClassifier
from autotune.training.vectors import token_vectors

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
        VectorError: pre-trained token vectors that cannot be had.
    """
    silence_lightning()
    try:
        return _fit(config, dataset, report, metric, deadline, device)
    except (RuntimeError, MemoryError) as problem:
        if not is_out_of_memory(problem):
            raise
    free_memory()
    # Not a smaller batch: that was tried, down to single texts.
    raise OutOfMemoryError("out of memory", "use a narrower encoder, shorter texts or a smaller vocabulary")


def _fit(config: Config, dataset: Dataset, report: Report, metric: Metric, deadline: float | None, device: Device) -> Outcome:
    started = time.monotonic()
    data = encoded(dataset, config.text)
    vectors = token_vectors(config, dataset, data)
    # After what is shared between runs, so that each run draws the same numbers.
    seed_everything(config.seed)
    place = _place(device)
    rows = len(dataset.train)
    order = EpochOrder(config.shuffling.enabled, rows, config.seed)
    sizes = BatchSizes(config.batch_size, rows)
    train = Batches(data.train, data.train_labels, sizes.current, order, place, characters=data.train_characters)
    validation = Batches(data.validation, data.validation_labels, _VALIDATION_BATCH, device=place, characters=data.validation_characters)
    rows_of_class = torch.bincount(data.train_labels, minlength=len(dataset.labels))
    model = TextClassifier(
        config,
        data.tokenizer.get_vocab_size(),
        len(dataset.labels),
        ngrams=data.ngrams,
        character_ngrams=data.character_ngrams,
        vectors=vectors,
        rows_of_class=rows_of_class,
    )
    watcher = EpochEnd(config, metric, dataset.validation.labels, report)
    callbacks: list[Callback] = [watcher, Growth(sizes, train)] if sizes.can_grow else [watcher]
    try:
        _trainer(config, callbacks, place).fit(model, Once(UntilDeadline(train, deadline)), Once(validation))
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
        micro_batches=model.micro_batches.most,
        notes=vectors.notes if vectors is not None else (),
        classifier=TrainedClassifier(config, data.tokenizer, dataset.labels, model.cpu().eval()),
    )


def _place(device: Device) -> torch.device:
    on_gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    return torch.device("cuda" if on_gpu else "cpu")


def _trainer(config: Config, callbacks: list[Callback], place: torch.device) -> Trainer:
    """Lightning's Trainer with everything off that is done elsewhere or by nobody."""
    return Trainer(
        accelerator="gpu" if place.type == "cuda" else "cpu",
        devices=1,
        max_epochs=config.early_stopping.max_epochs,
        callbacks=callbacks,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
