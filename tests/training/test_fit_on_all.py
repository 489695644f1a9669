"""Training on all texts: the course of the run that found the number of epochs, with more texts."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, Split, load_dataset, unsplit
from autotune.training.fit import fit
from autotune.training.fit_on_all import fit_on_all, needs_losses
from autotune.training.outcome import DivergedError, OutOfTimeError
from tests.conftest import write_toy

SMALL = {"encoder.name": "none", "pooling.name": "average", "pretraining.dimension": 8, "early_stopping.max_epochs": 6}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))


@pytest.mark.parametrize(
    "values",
    [
        {"learning_rate.schedule": "cosine"},
        {"learning_rate.schedule": "one_cycle", "text.character_ngrams": 3, "dropout.embedding": 0.2},
        {"learning_rate.schedule": "plateau", "learning_rate.plateau_patience": 0, "learning_rate.relative": 300},
        {"batch_size.growth": "plateau", "batch_size.growth_patience": 0, "learning_rate.relative": 300},
        {"batch_size.growth": "epochs", "batch_size.growth_epochs": 1, "shuffling.enabled": False},
    ],
    ids=lambda values: next(iter(values.values())),
)
def test_on_the_same_texts_it_is_the_same_run(dataset: Dataset, values: dict[str, object]) -> None:
    config = Config.from_values(SMALL | values)
    outcome = fit(config, dataset)
    bare = replace(dataset, validation=Split([], np.empty(0, dtype=np.int64)), fingerprint="without validation")
    losses = [epoch.validation_loss for epoch in outcome.epochs]
    again = fit_on_all(config, bare, outcome.best_epoch, losses).classifier.model.state_dict()
    for name, weight in outcome.classifier.model.state_dict().items():
        assert torch.equal(again[name], weight), name
    if needs_losses(config):  # the losses of another course would make another model
        other = fit_on_all(config, bare, 6, [1.0] * 6).classifier.model.state_dict()
        same = fit_on_all(config, bare, 6, [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]).classifier.model.state_dict()
        assert not all(torch.equal(other[name], same[name]) for name in same)


def test_all_texts_are_there_once(dataset: Dataset) -> None:
    everything = unsplit(dataset)
    assert len(everything.validation) == 0
    assert everything.fingerprint != dataset.fingerprint
    pairs = [
        *zip(dataset.train.texts, dataset.train.labels, strict=True),
        *zip(dataset.validation.texts, dataset.validation.labels, strict=True),
    ]
    assert sorted(zip(everything.train.texts, everything.train.labels, strict=True)) == sorted(pairs)


def test_a_run_that_diverges_or_is_stopped_has_no_model(dataset: Dataset) -> None:
    wild = Config.from_values(SMALL | {"optimizer.name": "sgd", "learning_rate.initial": 1000.0, "regularization.l2": 1.0})
    with pytest.raises(DivergedError):
        fit_on_all(wild, dataset, 6, [])
    with pytest.raises(OutOfTimeError, match="no model"):
        fit_on_all(Config.from_values(SMALL), dataset, 2, [], stop=lambda: True)
