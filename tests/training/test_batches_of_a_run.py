"""What a whole run does with its training texts: each once an epoch, in the right order, in batches of the right size."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim.optimizer import register_optimizer_step_pre_hook

from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.model import TextClassifier
from autotune.tips.batch_size import BatchSizes
from autotune.tips.learning_rate import Schedule
from autotune.training.fit import fit
from autotune.training.outcome import Epoch
from tests.conftest import write_toy

EPOCHS = 6

Step = list[tuple[int, ...]]
"""The texts of one step as token ids, which no two of them share."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv", rows=120))))


def config(**changes: object) -> Config:
    values = {
        "text.minimum_frequency": 1,
        "encoder.name": "none",
        "pretraining.dimension": 4,
        "early_stopping.max_epochs": EPOCHS,
        "early_stopping.patience": 100,
        "batch_size.initial": 8,
    }
    return Config.from_values({**values, **{path.replace("__", "."): value for path, value in changes.items()}})


@contextmanager
def watched(steps: list[Step], rates: list[float]) -> Iterator[None]:
    """Writes down, by torch's own hooks, what every training step is given and the learning rate it takes."""

    def given(module: nn.Module, arguments: tuple[Tensor, Tensor]) -> None:
        if isinstance(module, TextClassifier) and module.training:
            ids, lengths = arguments
            steps.append([tuple(row[:length]) for row, length in zip(ids.tolist(), lengths.tolist(), strict=True)])

    def taken(optimizer: torch.optim.Optimizer, arguments: Any, named: Any) -> None:
        rates.append(optimizer.param_groups[0]["lr"])

    hooks = register_module_forward_pre_hook(given), register_optimizer_step_pre_hook(taken)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class Run:
    """A run, with the steps and the rates of each epoch."""

    def __init__(self, chosen: Config, dataset: Dataset) -> None:
        self.steps: list[list[Step]] = []
        self.rates: list[list[float]] = []
        steps: list[Step] = []
        rates: list[float] = []

        def epoch_ends(epoch: int, value: float) -> bool:
            self.steps.append(steps[:])
            self.rates.append(rates[:])
            steps.clear()
            rates.clear()
            return False

        with watched(steps, rates):
            self.epochs: tuple[Epoch, ...] = fit(chosen, dataset, epoch_ends).epochs

    @property
    def orders(self) -> list[list[tuple[int, ...]]]:
        """The texts of each epoch in the order in which they were learnt."""
        return [[text for step in epoch for text in step] for epoch in self.steps]

    @property
    def sizes(self) -> list[int]:
        return [max(len(step) for step in epoch) for epoch in self.steps]


GROWTHS = [
    {},
    {"batch_size__growth": "epochs", "batch_size__growth_epochs": 2, "batch_size__growth_factor": 3},
    {"batch_size__growth": "plateau", "batch_size__growth_patience": 0, "learning_rate__initial": 1e-9},
    {"batch_size__growth": "epochs", "batch_size__growth_epochs": 1, "batch_size__initial": 1, "batch_size__ceiling": 30},
    {"batch_size__initial": "full"},
]
every_growth = pytest.mark.parametrize("growth", GROWTHS, ids=lambda growth: ", ".join(map(str, growth.values())) or "constant")


@every_growth
@pytest.mark.parametrize("shuffled", [True, False])
def test_every_epoch_learns_every_text_once_in_steps_of_the_right_size(dataset: Dataset, growth: dict[str, Any], shuffled: bool) -> None:
    chosen = config(**growth, shuffling__enabled=shuffled)
    run = Run(chosen, dataset)
    rows = len(dataset.train)
    sizes = BatchSizes(chosen.batch_size, rows)
    assert len(run.steps) == EPOCHS
    for number, epoch in enumerate(run.epochs):
        assert sorted(run.orders[number]) == sorted(run.orders[0])
        assert len(set(run.orders[number])) == rows
        assert sorted(map(len, run.steps[number]), reverse=True) == [len(step) for step in torch.arange(rows).split(sizes.current)]
        sizes.epoch_ended(epoch.validation_loss)
    assert (run.sizes[-1] > run.sizes[0]) == (chosen.batch_size.growth != "none")


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_off_keeps_one_order_of_texts_and_batches(dataset: Dataset, batch_size: int) -> None:
    run = Run(config(shuffling__enabled=False, batch_size__initial=batch_size), dataset)
    assert all(epoch == run.steps[0] for epoch in run.steps)
    other = Run(config(shuffling__enabled=False, batch_size__initial=batch_size, seed=1), dataset)
    assert other.steps == run.steps


