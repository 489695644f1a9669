from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.cautions import cautions
from autotune.config import Config
from autotune.config_file import write_config
from autotune.data.dataset import DataSource, load_dataset
from autotune.spaces.files import builtin_files, read_space
from autotune.training.fit import fit
from tests.conftest import Answer

EPOCHS = {"early_stopping.max_epochs": 5, "early_stopping.patience": 2}
PATIENCE = "early_stopping.patience 5 is not below early_stopping.max_epochs 5: it cannot run out, every run trains to its last epoch"
ZEROS = "initialization.name zeros: hidden units that start alike get the same gradient, or none, and learn nothing of their own"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"early_stopping.patience": 4}, []),
        ({"early_stopping.patience": 5}, [PATIENCE]),
        ({"initialization.name": "zeros"}, [ZEROS]),
        ({"initialization.name": "zeros", "encoder.name": "none"}, []),
        ({"initialization.name": "zeros", "encoder.name": "none", "activation.hidden_width": 9}, [ZEROS]),
        ({"initialization.name": "zeros", "early_stopping.patience": 5}, [PATIENCE, ZEROS]),
        ({"learning_rate.warmup_epochs": 4.5}, []),
        ({"learning_rate.warmup_epochs": 5}, ["learning_rate.warmup_epochs 5 is not below early_stopping.max_epochs 5: "]),
        ({"learning_rate.warmup_epochs": 5, "learning_rate.schedule": "one_cycle"}, []),
        ({"learning_rate.step_epochs": 9}, []),
        ({"learning_rate.step_epochs": 9, "learning_rate.schedule": "step"}, ["learning_rate.step_epochs 9 is not below "]),
        ({"batch_size.growth_epochs": 5, "batch_size.growth": "plateau"}, []),
        ({"batch_size.growth_epochs": 5, "batch_size.growth": "epochs"}, ["batch_size.growth_epochs 5 is not below "]),
        ({"batch_size.ceiling": 32, "batch_size.growth": "plateau"}, ["batch_size.ceiling 32 is not above batch_size.initial 32: "]),
        ({"batch_size.ceiling": 33, "batch_size.growth": "plateau"}, []),
        ({"batch_size.ceiling": 9, "batch_size.growth": "epochs", "batch_size.initial": "full"}, []),
    ],
    ids=str,
)
def test_what_is_said(values: dict[str, object], expected: list[str]) -> None:
    found = cautions(Config.from_values(EPOCHS | values))
    assert len(found) == len(expected)
    for sentence, start in zip(found, expected, strict=True):
        assert sentence.startswith(start)
        assert "\n" not in sentence


@pytest.mark.parametrize("name", builtin_files())
def test_nothing_is_to_be_said_about_the_first_trial_of_what_comes_with_autotune(name: str) -> None:
    space = read_space(name)
    assert cautions(space.config(space.defaults())) == []


def test_train_says_it_before_the_training(autotune: Callable[..., Answer], workplace: Path, toy: Path) -> None:
    values = {"encoder.name": "cnn", "encoder.width": 4, "pretraining.dimension": 4, "initialization.name": "zeros"}
    config = Config.from_values(values | {"early_stopping.max_epochs": 1, "early_stopping.patience": 3})
    (workplace / "mine.yaml").write_text(write_config(config), encoding="utf-8")
    answer = autotune("train", "mine.yaml", "--data", str(toy))
    assert answer.code == 0, answer.err
    lines = answer.err.splitlines()
    notes = [line for line in lines if line.startswith("note: early_stopping.patience 3") or line == f"note: {ZEROS}"]
    assert len(notes) == 2
    assert lines.index(notes[-1]) < next(number for number, line in enumerate(lines) if line.startswith("training "))


def test_search_says_it_of_what_is_set(autotune: Callable[..., Answer], toy: Path) -> None:
    # A column that is not there ends the command before anything is searched.
    answer = autotune("search", "--data", str(toy), "--label", "none", "--space", "full", "--set", "initialization.name=zeros")
    assert f"note: {ZEROS}" in answer.err.splitlines()
    answer = autotune("search", "--data", str(toy), "--label", "none", "--set", "early_stopping.patience=12")
    assert "note: early_stopping.patience 12 is not below early_stopping.max_epochs 12: " in answer.err
    answer = autotune("search", "--data", str(toy), "--label", "none", "--space", "full")
    assert "note: " not in answer.err


def test_checking_a_space_says_it_too(autotune: Callable[..., Answer], workplace: Path) -> None:
    space = "description: mine\ninclude: [dropout]\nfixed: {initialization.name: zeros}\n"
    (workplace / "mine.yaml").write_text(space, encoding="utf-8")
    answer = autotune("spaces", "check", "mine.yaml")
    assert answer.code == 0
    assert f"note: {ZEROS}" in answer.err.splitlines()


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_what_is_said_of_zeros_is_true(toy: Path, activation: str) -> None:
    values = {"encoder.name": "cnn", "encoder.kernel_sizes": "2", "encoder.width": 5, "pretraining.dimension": 4}
    values |= {"initialization.name": "zeros", "activation.name": activation, "early_stopping.max_epochs": 2}
    model = fit(Config.from_values(values), load_dataset(DataSource(str(toy)))).classifier.model
    units = next(weight for weight in model.encoder.parameters() if weight.dim() > 1).flatten(1)
    assert (units == units[0]).all()
    # No gradient comes through a ReLU at zero.
    assert bool(units.any()) == (activation == "sigmoid")
