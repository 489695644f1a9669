import json
from pathlib import Path

import numpy as np
import pytest

from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.errors import BundleError
from autotune.training.fit import fit
from autotune.training.trained import TrainedClassifier
from tests.conftest import write_toy

TEXTS = ["the goal of the match", "", "soup with salt", "a very long text " * 50, "choir"]


@pytest.fixture(scope="module", params=[{}, {"text.ngrams": 2, "text.character_ngrams": 3}], ids=["plain", "n-grams"])
def trained(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> TrainedClassifier:
    dataset = load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))
    return fit(Config.from_values({"early_stopping.max_epochs": 1, "encoder.width": 8} | request.param), dataset).classifier


@pytest.fixture
def saved(trained: TrainedClassifier, tmp_path: Path) -> Path:
    trained.save(tmp_path / "model")
    return tmp_path / "model"


def test_what_is_saved_predicts_the_same(trained: TrainedClassifier, saved: Path) -> None:
    loaded = TrainedClassifier.load(saved)
    assert loaded.labels == trained.labels == ("food", "music", "sport")
    assert loaded.config.fingerprint == trained.config.fingerprint
    assert np.array_equal(loaded.probabilities(TEXTS), trained.probabilities(TEXTS))


def test_probabilities_come_in_the_order_of_the_texts(trained: TrainedClassifier) -> None:
    together = trained.probabilities(TEXTS, batch_size=2)
    assert together.shape == (5, 3)
    assert np.allclose(together.sum(axis=1), 1)
    for text, row in zip(TEXTS, together, strict=True):
        assert np.allclose(trained.probabilities([text])[0], row, atol=1e-5)
    assert trained.probabilities([]).shape == (0, 3)


def test_saving_again_replaces_the_folder_and_leaves_nothing_beside_it(trained: TrainedClassifier, saved: Path) -> None:
    trained.save(saved)
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def test_a_damaged_file_is_named(saved: Path) -> None:
    with (saved / "model.safetensors").open("r+b") as file:
        file.seek(200)
        file.write(b"\xff\xff\xff")
    with pytest.raises(BundleError, match=r"model\.safetensors is missing or damaged"):
        TrainedClassifier.load(saved)


@pytest.mark.parametrize("name", ["config.yaml", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        TrainedClassifier.load(saved)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no such folder"):
        TrainedClassifier.load(tmp_path / "nowhere")
    with pytest.raises(BundleError, match="is not a bundle"):
        TrainedClassifier.load(tmp_path)
    (tmp_path / "bundle.json").write_text("{")
    with pytest.raises(BundleError, match="is damaged"):
        TrainedClassifier.load(tmp_path)


def test_a_bundle_of_a_newer_format_is_refused(saved: Path) -> None:
    manifest = json.loads((saved / "bundle.json").read_text())
    (saved / "bundle.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(BundleError, match="has format 99"):
        TrainedClassifier.load(saved)
