"""How long an epoch takes: some steps of a run, timed, and extrapolated to all its texts.

As in the range test these are the very steps of a run without a Trainer around them, and nothing is kept of what they learn.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import torch

from autotune.config import CUSTOMARY_LEARNING_RATE, Config
from autotune.data.batches import Batch, Batches
from autotune.data.dataset import Dataset
from autotune.tips.batch_size import BatchSizes
from autotune.tips.shuffling import EpochOrder
from autotune.training.memory import memory_explained
from autotune.training.rate_sweep import LARGEST_BATCH
from autotune.training.setup import Device, set_up

_MOST_BATCHES, _MOST_TEXTS = 64, 4096
_VALIDATION_BATCH = 64  # smaller than in a run, where a batch may take as long as is allowed here for all


@dataclass(frozen=True)
class EpochTime:
    """What one epoch of a configuration takes.

    Args:
        seconds: of an epoch, training and validation.
        preparation: seconds before the first epoch: the texts are encoded, unless they were, and the model is made.
        steps: training steps that were timed.
    """

    seconds: float
    preparation: float
    steps: int


def epoch_time(config: Config, dataset: Dataset, *, allowed: float = 1.0, device: Device = "auto") -> EpochTime:
    """Times steps of a configuration for about `allowed` seconds, at least one and at most an epoch.

    The batches timed are short and long ones, as in a run. Pre-trained token vectors are left out, since learning them takes longer than
    all the rest, and so is the range test. Batches above 512 are timed at 512 and counted by their texts, of which each costs as much.

    Raises:
        OutOfMemoryError: a step does not fit into memory.
    """
    return memory_explained(lambda: _timed(config, dataset, allowed, device))


def _timed(config: Config, dataset: Dataset, allowed: float, device: Device) -> EpochTime:
    started = time.perf_counter()
    rate = CUSTOMARY_LEARNING_RATE[config.optimizer.name] if config.learning_rate.initial == "auto" else config.initial_learning_rate
    config = Config.from_values({**config.values(), "learning_rate.initial": rate, "pretraining.method": "none"})
    setup = set_up(config, dataset, device)
    data, rows = setup.data, len(dataset.train)
    size = min(BatchSizes(config.batch_size, rows).current, LARGEST_BATCH)
    train = setup.train_batches(size, EpochOrder(True, rows, config.seed))
    order = EpochOrder(True, len(dataset.validation), config.seed)
    validation = Batches(
        data.validation, data.validation_labels, _VALIDATION_BATCH, order, setup.place, characters=data.validation_characters
    )
    model = setup.model.to(setup.place).train()
    optimizer = model.configure_optimizers()
    preparation = time.perf_counter() - started

    def step(batch: Batch) -> None:
        model.step(optimizer, batch, rate)

    model.on_train_epoch_start()
    last = _now(setup.place) + allowed
    sample = _sample(train)
    step(sample[-1])  # not timed: it makes the optimizer's state and asks for memory
    training, steps = _seconds_a_text(step, sample, last, setup.place)
    # The time of a text hardly varies here, so that a batch or two will do.
    validating, _ = _seconds_a_text(lambda batch: model.validate([batch]), _sample(validation)[:2], last, setup.place)
    return EpochTime(training * rows + validating * len(dataset.validation), preparation, steps)


def _sample(batches: Batches) -> list[Batch]:
    """Some batches in such an order that the first few of them, however many, are about as long as all: the middle, the quarters, ..."""
    most = max(2, min(_MOST_BATCHES, _MOST_TEXTS // batches.batch_size))
    some = sorted(islice(batches, most), key=lambda batch: batch.ids.shape[1])
    places = sorted(range(len(some)), key=lambda place: f"{place * _MOST_BATCHES // len(some):06b}"[::-1])
    return [some[place] for place in places[1:] + places[:1]]


def _seconds_a_text(work: Callable[[Batch], None], batches: list[Batch], last: float, place: torch.device) -> tuple[float, int]:
    """Seconds of work on each text, and the batches on which it was timed: at least one, and no more after `last`."""
    began, done, texts = _now(place), 0, 0
    for batch in batches:
        work(batch)
        done, texts = done + 1, texts + len(batch.labels)
        if (now := _now(place)) >= last:
            break
    return (now - began) / texts, done


def _now(place: torch.device) -> float:
    """The time when all work on the device is done."""
    if place.type == "cuda":
        torch.cuda.synchronize(place)
    return time.perf_counter()