def test_off_keeps_one_order_while_the_batch_grows(dataset: Dataset) -> None:
    changes = {"shuffling__enabled": False, "batch_size__growth": "epochs", "batch_size__growth_epochs": 2}
    run = Run(config(**changes), dataset)
    assert run.sizes == [8, 8, 16, 16, 32, 32]
    assert all(run.steps[epoch] == run.steps[epoch + 1] for epoch in (0, 2, 4))
    # All lie in one window of lengths, so that the larger batches hold the same texts in the same order.
    assert all(order == run.orders[0] for order in run.orders)


@pytest.mark.parametrize("growth", [growth for growth in GROWTHS if growth.get("batch_size__initial") != "full"], ids=str)
def test_on_brings_a_new_order_every_epoch(dataset: Dataset, growth: dict[str, Any]) -> None:
    run = Run(config(**growth), dataset)
    assert len({tuple(order) for order in run.orders}) == EPOCHS
    # Not only other batches first: other texts in a batch.
    together = [{frozenset(step) for step in epoch} for epoch in run.steps]
    assert all(one != other for one, other in pairwise(together) if max(map(len, one)) > 1)


@every_growth
def test_the_seed_alone_decides_the_order(dataset: Dataset, growth: dict[str, Any]) -> None:
    first, second = Run(config(**growth), dataset), Run(config(**growth), dataset)
    assert first.steps == second.steps
    assert first.epochs == second.epochs
    if growth.get("batch_size__initial") != "full":
        # Dropout draws random numbers too.
        assert Run(config(**growth, dropout__head=0.5), dataset).steps[0] == first.steps[0]
        assert Run(config(**growth, seed=1), dataset).steps[0] != first.steps[0]


@pytest.mark.parametrize("schedule", ["constant", "step", "exponential", "cosine", "one_cycle"])
def test_growth_leaves_the_curve_of_the_learning_rate_as_it_is(dataset: Dataset, schedule: str) -> None:
    rate = {"learning_rate__schedule": schedule, "learning_rate__initial": 0.01, "learning_rate__warmup_epochs": 1.5}
    growing = config(**rate, batch_size__growth="epochs", batch_size__growth_epochs=1, batch_size__ceiling=50)
    run = Run(growing, dataset)
    assert run.sizes == [8, 16, 32, 50, 50, 50]
    curve = Schedule(growing.learning_rate, 0.01, EPOCHS)
    for epoch, rates in enumerate(run.rates):
        steps = len(run.steps[epoch])
        assert len(rates) == steps
        # At the middle of each step, wherever a batch of this size has it.
        assert rates == pytest.approx([curve.rate(epoch + (step + 0.5) / steps) for step in range(steps)])


def test_the_rate_falls_on_a_plateau_while_the_batch_grows(dataset: Dataset) -> None:
    still = {"learning_rate__initial": 1e-9, "learning_rate__schedule": "plateau", "learning_rate__plateau_patience": 0}
    run = Run(config(**still, batch_size__growth="plateau", batch_size__growth_patience=0), dataset)
    falls = [run.epochs[epoch].validation_loss >= min(e.validation_loss for e in run.epochs[:epoch]) for epoch in range(1, EPOCHS)]
    assert any(falls)
    for epoch, fell in enumerate(falls, 1):
        if epoch + 1 < EPOCHS:
            assert run.rates[epoch + 1][0] == pytest.approx(run.rates[epoch][0] * (0.5 if fell else 1))
            assert run.sizes[epoch + 1] == min(run.sizes[epoch] * (2 if fell else 1), len(dataset.train))
