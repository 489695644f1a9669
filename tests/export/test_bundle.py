import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autotune.config import Config
from autotune.config_file import read_config
from autotune.data.dataset import DataSource, load_dataset
from autotune.data.files import Table
from autotune.errors import DataError
from autotune.export.bundle import export_bundle, load_bundle
from autotune.export.card import Provenance, model_card
from autotune.export.evaluate import evaluate
from autotune.training.fit import fit
from autotune.training.trained import TrainedClassifier
from tests.conftest import write_toy

FINAL = {
    "rows": 24,
    "test": {"accuracy": 0.9, "macro_f1": 0.8, "log_loss": 0.4},
    "intervals": dict.fromkeys(("accuracy", "macro_f1", "log_loss"), (0.1, 0.95)),
}
PROVENANCE = Provenance("toy", 3, "toy.csv", "accuracy", {"accuracy": 0.91, "macro_f1": 0.8, "log_loss": 0.3}, FINAL)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedClassifier:
    dataset = load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))
    return fit(Config.from_values({"early_stopping.max_epochs": 2, "encoder.width": 8}), dataset).classifier


@pytest.fixture
def bundle(trained: TrainedClassifier, tmp_path: Path) -> Path:
    trained.save(tmp_path / "model")
    export_bundle(tmp_path / "model", tmp_path / "best", PROVENANCE, force=False)
    return tmp_path / "best"


def test_a_bundle_holds_what_is_promised(bundle: Path, trained: TrainedClassifier) -> None:
    assert sorted(path.name for path in bundle.iterdir()) == [
        "README.md", "bundle.json", "config.yaml", "metrics.json", "model.safetensors", "tokenizer.json",
    ]  # fmt: skip
    assert read_config(bundle / "config.yaml").fingerprint == trained.config.fingerprint
    assert json.loads((bundle / "metrics.json").read_text())["test"]["test"]["accuracy"] == 0.9
    card = (bundle / "README.md").read_text()
    assert "| accuracy | 0.9100 | 0.9000 (95 % interval 0.1000 to 0.9500) |" in card
    texts = ["the goal", "soup"]
    assert np.array_equal(load_bundle(bundle).probabilities(texts), trained.probabilities(texts))


@pytest.mark.parametrize(
    ("values", "unlabeled", "sentence"),
    [
        ({}, "more.txt", None),
        ({"method": "glove"}, None, "were learnt by GloVe from the training texts, and learnt further with the classifier."),
        (
            {"method": "word2vec", "algorithm": "cbow", "tuning": "frozen"},
            "more.txt",
            "were learnt by word2vec (cbow) from the training texts and the texts without labels of `more.txt`, and kept as they were.",
        ),
        (
            {"method": "file", "file": "/far/away/glove.txt", "tuning": "frozen_first", "frozen_epochs": 3},
            "more.txt",  # another configuration of the study learnt from it
            "were read from `glove.txt`, and learnt further with the classifier from epoch 4 on.",
        ),
    ],
    ids=["none", "glove", "word2vec", "file"],
)
def test_the_card_says_where_the_token_vectors_came_from(values: dict[str, object], unlabeled: str | None, sentence: str | None) -> None:
    config = Config.from_values({f"pretraining.{name}": value for name, value in values.items()} | {"pretraining.dimension": 50})
    card = model_card(config, ("a", "b"), 1, replace(PROVENANCE, unlabeled=unlabeled))
    said = [line for line in card.splitlines() if line.startswith("Its token vectors")]
    assert said == ([f"Its token vectors, 50 numbers each, {sentence}"] if sentence else [])
    assert ("--unlabeled" in card) == ("more.txt" in card) == (values.get("method") == "word2vec")


def test_a_label_cannot_smuggle_markup_into_the_card(trained: TrainedClassifier, tmp_path: Path) -> None:
    hostile = TrainedClassifier(trained.config, trained.tokenizer, ("<script>alert(1)</script>", "a\n# b", "c"), trained.model)
    hostile.save(tmp_path / "model")
    export_bundle(tmp_path / "model", tmp_path / "best", PROVENANCE, force=False)
    card = (tmp_path / "best" / "README.md").read_text()
    assert "<script>" not in card
    assert "\n# b" not in card


def test_an_interrupted_export_leaves_the_old_bundle(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}

    def disk_full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autotune.export.bundle.model_card", disk_full)
    with pytest.raises(OSError, match="No space left"):
        export_bundle(tmp_path / "model", bundle, PROVENANCE, force=True)
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best", "model"]


def test_evaluation_counts_unknown_labels_as_mistakes_and_leaves_out_empty_texts(trained: TrainedClassifier) -> None:
    table = Table(["goal team", "  ", "soup", "drum"], ["sport", "sport", "sport", "dance"], "text", "label", [2, 3, 4, 5])
    result = evaluate(trained, table)
    assert result.rows == 3
    assert result.unknown == {"dance": 1}
    assert result.scores["accuracy"] <= 2 / 3
    with pytest.raises(DataError, match="no text"):
        evaluate(trained, Table([" "], ["sport"], "text", "label", [2]))
