"""The end of a search with real processes: the best again, the ensemble, and what is left after a kill in the middle of it."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from tests.cli.test_interrupts import started, wait_for
from tests.cli.test_search import SMALL
from tests.conftest import shell, write_toy

ENOUGH = ("--trials", "12", "--study", "s", *SMALL, "--set", "text.character_ngrams=0", "--set", "early_stopping.max_epochs=3")


def runs(folder: Path) -> dict[tuple[int, int], dict[str, Any]]:
    try:
        with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
            rows = connection.execute("SELECT trial, run, result FROM autotune_confirmations").fetchall()
    except sqlite3.OperationalError:
        return {}  # the database is being made
    return {(trial, run): json.loads(result) for trial, run, result in rows}


def attribute(folder: Path, key: str) -> Any:
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        (value,) = connection.execute("SELECT value_json FROM study_user_attributes WHERE key = ?", (key,)).fetchone()
    return json.loads(value)


def test_the_winner_is_confirmed_and_its_networks_are_exported_as_one_also_after_a_kill(tmp_path: Path) -> None:
    write_toy(tmp_path / "train.csv")
    write_toy(tmp_path / "test.csv", rows=120, seed=1)
    with started("search", "--data", "train.csv", "--test", "test.csv", *ENOUGH, folder=tmp_path) as process:
        wait_for(lambda: bool(runs(tmp_path)), process)
    survived = runs(tmp_path)
    assert 0 < len(survived) < 4

    answer = shell("resume", "s", folder=tmp_path)
    assert answer.code == 0, answer.err
    done, confirmed, final = runs(tmp_path), attribute(tmp_path, "autotune:confirmed"), attribute(tmp_path, "autotune:final")
    assert survived.items() <= done.items()
    assert {run for _, run in done} == {1, 2}  # twelve trials pay for four runs
    finalists = {trial for trial, _ in done}
    assert len(done) == 2 * len(finalists) == 4
    assert confirmed["trial"] == final["trial"]
    assert confirmed["trial"] in finalists
    scores = [result["score"] for result in done.values()]
    assert confirmed["low"] < min(max(scores), confirmed["score"])
    assert min(scores) <= confirmed["score"] <= max(scores)
    assert 6 <= final["ensemble"]["networks"] <= 7  # two finalists three times, perhaps a third once
    assert re.search(r"^[67] networks \+ 0\.5 x TF-IDF +([\d.]+) ", answer.out, re.M)
    assert f"trial {confirmed['trial']} trained 2 times more on other splits, winner of 2 finalists)" in answer.out
    assert f"{confirmed['trial']}" in shell("studies", "show", "s", "--decisions", folder=tmp_path).out

    exported = shell("export", "s", "--ensemble", "--to", "best", folder=tmp_path)
    assert exported.code == 0, exported.err
    evaluated = shell("evaluate", "best", "test.csv", folder=tmp_path)
    assert f"accuracy  {final['ensemble']['test']['accuracy']:.4f}" in evaluated.out

    again = shell("resume", "s", folder=tmp_path)
    assert again.code == 0, again.err
    assert runs(tmp_path) == done
    assert "the best again" not in again.err
    assert attribute(tmp_path, "autotune:final") == final


def test_no_finalists_no_ensemble_and_an_export_that_says_so(tmp_path: Path) -> None:
    write_toy(tmp_path / "train.csv")
    answer = shell("search", "--data", "train.csv", "--finalists", "0", *ENOUGH, "--strategy", "random", folder=tmp_path)
    assert answer.code == 0, answer.err
    assert runs(tmp_path) == {}
    assert "expected on" not in answer.out
    refused = shell("export", "s", "--ensemble", "--to", "best", folder=tmp_path)
    assert refused.code == 2
    assert len(refused.err.splitlines()) <= 2
    assert "has no ensemble" in refused.err
