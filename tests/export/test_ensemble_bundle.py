"""An ensemble that leaves its study: what is written, what is said, and that it predicts as a single model does."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autotune.baselines import linear_model
from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.ensemble import Ensemble, load_classifier
from autotune.export.card import ensemble_card
from autotune.linear import LinearModel
from autotune.metrics import accuracy
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.leaderboard import FINAL, RESULT, ensemble_folder, model_folder
from autotune.storage.studies import create_study, load_study
from autotune.training.fit import fit
from tests.conftest import Answer, write_toy
from tests.export.test_bundle import FINAL as MEASURED
from tests.export.test_bundle import PROVENANCE

Run = Callable[..., Answer]


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    dataset = load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))
    values = {"early_stopping.max_epochs": 1, "encoder.name": "none", "pooling.name": "average", "pretraining.dimension": 8}
    networks = tuple(fit(Config.from_values(values | {"seed": seed}), dataset).classifier for seed in range(2))
    linear = linear_model(dataset, "accuracy").model
    assert isinstance(linear, LinearModel)
    return Ensemble(networks, linear, 0.3)


@pytest.fixture
def study(workplace: Path, ensemble: Ensemble) -> Path:
    """A study of one trial, with its model and an ensemble that was tested; the folder of its files."""
    toy = write_toy(workplace / "toy.csv")
    storage = open_storage(storage_url("studies/autotune.db"))
    made = create_study(storage, "s", True, {"metric": "accuracy", "source": DataSource(data=str(toy)).to_json()})
    trial = made.ask()
    trial.set_user_attr(RESULT, {"score": 0.91, "cause": "finished", "validation": dict(PROVENANCE.validation)})
    made.tell(trial, 0.91)
    tested = {"test": {**MEASURED["test"], "accuracy": 0.95}, "intervals": MEASURED["intervals"]}
    made.set_user_attr(FINAL, {**MEASURED, "trial": 0, "ensemble": {"networks": 2, "linear_weight": 0.3, **tested}})
    folder = workplace / "studies" / "s"
    ensemble.networks[0].save(model_folder(folder, 0))
    ensemble.save(ensemble_folder(folder))
    return folder


def test_it_is_exported_and_predicts_like_a_single_model(autotune: Run, study: Path, workplace: Path, ensemble: Ensemble) -> None:
    exported = autotune("export", "s", "--ensemble", "--to", "best")
    assert exported.code == 0, exported.err
    assert "an ensemble of 2 networks and the linear model with weight 0.30, test accuracy 0.9500" in exported.out
    assert sorted(path.name for path in (workplace / "best").iterdir()) == ["README.md", "bundle.json", "linear", "members", "metrics.json"]

    dataset = load_dataset(DataSource(data=str(workplace / "toy.csv")))
    texts, labels = dataset.validation.texts, dataset.validation.labels
    (workplace / "texts.txt").write_text("\n".join(texts) + "\n")
    predicted = autotune("predict", "best", "texts.txt", "--probabilities")
    assert predicted.code == 0, predicted.err
    rows = [line.split("\t") for line in predicted.out.splitlines()[1:]]
    expected = ensemble.probabilities(texts)
    assert [row[0] for row in rows] == [ensemble.labels[number] for number in expected.argmax(axis=1)]
    assert np.allclose(np.array([row[1:] for row in rows], dtype=float), expected, atol=1e-4)

    held = [f"{text},{ensemble.labels[number]}" for text, number in zip(texts, labels, strict=True)]
    (workplace / "held.csv").write_text("\n".join(["text,label", *held]) + "\n")
    evaluated = autotune("evaluate", "best", "held.csv")
    assert f"accuracy  {accuracy(expected, labels):.4f}" in evaluated.out, evaluated.out + evaluated.err


def test_scores_and_card_are_those_of_the_ensemble(autotune: Run, study: Path, workplace: Path, ensemble: Ensemble) -> None:
    assert autotune("export", "s", "--ensemble", "--to", "best").code == 0
    written = json.loads((workplace / "best" / "metrics.json").read_text())
    model = written["model"]
    assert (model["networks"], model["linear_weight"], written["trial"], written["validation"]) == (2, 0.3, 0, {})
    assert written["test"]["test"]["accuracy"] == 0.95
    card = (workplace / "best" / "README.md").read_text()
    assert "2 networks (encoder none, pooling average) and a linear model (TF-IDF and logistic regression, weight 0.30)" in card
    assert f"{ensemble.parameters_count:,} trained parameters in sum" in card
    assert "0.70 times the mean of the networks' plus 0.30 times the linear model's" in card
    assert "| accuracy |  | 0.9500 (95 % interval 0.1000 to 0.9500) |" in card
    assert "autotune train FOLDER/members/1/config.yaml" in card
    assert Path(workplace / "best" / "members" / "1" / "config.yaml").is_file()


def test_an_ensemble_is_not_one_run_that_could_be_proven(autotune: Run, study: Path) -> None:
    assert autotune("export", "s", "--ensemble", "--to", "best").code == 0
    answer = autotune("train", "best", "--verify")
    assert answer.code == 2
    assert answer.err.splitlines()[0] == "error: best is an ensemble of several runs"


def test_scores_of_another_ensemble_are_not_its_own(autotune: Run, study: Path, workplace: Path, ensemble: Ensemble) -> None:
    Ensemble(ensemble.networks).save(ensemble_folder(study))
    exported = autotune("export", "s", "--ensemble", "--to", "best")
    assert exported.code == 0, exported.err
    assert exported.out.splitlines()[0].endswith("an ensemble of 2 networks")
    written = json.loads((workplace / "best" / "metrics.json").read_text())
    assert (written["trial"], written["test"], written["model"]["linear_weight"]) == (None, None, None)
    assert "Its scores were not measured." in (workplace / "best" / "README.md").read_text()


def test_a_single_model_may_take_the_place_of_an_ensemble_and_back(autotune: Run, study: Path, workplace: Path) -> None:
    assert autotune("export", "s", "--ensemble", "--to", "best").code == 0
    again = autotune("export", "s", "--to", "best")
    assert again.code == 2
    assert "holds a bundle already" in again.err
    assert autotune("export", "s", "--to", "best", "--force").code == 0
    assert not (workplace / "best" / "members").exists()
    assert "| accuracy | 0.9100 | 0.9000" in (workplace / "best" / "README.md").read_text()


@pytest.mark.parametrize("state", ["no ensemble", "no result"])
def test_a_study_without_an_ensemble_says_why(autotune: Run, study: Path, workplace: Path, ensemble: Ensemble, state: str) -> None:
    name, words = "s", "study 's' has no ensemble: its search has not ended by itself, or had no time to train the winner again"
    ensemble_folder(study).rename(workplace / "elsewhere")
    if state == "no result":
        name, words = "new", "study 'new' has no result yet"
        stored = open_storage(storage_url("studies/autotune.db"))
        create_study(stored, name, True, load_study(stored, "s").user_attrs["autotune:plan"])
    answer = autotune("export", name, "--ensemble", "--to", "best")
    assert answer.code == 2
    error, hint = answer.err.splitlines()
    assert error == f"error: {words}"
    assert f"`autotune resume {name}`" in hint
    assert not (workplace / "best").exists()


def test_a_card_of_networks_alone_has_no_linear_model(ensemble: Ensemble) -> None:
    card = ensemble_card(
        [ensemble.networks[0].config, Config.from_values({"encoder.name": "cnn", "pooling.name": "max"})],
        None,
        ("a", "b"),
        1234,
        replace(PROVENANCE, final=None),
    )
    assert "2 networks (encoder none, pooling average; encoder cnn, pooling max), 1,234 trained parameters in sum, 2 classes." in card
    assert "linear" not in card
    assert "| accuracy | 0.9100 |  |" in card
    assert "flatters; there was no test split." in card


def test_what_was_exported_is_the_ensemble_to_the_last_digit(autotune: Run, study: Path, workplace: Path, ensemble: Ensemble) -> None:
    assert autotune("export", "s", "--ensemble", "--to", "best").code == 0
    texts = ["the goal", "soup", ""]
    assert np.array_equal(load_classifier(workplace / "best").probabilities(texts), ensemble.probabilities(texts))
