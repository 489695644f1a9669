"""autotune from a program: a search, its study as tables, its model; in a script without a main guard, as people write them."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from autotune.api.study import Study
from autotune.errors import StudyError, UsageError
from tests.conftest import write_toy

SCRIPT = """
import csv, sys
import autotune
from autotune.api.searching import search

rows = [(row["text"], row["label"]) for row in csv.DictReader(open("toy.csv"))]
study = search(
    rows, trials=2, fixed={"encoder.name": "none", "early_stopping.max_epochs": 2, "text.character_ngrams": 0},
    study="t", workers=1, finalists=2, progress=bool(int(sys.argv[1])),
)
assert "torch" not in sys.modules  # until a model is loaded
print("BEST", study.best_trial)
study.resume(more_trials=1, progress=False)
print("LABEL", study.model().predict(["the ball and the goal"])[0])
print("ENSEMBLE", study.model(ensemble=True).top(["the ball and the goal"], k=2))
"""


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    write_toy(folder / "toy.csv")
    (folder / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py", "1"], cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    (folder / "out").write_text(done.stdout)
    return folder


def test_a_script_without_a_main_guard_searches_once(searched: Path) -> None:
    said = (searched / "out").read_text()
    assert said.count("study t: ") == 1
    assert said.count("searching with 1 worker") == 1
    assert "LABEL sport" in said or "LABEL food" in said or "LABEL music" in said
    assert "ENSEMBLE [[(" in said


def test_the_study_as_tables(searched: Path) -> None:
    study = Study("t", storage=str(searched / "studies/autotune.db"))
    trials = study.trials
    assert trials["number"].to_list() == [0, 1, 2]
    assert trials["state"].to_list()[0] == "complete"
    best = trials.filter(pl.col("number") == study.best_trial)
    assert best["score"].to_list() == [study.best_score]
    assert study.best_config.encoder.name == "none"
    assert "pooling.name" in trials.columns
    curve = study.curve(0)
    assert curve["epoch"].to_list() == list(range(1, 1 + int(trials["epochs"][0])))
    assert curve["accuracy"].max() == trials["score"][0]
    assert {"default", "portfolio"} <= {*study.decisions["kind"].to_list()}
    assert study.test is not None
    assert set(study.test["test"]) == {"accuracy", "macro_f1", "log_loss"}


def test_without_a_name_it_is_the_last_study(searched: Path) -> None:
    assert Study(storage=str(searched / "studies/autotune.db")).name == "t"


def test_data_of_the_program_lies_beside_the_database(searched: Path) -> None:
    (file,) = (searched / "studies/given").iterdir()
    records = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(records) == 240
    assert set(records[0]) == {"text", "label"}


def test_what_is_not_there_is_said(searched: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no study 'tt'") as caught:
        Study("tt", storage=str(searched / "studies/autotune.db"))
    assert caught.value.hint == "did you mean 't'?"
    with pytest.raises(UsageError):
        Study("t", storage=str(tmp_path))


def test_to_import_it_loads_nothing() -> None:
    heavy = ("torch", "lightning", "optuna", "polars", "numpy", "sklearn", "sqlalchemy", "rich", "pydantic", "typer")
    program = f"""
import sys, autotune
assert not {{*{heavy}}} & {{*sys.modules}}
assert {{'search', 'load', 'Study'}} <= {{*dir(autotune)}}
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_an_unknown_name_is_an_attribute_error() -> None:
    import autotune

    with pytest.raises(AttributeError, match="no attribute 'serach'"):
        autotune.serach  # noqa: B018
