"""`fit`: one configuration, one data set, one run."""

import time
from collections.abc import Callable, Mapping

from lightning.pytorch import Callback

from autotune.config import Config, Metric
from autotune.data.batches import Batches
from autotune.data.dataset import Dataset
from autotune.metrics import NOISE
from autotune.tips.batch_size import BatchSizes
from autotune.tips.shuffling import EpochOrder
from autotune.training.checkpoint import Checkpoint, CheckpointWriter, Part
from autotune.training.circumstances import circumstances
from autotune.training.epochs import EpochEnd, Report
from autotune.training.growth import Growth
from autotune.training.memory import freed_memory_kept, memory_explained
from autotune.training.outcome import DivergedError, Outcome, OutOfTimeError
from autotune.training.passes import Once, StopAsked, TimeIsUp, UntilDeadline
from autotune.training.probes import probe, step_noise
from autotune.training.quiet import silence_lightning
from autotune.training.rate_sweep import settled
from autotune.training.setup import Device, fresh_classifier, set_up
from autotune.training.trained import TrainedClassifier
from autotune.training.trainer import quiet_trainer

_VALIDATION_BATCH = 256

Admit = Callable[[TrainedClassifier], None]
"""Told what a run would train; an exception refuses it."""


def fit(
    config: Config,
    dataset: Dataset,
    report: Report = lambda epoch, value: False,
    *,
    metric: Metric = "accuracy",
    deadline: float | None = None,
    device: Device = "auto",
    stop: Callable[[], bool] = lambda: False,
    checkpoint: Checkpoint | None = None,
    admit: Admit | None = None,
) -> Outcome:
    """Trains one configuration and gives back the weights of its best epoch.

    A learning rate of `auto` is measured first; the classifier's configuration holds the number.

    Args:
        report: told `(epoch, objective)` after every epoch, epochs counted from 1; its answer True ends the run.
        metric: the objective, measured on the validation texts.
        deadline: on the clock of `time.monotonic()`; the epoch in which it passes does not count.
        device: auto takes a CUDA device where there is one.
        stop: asked after every step; True ends the run, and the epoch in which it does so does not count.
        checkpoint: keeps the state of the run. What was found in it is where the run goes on: on a CPU to the same result, bit for bit,
            as if it had never stopped. The epochs before are not reported again.
        admit: shown the classifier with random weights before anything is trained, a range test and token vectors included. What it
            does to weights and random numbers does not matter to the run.

    Raises:
        DivergedError: the loss was no number before the first epoch ended.
        OutOfMemoryError: the run does not fit into memory.
        OutOfTimeError: the deadline came, or `stop` ended the run, before the first epoch ended.
        VectorError: pre-trained token vectors that cannot be had.
    """
    silence_lightning()
    if admit is not None:
        fresh = memory_explained(lambda: fresh_classifier(config, dataset))
        admit(fresh)
        del fresh  # its memory is wanted
    with freed_memory_kept():
        return memory_explained(lambda: _fit(config, dataset, report, metric, deadline, device, stop, checkpoint))


def _fit(
    config: Config,
    dataset: Dataset,
    report: Report,
    metric: Metric,
    deadline: float | None,
    device: Device,
    stop: Callable[[], bool],
    checkpoint: Checkpoint | None,
) -> Outcome:
    started = time.monotonic() - (checkpoint.seconds if checkpoint is not None else 0.0)
    if checkpoint is not None and checkpoint.found is not None:
        config, remarks = Config.from_values(checkpoint.found["config"]), tuple(checkpoint.found["notes"])
    else:
        config, remarks = settled(config, dataset, device, deadline)
    setup = set_up(config, dataset, device)
    data, model = setup.data, setup.model
    rows = len(dataset.train)
    sizes = BatchSizes(config.batch_size, rows)
    order = EpochOrder(config.shuffling.enabled, rows, config.seed)
    train = setup.train_batches(sizes.current, order)
    validation = Batches(
        data.validation, data.validation_labels, _VALIDATION_BATCH, device=setup.place, characters=data.validation_characters
    )
    watcher = EpochEnd(config, metric, validation, dataset.validation.labels, report)
    callbacks: list[Callback] = [watcher, Growth(sizes, train)] if sizes.can_grow else [watcher]
    if checkpoint is not None:
        parts: Mapping[str, Part] = {**model.progress, "epochs": watcher, "sizes": sizes, "order": order}
        callbacks.append(writer := CheckpointWriter(checkpoint, parts, config, remarks, lambda: watcher.stopped == "pruned"))
    trainer = quiet_trainer(config.early_stopping.max_epochs, callbacks, setup.place)
    if checkpoint is not None:
        writer.restore(trainer, model)
        train.batch_size = sizes.current
    try:
        trainer.fit(model, Once(UntilDeadline(train, deadline, stop)))
    except TimeIsUp:
        watcher.stopped = "time"
    except StopAsked:
        watcher.stopped = "interrupted"
    if watcher.best is None:
        if watcher.stopped in ("time", "interrupted"):
            raise OutOfTimeError("no time for a whole epoch", "give more time or fewer texts")
        raise DivergedError("diverged: the loss was no longer a number", "use a smaller learning rate")
    model.load_state_dict(watcher.best_weights)
    probes = probe(model, next(iter(validation)))
    probes[NOISE] = step_noise(model.validation_probabilities, model.validation_labels, sizes.current)
    return Outcome(
        score=watcher.best.scores[metric],
        best_epoch=watcher.best.number,
        epochs=tuple(watcher.epochs),
        stopped=watcher.stopped,
        seconds=time.monotonic() - started,
        parameters=model.parameters_count,
        micro_batches=model.micro_batches.most,
        notes=remarks + setup.notes + (writer.notes if checkpoint is not None else ()),
        classifier=TrainedClassifier(config, data.tokenizer, dataset.labels, model.cpu().eval()),
        probes=probes,
        circumstances=circumstances(setup.place),
    )
