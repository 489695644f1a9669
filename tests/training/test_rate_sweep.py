"""The learning-rate range test as a sweep over real texts, and what `auto` does to a run."""

import time
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
import torch

from autotune.config import CUSTOMARY_LEARNING_RATE, Config
from autotune.config_file import read_config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.sections import OptimizerName
from autotune.training.fit import fit
from autotune.training.outcome import OutOfTimeError
from autotune.training.rate_sweep import FEWEST_STEPS, HIGHEST, LOWEST, MOST_BATCHES, PASSES, range_test, sweep_rates
from tests.conftest import write_toy

SMALL = {"encoder.name": "none", "pretraining.dimension": 16, "early_stopping.max_epochs": 4, "learning_rate.initial": "auto"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))


def small(**changes: object) -> Config:
    return Config.from_values({**SMALL, **{path.replace("__", "."): value for path, value in changes.items()}})


@pytest.mark.parametrize("name", get_args(OptimizerName))
def test_every_optimizer_gets_a_rate_with_which_it_learns_the_toy(dataset: Dataset, name: str) -> None:
    config = small(optimizer__name=name)
    curve = range_test(config, dataset)
    assert curve.proposal is not None
    assert min(curve.smoothed) < 0.5 * curve.smoothed[0]
    outcome = fit(small(optimizer__name=name, early_stopping__max_epochs=12), dataset)
    assert outcome.classifier.config.initial_learning_rate == curve.proposal
    assert outcome.notes == ()
    assert outcome.score > 0.7


def test_the_sweep_rises_by_the_same_factor_from_step_to_step(dataset: Dataset) -> None:
    rates = sweep_rates(0.02, 100)
    assert rates[0] == pytest.approx(LOWEST * 0.02)
    assert rates[-1] == pytest.approx(HIGHEST * 0.02)
    assert [later / earlier for earlier, later in pairwise(rates)] == pytest.approx([rates[1] / rates[0]] * 99)
    curve = range_test(small(optimizer__name="sgd"), dataset)
    steps = PASSES * 6  # all texts of the toy, in batches of 32
    assert curve.rates == sweep_rates(0.1, steps)[: len(curve.rates)]
    assert len(curve.rates) < steps
    assert curve.diverged


@pytest.mark.parametrize("encoder", ["none", "cnn", "gru"])
def test_auto_is_the_run_with_the_number_written_down_bit_for_bit(dataset: Dataset, encoder: str) -> None:
    changes = {"encoder__name": encoder, "encoder__width": 8, "dropout__head": 0.3, "dropout__embedding": 0.2}
    measured = fit(small(**changes), dataset)
    number = measured.classifier.config.initial_learning_rate
    assert number != CUSTOMARY_LEARNING_RATE["adam"]
    written = fit(small(**changes, learning_rate__initial=number), dataset)
    assert measured.epochs == written.epochs
    assert measured.classifier.config.fingerprint == written.classifier.config.fingerprint
    for name, tensor in measured.classifier.model.state_dict().items():
        assert torch.equal(tensor, written.classifier.model.state_dict()[name]), name


def test_what_is_saved_holds_the_number(dataset: Dataset, tmp_path: Path) -> None:
    outcome = fit(small(), dataset)
    outcome.classifier.save(tmp_path / "model")
    saved = read_config(tmp_path / "model" / "config.yaml")
    assert saved.learning_rate.initial == outcome.classifier.config.learning_rate.initial
    again = fit(saved, dataset)
    assert again.epochs == outcome.epochs


def test_the_same_curve_every_time_whatever_was_drawn_before_and_whatever_the_rate_says(dataset: Dataset) -> None:
    config = small(dropout__head=0.5)
    curve = range_test(config, dataset)
    torch.rand(7)
    others = [
        config,
        small(dropout__head=0.5, learning_rate__initial=0.1),
        small(dropout__head=0.5, learning_rate__schedule="one_cycle", learning_rate__warmup_epochs=3),
        small(dropout__head=0.5, shuffling__enabled=False),
    ]
    for other in others:
        assert range_test(other, dataset).losses == curve.losses
    assert range_test(small(dropout__head=0.5, seed=1), dataset).losses != curve.losses


def test_penalties_take_part(dataset: Dataset) -> None:
    assert range_test(small(regularization__l2=0.5), dataset).losses != range_test(small(), dataset).losses


def test_batches_are_those_of_the_run_and_the_steps_have_a_cap(dataset: Dataset) -> None:
    steps: list[int] = []
    proposals: list[float] = []
    for size in (1, 4, "full"):
        curve = range_test(small(optimizer__name="sgd", batch_size__initial=size), dataset, progress=lambda done, most: steps.append(most))
        assert curve.proposal is not None
        proposals.append(curve.proposal)
    assert set(steps) == {PASSES * MOST_BATCHES, PASSES * 48, FEWEST_STEPS}
    # The noisier the gradient, the smaller the steps that it bears.
    assert proposals == sorted(proposals)
    assert proposals[0] < proposals[-1] / 3


def test_progress_counts_every_step(dataset: Dataset) -> None:
    told: list[int] = []
    curve = range_test(small(), dataset, progress=lambda done, most: told.append(done))
    assert told == list(range(1, len(curve.rates) + 1))


def test_where_nothing_is_learnt_the_customary_rate_is_used_and_said(dataset: Dataset) -> None:
    # Behind weights that are all zero nothing can move but the output's bias, and the classes are equally frequent.
    outcome = fit(small(encoder__name="cnn", initialization__name="zeros", optimizer__name="sgd"), dataset)
    assert outcome.classifier.config.initial_learning_rate == CUSTOMARY_LEARNING_RATE["sgd"]
    (note,) = outcome.notes
    assert "range test" in note
    assert "sgd's customary learning rate, 0.1" in note


def test_a_deadline_in_the_range_test_is_said(dataset: Dataset) -> None:
    with pytest.raises(OutOfTimeError, match="range test"):
        fit(small(), dataset, deadline=time.monotonic())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_the_gpu_proposes_like_the_cpu(dataset: Dataset) -> None:
    on_cpu, on_gpu = (range_test(small(), dataset, device=device).proposal for device in ("cpu", "cuda"))
    assert on_cpu is not None
    assert on_gpu == pytest.approx(on_cpu, rel=0.5)
