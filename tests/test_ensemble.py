"""Several models that answer as one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autotune.agent.working.apart import probabilities
from autotune.baselines import linear_model
from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.ensemble import Ensemble, is_ensemble, load_classifier, write_ensemble
from autotune.errors import BundleError
from autotune.linear import LinearModel
from autotune.training.fit import fit
from autotune.training.trained import TrainedClassifier
from tests.conftest import write_toy

TEXTS = ["the goal of the match", "", "soup with salt", "a very long text " * 50, "choir"]
KINDS = ({"encoder.width": 8}, {"encoder.name": "none", "pretraining.dimension": 8, "text.unit": "subword", "seed": 1})


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))


@pytest.fixture(scope="module")
def networks(dataset: Dataset) -> tuple[TrainedClassifier, ...]:
    return tuple(fit(Config.from_values({"early_stopping.max_epochs": 1} | kind), dataset).classifier for kind in KINDS)


@pytest.fixture(scope="module")
def linear(dataset: Dataset) -> LinearModel:
    model = linear_model(dataset, "accuracy").model
    assert isinstance(model, LinearModel)
    return model


@pytest.fixture
def ensemble(networks: tuple[TrainedClassifier, ...], linear: LinearModel) -> Ensemble:
    return Ensemble(networks, linear, 0.3)


@pytest.fixture
def saved(ensemble: Ensemble, tmp_path: Path) -> Path:
    ensemble.save(tmp_path / "ensemble")
    return tmp_path / "ensemble"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_probabilities_are_the_blend_of_the_mean(ensemble: Ensemble) -> None:
    first, second = (network.probabilities(TEXTS).astype(np.float64) for network in ensemble.networks)
    assert ensemble.linear is not None
    expected = 0.7 * (first + second) / 2 + 0.3 * ensemble.linear.probabilities(TEXTS)
    assert np.allclose(ensemble.probabilities(TEXTS), expected, atol=1e-6)
    assert np.allclose(Ensemble(ensemble.networks).probabilities(TEXTS), (first + second) / 2, atol=1e-6)
    assert ensemble.labels == ("food", "music", "sport")
    assert ensemble.probabilities([]).shape == (0, 3)


def test_what_is_saved_predicts_the_same(ensemble: Ensemble, saved: Path) -> None:
    loaded = load_classifier(saved)
    assert isinstance(loaded, Ensemble)
    assert np.array_equal(loaded.probabilities(TEXTS), ensemble.probabilities(TEXTS))
    assert loaded.labels == ensemble.labels
    assert loaded.linear_weight == 0.3
    assert loaded.parameters_count == ensemble.parameters_count
    assert is_ensemble(saved)
    assert not is_ensemble(saved / "members" / "1")
    assert isinstance(load_classifier(saved / "members" / "2"), TrainedClassifier)


def test_from_folders_it_is_the_same_without_torch(ensemble: Ensemble, saved: Path, tmp_path: Path) -> None:
    assert ensemble.linear is not None
    ensemble.linear.save(tmp_path / "linear")
    program = (
        "import sys\nfrom pathlib import Path\nfrom autotune.ensemble import write_ensemble\nfrom autotune.linear import LinearModel\n"
        "write_ensemble(Path('copy'), [Path('ensemble/members/1'), Path('ensemble/members/2')], LinearModel.load(Path('linear')), 0.3)\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "copy") == files(saved)


def test_networks_alone_need_no_linear_model(networks: tuple[TrainedClassifier, ...], tmp_path: Path) -> None:
    Ensemble(networks[:1]).save(tmp_path / "one")
    assert not (tmp_path / "one" / "linear").exists()
    assert np.array_equal(load_classifier(tmp_path / "one").probabilities(TEXTS), networks[0].probabilities(TEXTS))


def test_what_does_not_fit_is_refused(networks: tuple[TrainedClassifier, ...], linear: LinearModel, tmp_path: Path) -> None:
    other = TrainedClassifier(networks[0].config, networks[0].tokenizer, ("x", "y", "z"), networks[0].model)
    for members, model, weight in [
        ((), None, 0.0),
        ((networks[0], other), None, 0.0),
        (networks, None, 0.5),
        (networks, linear, 1.5),
        (networks, LinearModel(linear.runs, linear.coefficients, linear.intercepts, linear.known, 4), 0.5),
    ]:
        with pytest.raises(ValueError, match=r"networks|weight|classes"):
            Ensemble(members, model, weight)
    with pytest.raises(BundleError, match="no such folder"):
        write_ensemble(tmp_path / "ensemble", [tmp_path / "nowhere"])
    assert list(tmp_path.iterdir()) == []


def test_another_process_answers_with_an_ensemble(ensemble: Ensemble, saved: Path) -> None:
    assert np.allclose(probabilities([saved], TEXTS)[0], ensemble.probabilities(TEXTS), atol=1e-6)


@pytest.mark.parametrize(
    "name",
    ["members/1/bundle.json", "members/2/model.safetensors", "members/2/tokenizer.json", "linear/linear.json", "linear/vocabulary.json"],
)
def test_a_missing_or_damaged_file_is_named(saved: Path, name: str) -> None:
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    with pytest.raises(BundleError, match=f"{name} is missing or damaged".replace(".", r"\.")):
        load_classifier(saved)
    (saved / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is missing or damaged".replace(".", r"\.")):
        load_classifier(saved)


def test_members_of_another_ensemble_are_refused(saved: Path) -> None:
    shutil.rmtree(saved / "members" / "2")
    shutil.copytree(saved / "members" / "1", saved / "members" / "2")
    with pytest.raises(BundleError, match=r"members/2/bundle\.json is missing or damaged"):
        load_classifier(saved)


@pytest.mark.parametrize("change", [{"networks": 0}, {"networks": "two"}, {"networks": None}, {"linear_weight": 7}, {"linear": False}])
def test_a_manifest_that_contradicts_itself_is_refused(saved: Path, change: dict[str, object]) -> None:
    manifest = json.loads((saved / "bundle.json").read_text())
    (saved / "bundle.json").write_text(json.dumps(manifest | change))
    with pytest.raises(BundleError, match=r"bundle\.json is damaged"):
        load_classifier(saved)


def test_each_kind_refuses_the_other(saved: Path) -> None:
    with pytest.raises(BundleError, match="is an ensemble, not a single model"):
        TrainedClassifier.load(saved)
    with pytest.raises(BundleError, match="is a single model, not an ensemble"):
        Ensemble.load(saved / "members" / "1")
    manifest = json.loads((saved / "bundle.json").read_text())
    assert manifest["format"] == 2  # versions before ensembles read 1 and say that they do
    (saved / "bundle.json").write_text(json.dumps(manifest | {"format": 3}))
    with pytest.raises(BundleError, match="has format 3, this autotune reads formats 1 and 2"):
        load_classifier(saved)
