"""`autotune export --format`: what it writes beside the bundle, and what it says where it cannot."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.manifest import digest
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.leaderboard import RESULT, ensemble_folder, model_folder
from autotune.storage.studies import create_study
from autotune.training.fit import fit
from tests.conftest import Answer

Run = Callable[..., Answer]

BUNDLE = ["README.md", "bundle.json", "config.yaml", "metrics.json", "model.safetensors", "tokenizer.json"]


@pytest.fixture
def study(workplace: Path, toy: Path) -> Path:
    """A study of one trial with its model; the folder of its files."""
    source = DataSource(data=str(toy))
    dataset = load_dataset(source)
    small = {
        "encoder.name": "none",
        "pooling.name": "average",
        "pretraining.dimension": 8,
        "early_stopping.max_epochs": 2,
        "text.ngrams": 2,
    }
    outcome = fit(Config.from_values(small), dataset)
    storage = open_storage(storage_url("studies/autotune.db"))
    plan = {"metric": "accuracy", "source": source.to_json(), "fingerprint": dataset.fingerprint}
    made = create_study(storage, "s", True, plan)
    trial = made.ask()
    details = {"best_epoch": outcome.best_epoch, "epochs": len(outcome.epochs), "seconds": 1.0, "circumstances": outcome.circumstances}
    scores = outcome.epochs[outcome.best_epoch - 1].scores
    trial.set_user_attr(RESULT, {"score": outcome.score, "cause": "finished", "validation": scores, **details})
    made.tell(trial, outcome.score)
    folder = workplace / "studies" / "s"
    outcome.classifier.save(model_folder(folder, 0))
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_formats_combine(autotune: Run, study: Path, workplace: Path) -> None:
    answer = autotune("export", "s", "--to", "best", "--format", "script", "--format", "onnx")
    assert answer.code == 0, answer.err
    assert names(workplace / "best") == sorted([*BUNDLE, "model.onnx", "predict_onnx.py", "train.py", "split.txt"])
    assert "model.onnx agrees with torch to " in answer.err
    assert "on 24 validation texts" in answer.err
    assert "`python train.py` trains it again" in answer.err
    card = (workplace / "best" / "README.md").read_text()
    for name in names(workplace / "best"):
        assert f"`{name}`" in card or name == "README.md"
    digests = json.loads((workplace / "best" / "bundle.json").read_text())["sha256"]
    assert digests == {
        name: digest(workplace / "best" / name) for name in names(workplace / "best") if name not in ("README.md", "bundle.json")
    }
    # Seen from the bundle, the data lies where it says, though the program was written in another folder.
    trained = subprocess.run([sys.executable, str(workplace / "best" / "train.py")], capture_output=True, text=True, cwd="/")
    assert trained.returncode == 0, trained.stderr
    best = json.loads((workplace / "best" / "metrics.json").read_text())["validation"]["accuracy"]
    assert trained.stdout.splitlines()[-1].startswith(f"validation accuracy {best:.4f} after epoch ")
    assert autotune("predict", "best", "toy.csv").code == 0
    assert autotune("train", "best", "--verify").code == 0


@pytest.mark.parametrize("formats", [(), ("--format", "bundle")])
def test_the_bundle_is_the_default(autotune: Run, study: Path, workplace: Path, formats: tuple[str, ...]) -> None:
    assert autotune("export", "s", "--to", "best", *formats).code == 0
    assert names(workplace / "best") == BUNDLE


def test_without_the_packages_it_says_what_to_install(autotune: Run, study: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    answer = autotune("export", "s", "--to", "best", "--format", "onnx")
    assert answer.code == 2
    assert answer.err.splitlines() == ["error: --format onnx needs onnxruntime, not installed here", "hint: pip install 'autotune[onnx]'"]
    assert not (workplace / "best").exists()


@pytest.mark.parametrize("form", ["onnx", "script"])
def test_an_ensemble_is_no_single_model(autotune: Run, study: Path, workplace: Path, form: str) -> None:
    answer = autotune("export", "s", "--ensemble", "--to", "best", "--format", form)
    assert answer.code == 2
    assert (
        answer.err.splitlines()[0] == f"error: --format {form}: an ensemble is several networks with a tokenizer each, and no single model"
    )
    assert not ensemble_folder(study).exists()


def test_the_texts_must_be_those_of_the_study(autotune: Run, study: Path, workplace: Path, toy: Path) -> None:
    toy.write_text(toy.read_text().replace("goal", "score"))
    changed = autotune("export", "s", "--to", "best", "--format", "onnx")
    assert changed.code == 2
    assert "toy.csv is not the data that study 's' was made with, which --format onnx needs" in changed.err
    toy.unlink()
    gone = autotune("export", "s", "--to", "best", "--format", "script")
    assert gone.code == 2
    assert "toy.csv" in gone.err.splitlines()[0]
    assert autotune("export", "s", "--to", "best").code == 0
    assert not list(workplace.glob(".best*"))


def test_a_run_that_nothing_is_known_of_has_no_script(autotune: Run, study: Path, workplace: Path) -> None:
    with sqlite3.connect("studies/autotune.db") as connection:
        stored = connection.execute("SELECT value_json FROM trial_user_attributes WHERE key = ?", (RESULT,)).fetchone()[0]
        result = {name: value for name, value in json.loads(stored).items() if name in ("score", "cause", "validation")}
        connection.execute("UPDATE trial_user_attributes SET value_json = ? WHERE key = ?", (json.dumps(result), RESULT))
    answer = autotune("export", "s", "--to", "best", "--format", "script")
    assert answer.code == 2
    assert answer.err.splitlines()[0] == "error: --format script: nothing is known of how this model was trained"
    assert autotune("export", "s", "--to", "best", "--format", "onnx").code == 0
    unknown = autotune("train", "best", "--verify")
    assert unknown.code == 2
    assert "does not say how its model was trained" in unknown.err
