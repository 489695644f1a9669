import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

from autotune.config import LearningRate
from autotune.config import Schedule as ScheduleName
from autotune.tips.learning_rate import Schedule

NAMES = get_args(ScheduleName)
EPOCHS = 12
INITIAL = 0.3


def sgd() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=INITIAL)


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


@pytest.mark.parametrize("name", ["step", "exponential"])
def test_stairs_are_level_within_an_epoch(name: str) -> None:
    schedule = Schedule(LearningRate(schedule=name, decay=0.4), INITIAL, EPOCHS)
    assert {schedule.rate(4 + batch / 7) for batch in range(7)} == {schedule.rate(4)}


def test_cosine_falls_with_every_step_and_ends_at_zero() -> None:
    schedule = Schedule(LearningRate(schedule="cosine"), INITIAL, EPOCHS)
    steps = curve(lambda o: CosineAnnealingLR(o, T_max=EPOCHS * 7), EPOCHS * 7)
    assert [schedule.rate(step / 7) for step in range(EPOCHS * 7)] == pytest.approx(steps)
    assert schedule.rate(EPOCHS) == pytest.approx(0.0)


def test_one_cycle_is_torchs_in_the_limit_of_small_steps() -> None:
    steps = 6000
    schedule = Schedule(LearningRate(schedule="one_cycle"), INITIAL, EPOCHS)
    theirs = curve(lambda o: OneCycleLR(o, max_lr=INITIAL, total_steps=steps, cycle_momentum=False), steps)
    ours = [schedule.rate(EPOCHS * step / (steps - 1)) for step in range(steps)]
    assert ours == pytest.approx(theirs, abs=1e-3 * INITIAL)
    assert ours[0] == pytest.approx(INITIAL / 25)
    assert schedule.rate(0.3 * EPOCHS) == pytest.approx(INITIAL)
    assert ours[-1] == pytest.approx(INITIAL / 25 / 1e4)


def test_one_cycle_brings_its_own_warmup() -> None:
    plain, warmed = (Schedule(LearningRate(schedule="one_cycle", warmup_epochs=warmup), INITIAL, EPOCHS) for warmup in (0, 5))
    assert warmed.rate(1.0) == plain.rate(1.0)


@pytest.mark.parametrize("patience", [0, 1, 3])
def test_plateau_does_what_torch_does(patience: int) -> None:
    losses = [1.0, 0.8, 0.8, 0.9, 0.79, math.nan, 0.8, 0.8, 0.8, 0.8, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]
    schedule = Schedule(LearningRate(schedule="plateau", decay=0.4, plateau_patience=patience), INITIAL, EPOCHS)
    optimizer = sgd()
    theirs = ReduceLROnPlateau(optimizer, factor=0.4, patience=patience, threshold=0.0, eps=0.0)
    for epoch, loss in enumerate(losses):
        schedule.epoch_ended(loss)
        theirs.step(loss)
        assert schedule.rate(epoch + 1) == pytest.approx(optimizer.param_groups[0]["lr"])
    assert schedule.rate(len(losses)) < INITIAL


@pytest.mark.parametrize("name", [name for name in NAMES if name != "plateau"])
def test_only_plateau_looks_at_the_loss(name: str) -> None:
    schedule = Schedule(LearningRate(schedule=name), INITIAL, EPOCHS)
    before = [schedule.rate(epoch) for epoch in range(EPOCHS)]
    for _ in range(9):
        schedule.epoch_ended(1.0)
    assert [schedule.rate(epoch) for epoch in range(EPOCHS)] == before


def test_warmup_rises_in_a_line() -> None:
    schedule = Schedule(LearningRate(warmup_epochs=2.5), INITIAL, EPOCHS)
    # torch cannot start at zero: its first point is our second.
    theirs = curve(lambda o: LinearLR(o, start_factor=1 / 10, total_iters=9), 14)
    assert [schedule.rate((step + 1) / 4) for step in range(14)] == pytest.approx(theirs)
    assert schedule.rate(0.0) == 0.0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "one_cycle"])
def test_warmup_multiplies_every_schedule(name: str) -> None:
    plain, warmed = (Schedule(LearningRate(schedule=name, warmup_epochs=warmup), INITIAL, EPOCHS) for warmup in (0, 4))
    assert warmed.rate(1.0) == pytest.approx(plain.rate(1.0) / 4)
    assert warmed.rate(5.0) == plain.rate(5.0)
