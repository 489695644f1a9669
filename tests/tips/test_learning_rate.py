import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

from autotune.sections import LearningRate
from autotune.sections import Schedule as ScheduleName
from autotune.tips.learning_rate import Schedule

NAMES = get_args(ScheduleName)
EPOCHS = 12
INITIAL = 0.3


def sgd() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=INITIAL)


def run(schedule: Schedule, batches: int) -> list[float]:
    """The rate of every step of a run: it asks for that of the middle of each batch."""
    return [schedule.rate(epoch + (batch + 0.5) / batches) for epoch in range(EPOCHS) for batch in range(batches)]


def curve(make: Callable[[torch.optim.Optimizer], LRScheduler], steps: int) -> list[float]:
    optimizer = sgd()
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


# torch's curves of one rate an epoch.
TORCH: dict[str, Callable[[torch.optim.Optimizer], LRScheduler]] = {
    "constant": lambda o: LambdaLR(o, lambda epoch: 1.0),
    "step": lambda o: StepLR(o, step_size=3, gamma=0.4),
    "exponential": lambda o: ExponentialLR(o, gamma=0.4),
    "plateau": lambda o: LambdaLR(o, lambda epoch: 1.0),
    "cosine": lambda o: CosineAnnealingLR(o, T_max=EPOCHS),
}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "one_cycle"])
def test_whole_curve_is_torchs(name: str) -> None:
    schedule = Schedule(LearningRate(schedule=name, decay=0.4, step_epochs=3), INITIAL, EPOCHS)
    assert [schedule.rate(epoch) for epoch in range(EPOCHS)] == pytest.approx(curve(TORCH[name], EPOCHS))


@pytest.mark.parametrize("batches", [1, 3, 40])
@pytest.mark.parametrize("name", ["constant", "step", "exponential"])
def test_stairs_are_torchs_at_every_step_of_a_run_whatever_the_batch_size(name: str, batches: int) -> None:
    schedule = Schedule(LearningRate(schedule=name, decay=0.4, step_epochs=3), INITIAL, EPOCHS)
    assert run(schedule, batches) == pytest.approx([rate for rate in curve(TORCH[name], EPOCHS) for _ in range(batches)])


@pytest.mark.parametrize("batches", [1, 3, 40])
def test_cosine_is_torchs_at_every_step_of_a_run_whatever_the_batch_size(batches: int) -> None:
    # torch in steps of half a batch, of which every second is the middle of one.
    halves = curve(lambda o: CosineAnnealingLR(o, T_max=EPOCHS * batches * 2), EPOCHS * batches * 2)
    schedule = Schedule(LearningRate(schedule="cosine"), INITIAL, EPOCHS)
    assert run(schedule, batches) == pytest.approx(halves[1::2])
    assert schedule.rate(EPOCHS) == pytest.approx(0.0)


@pytest.mark.parametrize("batches", [1, 3, 40])
def test_one_cycle_is_torchs_at_every_step_whatever_the_batch_size(batches: int) -> None:
    steps = EPOCHS * batches
    theirs = curve(lambda o: OneCycleLR(o, max_lr=INITIAL, total_steps=steps, cycle_momentum=False), steps)
    # torch has its peak a step early and its end at the last step; measured from start to peak and from peak to end it is the same.
    peak, end = 0.3 * steps - 1, steps - 1
    schedule = Schedule(LearningRate(schedule="one_cycle"), INITIAL, EPOCHS)
    share = [0.3 * step / peak if step <= peak else 0.3 + 0.7 * (step - peak) / (end - peak) for step in range(steps)]
    assert [schedule.rate(EPOCHS * done) for done in share] == pytest.approx(theirs)


