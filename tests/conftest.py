"""What several tests need: a small data set that can be learnt, and the command itself."""

import csv
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from autotune.cli.app import main

# Two test processes share two cores: threads of torch would only fight. Set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The machine is shared: how long one example takes says nothing about it.
settings.register_profile("shared machine", deadline=None, max_examples=60)
settings.load_profile("shared machine")

ROOT = Path(__file__).parents[1]
WORDS = {
    "sport": ["ball", "goal", "team", "match", "coach"],
    "food": ["bread", "soup", "cook", "salt", "plate"],
    "music": ["song", "drum", "chord", "tune", "choir"],
}


def write_toy(path: Path, rows: int = 240, seed: int = 0) -> Path:
    """A CSV of three classes that share many words and differ in a few; one row in twenty has a wrong label."""
    draw = random.Random(seed)
    filler = ["the", "a", "then", "very", "again", "went", "saw", "there", "with", "new"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for row in range(rows):
            label = draw.choice(sorted(WORDS))
            words = draw.choices(filler, k=draw.randint(3, 9)) + draw.choices(WORDS[label], k=2) + [f"n{row}"]
            draw.shuffle(words)
            writer.writerow([" ".join(words), draw.choice(sorted(WORDS)) if row % 20 == 0 else label])
    return path


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return write_toy(tmp_path / "toy.csv")


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run commands in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUTOTUNE_STORAGE", raising=False)
    monkeypatch.delenv("AUTOTUNE_DEBUG", raising=False)
    return tmp_path


@pytest.fixture
def autotune(workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """The command in this process: quick, for everything that ends before a search begins."""
    from autotune.cli import console

    def run(*arguments: str) -> Answer:
        console.out.cache_clear()
        console.err.cache_clear()
        monkeypatch.setattr(sys, "argv", ["autotune", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


def start(*arguments: str, folder: Path, **options: object) -> subprocess.Popen[str]:
    """The command as a process of its own, in a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "autotune", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "default"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,  # type: ignore[call-overload]
    )


def shell(*arguments: str, folder: Path, timeout: float = 240) -> Answer:
    """The command as a process of its own, waited for."""
    process = start(*arguments, folder=folder)
    out, err = process.communicate(timeout=timeout)
    return Answer(process.returncode, out, err)
