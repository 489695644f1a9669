"""A run that was stopped and taken up again comes to what it would have come to undisturbed, whatever in it changes from epoch to epoch."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.training import checkpoint as module
from autotune.training.checkpoint import Checkpoint
from autotune.training.fit import fit
from autotune.training.outcome import Outcome
from tests.conftest import write_toy

SMALL = {"encoder.name": "none", "pretraining.dimension": 16, "learning_rate.relative": 10, "early_stopping.max_epochs": 6}
CHANGING = {
    "plain": {},
    "dropout, cnn": {"encoder.name": "cnn", "dropout.embedding": 0.2, "dropout.head": 0.4},
    "gru": {"encoder.name": "gru", "dropout.encoder": 0.3, "encoder.layers": 2},
    "n-grams": {"text.ngrams": 2, "text.character_ngrams": 4},
    "growth by epochs": {"batch_size.initial": 8, "batch_size.growth": "epochs", "batch_size.growth_epochs": 1},
    "growth on a plateau": {"batch_size.initial": 8, "batch_size.growth": "plateau", "batch_size.growth_patience": 0},
    "rate on a plateau": {"learning_rate.schedule": "plateau", "learning_rate.plateau_patience": 0, "learning_rate.relative": 40},
    "one cycle": {"learning_rate.schedule": "one_cycle"},
    "range test": {"learning_rate.initial": "auto"},
    "patience": {"early_stopping.patience": 3, "early_stopping.max_epochs": 12, "learning_rate.relative": 40},
    "thawing vectors": {"pretraining.method": "word2vec", "pretraining.minimum_count": 1, "pretraining.tuning": "frozen_first"},
    "penalties": {"regularization.l1": 1e-5, "regularization.l2": 1e-4, "regularization.weight_decay": 0.01},
    **{name: {"optimizer.name": name} for name in ("sgd", "adagrad", "adadelta", "adamax", "nadam", "adamw", "rmsprop")},
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))


@pytest.fixture(autouse=True)
def _written_after_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARE", 1e9)


class Killed(Exception):  # noqa: N818
    """What ends a run without a chance to clean up."""


def killed_at(epoch: int, config: Config, dataset: Dataset, path: Path) -> list[int]:
    """Trains until the report on an epoch; the epochs that were reported."""
    told: list[int] = []

    def report(number: int, value: float) -> bool:
        told.append(number)
        if number == epoch:
            raise Killed
        return False

    with pytest.raises(Killed):
        fit(config, dataset, report, checkpoint=Checkpoint(path, config, dataset))
    return told


def same(first: Outcome, second: Outcome) -> bool:
    weights = second.classifier.model.state_dict()
    return (
        (first.score, first.best_epoch, first.epochs, first.stopped, first.notes)
        == (second.score, second.best_epoch, second.epochs, second.stopped, second.notes)
        and first.classifier.config == second.classifier.config
        and all(torch.equal(tensor, weights[name]) for name, tensor in first.classifier.model.state_dict().items())
    )


@pytest.mark.parametrize("changes", CHANGING.values(), ids=CHANGING)
def test_a_run_killed_twice_ends_as_an_undisturbed_one(dataset: Dataset, tmp_path: Path, changes: dict[str, object]) -> None:
    config, path = Config.from_values({**SMALL, **changes}), tmp_path / "run.pt"
    undisturbed = fit(config, dataset)
    assert len(undisturbed.epochs) >= 5
    assert killed_at(3, config, dataset, path) == [1, 2, 3]
    assert killed_at(4, config, dataset, path) == [3, 4]
    told: list[int] = []
    resumed = fit(config, dataset, lambda epoch, value: told.append(epoch) or False, checkpoint=Checkpoint(path, config, dataset))
    assert told[0] == 4
    assert same(undisturbed, resumed)


def test_writing_checkpoints_changes_nothing(dataset: Dataset, tmp_path: Path) -> None:
    config = Config.from_values({**SMALL, "dropout.head": 0.4})
    assert same(fit(config, dataset), fit(config, dataset, checkpoint=Checkpoint(tmp_path / "run.pt", config, dataset)))


def test_a_checkpoint_of_something_else_is_not_taken_up(dataset: Dataset, tmp_path: Path) -> None:
    config, path = Config.from_values(SMALL), tmp_path / "run.pt"
    killed_at(3, config, dataset, path)
    assert Checkpoint(path, config, dataset).found is not None
    assert Checkpoint(path, Config.from_values({**SMALL, "seed": 1}), dataset).found is None
    whole = path.read_bytes()
    for damaged in (b"", whole[:1000], b"no checkpoint", whole[: len(whole) // 2] + b"x" * 100 + whole[len(whole) // 2 + 100 :]):
        path.write_bytes(damaged)
        assert Checkpoint(path, config, dataset).found is None
    assert same(fit(config, dataset), fit(config, dataset, checkpoint=Checkpoint(path, config, dataset)))


def test_the_time_of_a_run_is_that_of_all_its_parts(dataset: Dataset, tmp_path: Path) -> None:
    config, path = Config.from_values(SMALL), tmp_path / "run.pt"
    killed_at(4, config, dataset, path)
    before = Checkpoint(path, config, dataset).seconds
    assert before > 0
    assert fit(config, dataset, checkpoint=Checkpoint(path, config, dataset)).seconds > before


def test_a_run_goes_on_where_its_checkpoint_cannot_be_written(dataset: Dataset, tmp_path: Path) -> None:
    config = Config.from_values(SMALL)
    (tmp_path / "file").write_text("in the way")
    outcome = fit(config, dataset, checkpoint=Checkpoint(tmp_path / "file" / "run.pt", config, dataset))
    assert "checkpoints could not be written" in outcome.notes[0]
    assert same(fit(config, dataset), replace(outcome, notes=()))


def test_nothing_half_written_is_left(dataset: Dataset, tmp_path: Path) -> None:
    config = Config.from_values(SMALL)
    fit(config, dataset, checkpoint=Checkpoint(tmp_path / "run.pt", config, dataset))
    assert os.listdir(tmp_path) == ["run.pt"]


def test_short_runs_are_not_worth_a_file(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARE", 1e-9)
    config = Config.from_values(SMALL)
    fit(config, dataset, checkpoint=Checkpoint(tmp_path / "run.pt", config, dataset))
    assert os.listdir(tmp_path) == []


def test_a_pruned_run_that_goes_on_comes_to_what_it_would_have_come_to(dataset: Dataset, tmp_path: Path) -> None:
    config, path = Config.from_values({**SMALL, "dropout.head": 0.3}), tmp_path / "c.pt"
    stopped = fit(config, dataset, lambda epoch, value: epoch == 2, checkpoint=Checkpoint(path, config, dataset))
    assert stopped.stopped == "pruned"
    told: list[int] = []
    went_on = fit(config, dataset, lambda epoch, value: bool(told.append(epoch)), checkpoint=Checkpoint(path, config, dataset))
    assert told == [3, 4, 5, 6]
    assert same(fit(config, dataset), went_on)
