"""`autotune predict`: what comes in, and who reads what comes out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.training.fit import fit
from tests.conftest import write_toy


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    dataset = load_dataset(DataSource(data=str(write_toy(folder / "toy.csv"))))
    values = {"early_stopping.max_epochs": 1, "encoder.name": "none", "pretraining.dimension": 8}
    fit(Config.from_values(values), dataset).classifier.save(folder / "best")
    return folder / "best"


def predict(bundle: Path, given: bytes) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-m", "autotune", "predict", str(bundle)], input=given, capture_output=True, timeout=200)


def test_lines_of_every_kind(bundle: Path) -> None:
    done = predict(bundle, "\ufeffthe soup\r\n\nöl 😀\nlast without end".encode())
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4


def test_a_line_that_is_not_utf8_is_told_with_its_number(bundle: Path) -> None:
    done = predict(bundle, b"the soup\ncaf\xe9\n")
    assert done.returncode == 2
    error, hint = done.stderr.decode().splitlines()
    assert error.startswith("error: standard input:2: not UTF-8: byte 0xe9 at place 4")
    assert hint.startswith("hint: ")


@pytest.mark.parametrize("command", ["predict", "spaces show full"])
def test_a_reader_that_has_had_enough_ends_it_without_a_word(bundle: Path, command: str) -> None:
    words = command.split()
    feed = b"the soup and the plate\n" * 40_000 if command == "predict" else b""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "autotune", *words, *([str(bundle)] if feed else [])],
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
    )
    os.close(writing)
    if not feed:
        os.close(reading)  # before a word was written
    else:
        assert process.stdin is not None
        process.stdin.write(feed[: len(feed) // 4])
        process.stdin.flush()
        assert os.read(reading, 5)
        os.close(reading)
        feed = feed[len(feed) // 4 :]
    _, err = process.communicate(feed, timeout=200)
    assert (process.returncode, err) == (141, b"")