def test_one_cycle_is_torchs_in_the_limit_of_small_steps() -> None:
    steps = 6000
    schedule = Schedule(LearningRate(schedule="one_cycle"), INITIAL, EPOCHS)
    theirs = curve(lambda o: OneCycleLR(o, max_lr=INITIAL, total_steps=steps, cycle_momentum=False), steps)
    assert run(schedule, steps // EPOCHS) == pytest.approx(theirs, abs=1e-3 * INITIAL)
    assert schedule.rate(0.0) == pytest.approx(INITIAL / 25)
    assert schedule.rate(0.3 * EPOCHS) == pytest.approx(INITIAL)
    assert schedule.rate(EPOCHS) == pytest.approx(INITIAL / 25 / 1e4)


def test_one_cycle_brings_its_own_warmup() -> None:
    plain, warmed = (Schedule(LearningRate(schedule="one_cycle", warmup_epochs=warmup), INITIAL, EPOCHS) for warmup in (0, 5))
    assert warmed.rate(1.0) == plain.rate(1.0)


@given(
    st.lists(st.sampled_from([0.5, 0.6, 0.7, 0.8]) | st.floats(0, 2) | st.just(math.nan), max_size=40),
    st.integers(0, 4),
    st.floats(0.1, 1.0),
)
def test_plateau_does_what_torch_does(losses: list[float], patience: int, decay: float) -> None:
    schedule = Schedule(LearningRate(schedule="plateau", decay=decay, plateau_patience=patience), INITIAL, EPOCHS)
    optimizer = sgd()
    # torch refuses a factor of 1, which reduces nothing.
    theirs = ReduceLROnPlateau(optimizer, factor=decay, patience=patience, threshold=0.0, eps=0.0) if decay < 1 else None
    for epoch, loss in enumerate(losses):
        schedule.epoch_ended(loss)
        if theirs is not None:
            theirs.step(loss)
        assert schedule.rate(epoch + 1) == pytest.approx(optimizer.param_groups[0]["lr"])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "plateau"])
def test_only_plateau_looks_at_the_loss(name: str) -> None:
    schedule = Schedule(LearningRate(schedule=name), INITIAL, EPOCHS)
    before = [schedule.rate(epoch) for epoch in range(EPOCHS)]
    for _ in range(9):
        schedule.epoch_ended(1.0)
    assert [schedule.rate(epoch) for epoch in range(EPOCHS)] == before


@pytest.mark.parametrize(("epochs", "batches"), [(2.5, 4), (0.5, 40), (6, 1), (1, 7)])
def test_warmup_rises_in_a_line_whatever_the_batch_size(epochs: float, batches: int) -> None:
    schedule = Schedule(LearningRate(warmup_epochs=epochs), INITIAL, EPOCHS)
    steps = round(epochs * batches)
    # torch cannot start at zero: its first point is our second.
    theirs = curve(lambda o: LinearLR(o, start_factor=1 / steps, total_iters=steps - 1), EPOCHS * batches)
    assert [schedule.rate((step + 1) / batches) for step in range(EPOCHS * batches)] == pytest.approx(theirs)
    assert schedule.rate(0.0) == 0.0


def test_warmup_and_cosine_together_are_torchs_chained() -> None:
    batches, epochs = 5, 3
    steps = batches * epochs

    def chained(optimizer: torch.optim.Optimizer) -> LRScheduler:
        linear = LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)
        return ChainedScheduler([linear, CosineAnnealingLR(optimizer, T_max=EPOCHS * batches)])

    schedule = Schedule(LearningRate(schedule="cosine", warmup_epochs=epochs), INITIAL, EPOCHS)
    # torch's line is a step ahead of ours, its cosine is not.
    still = Schedule(LearningRate(schedule="cosine"), INITIAL, EPOCHS)
    ours = [min((step + 1) / steps, 1.0) * still.rate(step / batches) for step in range(EPOCHS * batches)]
    assert ours == pytest.approx(curve(chained, EPOCHS * batches))
    for step in range(EPOCHS * batches):
        assert schedule.rate(step / batches) == pytest.approx(min(step / steps, 1.0) * still.rate(step / batches))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "one_cycle"])
def test_warmup_multiplies_every_schedule(name: str) -> None:
    plain, warmed = (Schedule(LearningRate(schedule=name, warmup_epochs=warmup), INITIAL, EPOCHS) for warmup in (0, 4))
    assert warmed.rate(1.0) == pytest.approx(plain.rate(1.0) / 4)
    assert warmed.rate(5.0) == plain.rate(5.0)
