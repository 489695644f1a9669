"""The learning-rate range test: one short sweep of rates, from tiny to far too large, tells where a run should start.

The sweep takes the very steps of a run, `TextClassifier.step`, so that penalties, label smoothing, frozen vectors and batches in parts
are those of the run itself. It needs no Trainer: there is no epoch, no validation and no callback in it. What it does to weights and
random numbers is thrown away.

It goes over the same few batches again and again, so that losses at different rates are losses of the same texts. Over different batches
a sweep would cost as much, and what sets them apart would hide the fall of the loss.
"""

import math
import time
from collections.abc import Callable
from itertools import cycle, islice

from autotune.config import CUSTOMARY_LEARNING_RATE, Config
from autotune.data.dataset import Dataset
from autotune.tips.batch_size import BatchSizes
from autotune.tips.shuffling import EpochOrder
from autotune.training.memory import memory_explained
from autotune.training.outcome import OutOfTimeError
from autotune.training.rate_curve import RateCurve
from autotune.training.setup import Device, set_up

LOWEST, HIGHEST = 1e-3, 1e3
"""Where the sweep begins and ends, as multiples of the optimizer's customary rate: on-line learning needs the lower end."""
PASSES = 24
"""How often the sweep sees its batches: four times in each power of ten."""
TEXTS = 320
"""Texts in the batches of a sweep, about; fewer cost less, but let the proposal jump with the seed."""
MOST_BATCHES = 80
"""Small batches hold fewer texts together."""
FEWEST_STEPS = 120
"""Large batches are passed over more often: an optimizer needs some steps to show what a rate is good for."""
LARGEST_BATCH = 512
"""Larger batches are measured at this size. Their gradients hardly differ any more, but each step costs its texts."""

Progress = Callable[[int, int], None]
"""Told the steps done and the steps at most."""


def range_test(
    config: Config,
    dataset: Dataset,
    *,
    device: Device = "auto",
    deadline: float | None = None,
    progress: Progress = lambda done, steps: None,
) -> RateCurve:
    """Sweeps the learning rate; what `config` says about rate and schedule does not matter.

    The same configuration, data and machine give the same curve on a CPU. At batch size 32 it takes 240 steps, whatever the data's size,
    and fewer where it diverges.

    Args:
        deadline: on the clock of `time.monotonic()`.

    Raises:
        OutOfMemoryError: a step does not fit into memory.
        OutOfTimeError: the deadline passed.
        VectorError: pre-trained token vectors that cannot be had.
    """
    return memory_explained(lambda: _sweep(config, dataset, device, deadline, progress))


def settled(config: Config, dataset: Dataset, device: Device, deadline: float | None) -> tuple[Config, tuple[str, ...]]:
    """The configuration with a number where `learning_rate.initial` is auto, and what the user should know about it.

    Where no rate made the loss fall, the number is the optimizer's customary rate: a search should not lose the trial to its range test,
    and whoever wrote `auto` has no better one at hand.

    Raises:
        OutOfTimeError: the deadline passed.
    """
    if config.learning_rate.initial != "auto":
        return config, ()
    proposal = range_test(config, dataset, device=device, deadline=deadline).proposal
    if proposal is not None:
        return with_rate(config, proposal), ()
    customary = CUSTOMARY_LEARNING_RATE[config.optimizer.name]
    note = f"in the range test the loss never fell: the run used {config.optimizer.name}'s customary learning rate, {customary:g}"
    return with_rate(config, customary), (note,)


def with_rate(config: Config, rate: float) -> Config:
    """The configuration with this learning rate written down."""
    return Config.from_values({**config.values(), "learning_rate.initial": rate})


def sweep_rates(customary: float, steps: int) -> list[float]:
    """The rate of every step, each the same factor above the one before."""
    return [customary * LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1)) for step in range(steps)]


def _sweep(config: Config, dataset: Dataset, device: Device, deadline: float | None, progress: Progress) -> RateCurve:
    customary = CUSTOMARY_LEARNING_RATE[config.optimizer.name]
    setup = set_up(with_rate(config, customary), dataset, device)
    rows = len(dataset.train)
    size = min(BatchSizes(config.batch_size, rows).current, LARGEST_BATCH)
    # Always shuffled: the head of a file may hold a single class.
    epoch = setup.train_batches(size, EpochOrder(True, rows, config.seed))
    batches = list(islice(epoch, min(MOST_BATCHES, math.ceil(TEXTS / size))))
    steps = max(FEWEST_STEPS, PASSES * len(batches))
    curve = RateCurve(memory=steps // PASSES)
    model = setup.model.to(setup.place).train()
    optimizer = model.configure_optimizers()
    for done, (rate, batch) in enumerate(zip(sweep_rates(customary, steps), cycle(batches)), 1):
        if deadline is not None and time.monotonic() >= deadline:
            raise OutOfTimeError("no time for the learning-rate range test", "give more time, or write the rate down")
        model.on_train_epoch_start()  # so that the training loss is that of this step alone
        model.step(optimizer, batch, rate)
        curve.add(rate, model.train_loss)
        progress(done, steps)
        if curve.diverged:
            break
    return curve
