"""`model.onnx` answers as torch does: every kind of network, in whatever company and padding a text comes."""

import runpy
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import onnxruntime
import pytest
import torch

from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.errors import FailureError
from autotune.export import onnx_model
from autotune.export.onnx_model import EXAMPLE, MODEL, TOLERANCE, write_onnx
from autotune.sections import RECURRENT, ActivationName, EncoderName, PoolingName, TextUnit
from autotune.training.setup import fresh_classifier
from autotune.training.trained import TrainedClassifier
from tests.conftest import write_toy

TEXTS = ["the goal", "soup " * 60, "a", "drum song choir tune the a very", "unknownword " * 3, "\u65b0\u3057\u3044\u6b4c \U0001f642"]
# By the options that there are, so that one more of a tip is tried at once.
VARIANTS = [
    *({"pooling.name": name, "encoder.name": "cnn", "encoder.kernel_sizes": "1,2,5"} for name in get_args(PoolingName)),
    *({"activation.name": name, "activation.hidden_width": 5} for name in get_args(ActivationName)),
    *({"encoder.name": name, "pooling.name": "last", "encoder.layers": 2} for name in get_args(EncoderName)),
    *({"encoder.name": name, "encoder.bidirectional": False} for name in RECURRENT),
    *({"text.unit": name, "encoder.name": "lstm", "pooling.name": "attention"} for name in get_args(TextUnit)),
    {"text.ngrams": 5},
    {"text.character_ngrams": 8, "pooling.name": "max"},
    {"text.ngrams": 2, "text.character_ngrams": 3, "encoder.name": "gru", "pooling.name": "max", "text.maximum_length": 8},
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> DataSource:
    return DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv")))


def classifier(source: DataSource, values: dict[str, object]) -> TrainedClassifier:
    """A network of a configuration whose weights are no small numbers, so that nothing goes unseen."""
    torch.manual_seed(0)
    small = {"encoder.name": "none", "pooling.name": "average", "encoder.width": 6, "pretraining.dimension": 8}
    made = fresh_classifier(Config.from_values(small | values), load_dataset(source))
    for weight in made.model.parameters():
        torch.nn.init.normal_(weight.data, std=0.7)
    return made


@pytest.mark.parametrize("values", VARIANTS, ids=lambda values: ",".join(map(str, values.values())))
def test_it_agrees_with_torch_in_any_company(source: DataSource, tmp_path: Path, values: dict[str, object]) -> None:
    made = classifier(source, values)
    made.save(tmp_path / "best")
    assert write_onnx(made, tmp_path / "best", TEXTS) <= TOLERANCE
    predict = runpy.run_path(str(tmp_path / "best" / EXAMPLE))["predict"]
    texts = [*TEXTS, "", " "]
    together = predict(texts)
    assert np.abs(together - made.probabilities(texts)).max() < TOLERANCE
    assert together.std(axis=0).max() > 0.01  # else agreement says nothing
    for text, row in zip(texts, together, strict=True):
        assert np.abs(predict([text])[0] - row).max() < 1e-5  # alone, in its own length
    inputs = onnxruntime.InferenceSession(str(tmp_path / "best" / MODEL)).get_inputs()
    assert [given.name for given in inputs] == (["ids", "characters"] if made.model.spelling is not None else ["ids"])
    assert all(isinstance(size, str) for given in inputs for size in given.shape)


def test_padding_beyond_every_text_changes_nothing(source: DataSource, tmp_path: Path) -> None:
    made = classifier(source, {"encoder.name": "lstm", "pooling.name": "last", "text.ngrams": 2, "text.character_ngrams": 3})
    made.save(tmp_path / "best")
    write_onnx(made, tmp_path / "best", TEXTS)
    session = onnxruntime.InferenceSession(str(tmp_path / "best" / MODEL))
    ids = np.array([[5, 6, 7, 0], [8, 0, 0, 0]])
    characters = np.array([[32, 97, 98, 32, 0], [32, 99, 32, 0, 0]])
    (short,) = session.run(None, {"ids": ids, "characters": characters})
    wider = {"ids": np.pad(ids, ((0, 0), (0, 50))), "characters": np.pad(characters, ((0, 0), (0, 90)))}
    assert np.abs(session.run(None, wider)[0] - short).max() < 1e-6


def test_the_example_needs_neither_torch_nor_autotune(source: DataSource, tmp_path: Path) -> None:
    made = classifier(source, {"text.character_ngrams": 2})
    made.save(tmp_path / "best")
    write_onnx(made, tmp_path / "best", TEXTS)
    blocked = "import runpy, sys; sys.modules |= {'torch': None, 'autotune': None}; del sys.argv[0]"
    blocked += "; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-W", "error", "-I", "-c", blocked, str(tmp_path / "best" / EXAMPLE)]
    lines = ["the goal", "", "drum song"]
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [made.labels[number] for number in made.probabilities(lines).argmax(axis=1)]
    assert len((tmp_path / "best" / EXAMPLE).read_text().splitlines()) < 40


def test_a_graph_that_answers_otherwise_is_refused(source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, other = classifier(source, {}), classifier(source, {})
    torch.nn.init.constant_(next(other.model.head.parameters()).data, 0.1)
    made.save(tmp_path / "best")
    write = onnx_model._export
    monkeypatch.setattr(onnx_model, "_export", lambda model, path: write(other.model, path))
    with pytest.raises(
        FailureError, match=r"is not written: its class probabilities differ from torch's by up to 0\.\d+, more than 0\.0001"
    ):
        write_onnx(made, tmp_path / "best", TEXTS)
    monkeypatch.setattr(onnx_model, "_export", lambda model, path: path.write_bytes(b"no graph"))
    with pytest.raises(FailureError, match="onnxruntime cannot run it"):
        write_onnx(made, tmp_path / "best", TEXTS)
