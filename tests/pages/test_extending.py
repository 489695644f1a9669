"""The encoder on the page about extending is added to a copy of the project as the page says, and works there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, write_toy

PROGRAM = """
import sys
import autotune
assert autotune.__file__.startswith(sys.argv[1]), autotune.__file__
from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.training.fit import fit
values = {"encoder.name": "transformer", "encoder.width": 16, "early_stopping.max_epochs": 2, "encoder.layers": 2}
outcome = fit(Config.from_values(values), load_dataset(DataSource("toy.csv")))
assert outcome.score > 0.4, outcome.score
"""


@pytest.mark.skipif(shutil.which("git") is None, reason="git, which applies the change, is not there")
def test_the_encoder_of_the_page_can_be_added(tmp_path: Path) -> None:
    (change,) = re.findall(r"```diff\n(.*?)```", (ROOT / "docs/extending.md").read_text(), re.DOTALL)
    for name in ("autotune", "search_spaces", "tests/tips"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("tests/__init__.py", "tests/conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "change.diff").write_text(change)
    applied = subprocess.run(["git", "apply", "change.diff"], cwd=tmp_path, capture_output=True, text=True)
    assert applied.returncode == 0, applied.stderr
    write_toy(tmp_path / "toy.csv")
    contract = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "tests/tips/test_encoder.py"]
    for arguments in (["-c", PROGRAM, str(tmp_path)], contract):
        done = subprocess.run([sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stdout + done.stderr
