"""What a search knows beyond its scores, with real processes: shown, kept through an interruption, begun in older databases."""

import re
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.storage.schema import SCHEMA_VERSION
from tests.cli.test_interrupts import started, trials_with_epochs, wait_for
from tests.cli.test_search import SMALL, finished
from tests.conftest import Answer, shell, write_toy

OLDER = sorted((Path(__file__).parents[1] / "storage").glob("schema_*.sql"))


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        return connection.execute(query).fetchall()


def note(folder: Path) -> str:
    found = rows(folder, "SELECT value_json FROM study_system_attributes WHERE key = 'dashboard:note_str:0'")
    return str(found[0][0]) if found else ""


def test_a_search_keeps_curves_costs_and_decisions_and_shows_them(workplace: Path, autotune: Callable[..., Answer]) -> None:
    write_toy(workplace / "toy.csv")
    began = time.monotonic()
    answer = shell("search", "--data", "toy.csv", "--trials", "12", "--study", "s", *SMALL, folder=workplace)
    took = time.monotonic() - began
    assert answer.code == 0, answer.err
    # As many epochs as were reported, and with the same value of the objective.
    reported = rows(workplace, "SELECT number, step, intermediate_value FROM trial_intermediate_values JOIN trials USING (trial_id)")
    assert sorted(reported) == sorted(rows(workplace, "SELECT trial, epoch, accuracy FROM autotune_curves"))
    costs = rows(workplace, "SELECT trial, seconds, processor_seconds, peak_memory, parameters FROM autotune_resources ORDER BY trial")
    assert [cost[0] for cost in costs] == list(range(12))
    for _, seconds, processor, memory, parameters in costs:
        assert 0 < float(str(processor)) < took
        assert 0 < float(str(seconds)) < took
        assert 50e6 < int(str(memory)) < 20e9
        assert int(str(parameters)) > 100
    best = max(finished(workplace, "s").items(), key=lambda item: (item[1], -item[0]))
    shown = autotune("studies", "show", "s", "--trial", str(best[0]))
    assert shown.code == 0, shown.err
    assert f"accuracy {best[1]:.4f} after epoch" in shown.out
    assert re.search(r"^epoch +train loss +validation loss +accuracy +macro F1 +log loss$", shown.out, re.M)
    assert re.search(rf"^\d+ +[\d.]+ +[\d.]+ +{best[1]:.4f} +[\d.]+ +[\d.]+ +<- best$", shown.out, re.M)
    assert re.search(r"^peak memory of its process: \d+ MB resident", shown.out, re.M)
    pruned = {trial for (trial,) in rows(workplace, "SELECT number FROM trials WHERE state = 'PRUNED'")}
    listed = autotune("studies", "show", "s", "--decisions").out
    assert {int(found) for found in re.findall(r"^[\d-]+ [\d:]+ +(\d+) +pruned +best accuracy", listed, re.M)} == pruned
    for trial in pruned:
        assert "needed to be near the better half" in autotune("studies", "show", "s", "--trial", str(trial)).out
    assert "Best configuration" in note(workplace)
    assert autotune("studies", "show", "s", "--trial", "12").err.startswith("error: study 's' has no trial 12")
    assert autotune("studies", "show", "s", "--trial", "1", "--decisions").code == 2


def test_a_search_that_is_stopped_tells_what_it_put_off_and_leaves_its_note(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    long = ("--set", "early_stopping.max_epochs=12", "--set", "early_stopping.patience=12", "--workers", "1")
    with started("search", "--data", "toy.csv", "--trials", "9", "--study", "s", *SMALL, *long, folder=tmp_path) as process:
        wait_for(lambda: trials_with_epochs(tmp_path) == 2, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    ((trial, evidence),) = rows(tmp_path, "SELECT trial, evidence FROM autotune_decisions WHERE kind = 'queued again'")
    assert trial == max(finished(tmp_path, "s")) + 1
    assert "the search ended in the middle of it" in str(evidence)
    assert "Best configuration (trial " in note(tmp_path)


@pytest.mark.parametrize("older", OLDER, ids=lambda path: path.stem)
def test_a_study_of_an_earlier_schema_is_shown_and_resumed(workplace: Path, autotune: Callable[..., Answer], older: Path) -> None:
    write_toy(workplace / "toy.csv")
    (workplace / "studies").mkdir()
    with sqlite3.connect(workplace / "studies" / "autotune.db") as connection:
        connection.executescript(older.read_text(encoding="utf-8"))
    shown = autotune("studies", "show", "reviews", "--trial", "1")
    assert shown.code == 0, shown.err
    if "autotune_curves" not in older.read_text(encoding="utf-8"):
        assert re.search(r"^epoch +accuracy$\n1 +[\d.]+", shown.out, re.M)  # what Optuna knew
        assert "took" not in shown.out
        assert autotune("studies", "show", "reviews", "--decisions").out == "study reviews: no decisions are stored\n"
    else:
        assert "took" in shown.out
    assert rows(workplace, "SELECT version FROM autotune_schema") < [(str(SCHEMA_VERSION),)]
    resumed = shell("resume", "reviews", "--data", "toy.csv", "--trials", "4", folder=workplace)
    assert resumed.code == 0, resumed.err
    assert rows(workplace, "SELECT version FROM autotune_schema") == [(str(SCHEMA_VERSION),)]
    assert len(finished(workplace, "reviews")) == 4
    assert rows(workplace, "SELECT DISTINCT trial FROM autotune_curves")[-1] == (3,)
    assert "took" in autotune("studies", "show", "reviews", "--trial", "3").out
