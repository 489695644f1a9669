"""`autotune predict`: what comes in, and who reads what comes out."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.training.fit import fit
from tests.conftest import Answer, write_toy

Run = Callable[..., Answer]


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
    done = predict(bundle, b"the soup\ncaf\xe9\nthe ball\n")
    assert done.returncode == 2
    note, error, hint = done.stderr.decode().splitlines()
    assert note.startswith("note: standard input:2: not UTF-8: byte 0xe9 at place 4")
    assert error.startswith("error: 1 of 3 rows could not be read")
    assert hint.startswith("hint: ")
    first, second, third = done.stdout.decode().splitlines()
    assert second == ""
    assert (first, third) == tuple(predict(bundle, b"the soup\nthe ball\n").stdout.decode().splitlines())


def test_rows_that_cannot_be_read_leave_empty_lines_and_the_order_stays(bundle: Path, autotune: Run, tmp_path: Path) -> None:
    good, bad = '{"text": "the soup"}', '{"text": ['
    (tmp_path / "rows.jsonl").write_text("\n".join([good, bad] * 40))
    done = autotune("predict", str(bundle), str(tmp_path / "rows.jsonl"))
    lines = done.out.splitlines()
    assert done.code == 2
    assert all(lines[::2])
    assert not any(lines[1::2])
    assert len(lines) == 80
    assert "rows.jsonl:2: not valid JSON" in done.err
    assert "error: 40 of 80 rows could not be read" in done.err
    assert done.err.count("note:") == 10


def test_the_most_probable_labels_with_their_probabilities(bundle: Path, autotune: Run, toy: Path) -> None:
    done = autotune("predict", str(bundle), str(toy), "--top", "2")
    labels = autotune("predict", str(bundle), str(toy)).out.splitlines()
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [row[0] for row in rows] == labels
    assert all(len(row) == 4 and row[0] != row[2] and float(row[1]) >= float(row[3]) for row in rows)
    most = autotune("predict", str(bundle), str(toy), "--top", "9").out.splitlines()
    assert all(len(line.split("\t")) == 6 for line in most)
    assert autotune("predict", str(bundle), str(toy), "--top", "2", "--probabilities").code == 2


def test_probabilities_stand_in_the_order_of_their_head(bundle: Path, autotune: Run, toy: Path) -> None:
    head, *rows = [line.split("\t") for line in autotune("predict", str(bundle), str(toy), "--probabilities").out.splitlines()]
    assert head == ["label", "food", "music", "sport"]
    for label, *values in rows:
        assert label == head[1:][max(range(3), key=lambda place: float(values[place]))]
        assert abs(sum(map(float, values)) - 1) < 2e-4


def test_a_file_larger_than_the_memory_it_takes(bundle: Path, tmp_path: Path) -> None:
    """30 MB of texts raise the peak of the process by far less."""
    peaks = []
    for rows in (5_000, 60_000):
        path = tmp_path / f"{rows}.csv"
        with path.open("w") as file:
            file.write("text\n")
            file.writelines(f"the soup {'and the plate ' * 35}{row}\n" for row in range(rows))
        program = (
            "import resource, sys; from autotune.__main__ import main\n"
            "try: main()\nfinally: sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, "predict", str(bundle), str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=250,
        )
        peaks.append(int(done.stderr))
    assert (tmp_path / "60000.csv").stat().st_size > 29e6
    assert peaks[1] - peaks[0] < 15_000  # kB


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
