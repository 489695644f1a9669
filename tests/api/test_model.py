"""A model in Python says what the command says."""

from pathlib import Path

import pytest

from autotune.api.model import load
from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.errors import BundleError
from autotune.training.fit import fit
from tests.conftest import write_toy

TEXTS = ["the ball", "soup and bread", "", "a choir"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    dataset = load_dataset(DataSource(data=str(write_toy(folder / "toy.csv"))))
    values = {"early_stopping.max_epochs": 1, "encoder.name": "none", "pretraining.dimension": 8}
    fit(Config.from_values(values), dataset).classifier.save(folder / "best")
    return folder / "best"


def test_labels_probabilities_top_and_stream_agree(bundle: Path) -> None:
    model = load(str(bundle))
    labels, probabilities = model.predict(TEXTS), model.probabilities(TEXTS)
    assert model.labels == ("food", "music", "sport")
    assert probabilities.shape == (4, 3)
    assert probabilities.sum(axis=1) == pytest.approx([1.0] * 4, abs=1e-6)
    assert [model.labels[place] for place in probabilities.argmax(axis=1)] == labels == list(model.stream(iter(TEXTS)))
    for found, row, label in zip(model.top(TEXTS, k=2), probabilities, labels, strict=True):
        assert found[0] == (label, float(row.max()))
        assert len(found) == 2
        assert found[0][1] >= found[1][1]


def test_no_texts_no_labels(bundle: Path) -> None:
    model = load(bundle)
    assert model.predict([]) == []
    assert model.probabilities([]).shape == (0, 3)


def test_a_single_text_is_a_mistake(bundle: Path) -> None:
    with pytest.raises(TypeError, match="a list of texts is expected"):
        load(bundle).predict("the ball")


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        load(tmp_path)
