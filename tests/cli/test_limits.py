"""What ends a search and what extends it: a space that is used up, totals of trials and time, a limit for each trial."""

import json
import re
import sqlite3
from pathlib import Path

from tests.cli.test_search import SMALL, finished, states
from tests.conftest import shell, write_toy

SIX = """
description: Six configurations.
parameters:
  optimizer.name:
    type: categorical
    choices: [adam, sgd, adagrad]
    default: adam
  batch_size.initial:
    type: categorical
    choices: [16, 32]
    default: 16
fixed:
  encoder.name: none
  pretraining.dimension: 16
  early_stopping.max_epochs: 3
"""


def test_a_space_of_six_configurations_ends_after_six_trials_and_says_so(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    (tmp_path / "six.yaml").write_text(SIX)
    arguments = ("--space", "six.yaml", "--trials", "20", "--workers", "2", "--study", "s")
    answer = shell("search", "--data", "toy.csv", *arguments, folder=tmp_path)
    assert answer.code == 0, answer.err
    assert answer.err.count("note: the search space is used up: every configuration in it has been tried, 6 in all") == 1, answer.err
    assert answer.out.strip().startswith("study s: 6 trials in "), answer.out
    assert len(finished(tmp_path, "s")) == 6
    with sqlite3.connect(tmp_path / "studies" / "autotune.db") as connection:
        prints = connection.execute("SELECT value_json FROM trial_user_attributes WHERE key = 'fingerprint'").fetchall()
    assert len({json.loads(value) for (value,) in prints}) == len(prints) == 6
    after = states(tmp_path, "s")
    assert after["COMPLETE"] + after["PRUNED"] == 6
    assert after["FAIL"] == after["RUNNING"] == after["WAITING"] == 0
    listed = shell("studies", folder=tmp_path).out.splitlines()[1].split()
    assert listed[:2] == ["s", "6"]
    assert "failed" not in shell("studies", "show", "s", folder=tmp_path).out

    again = shell("resume", "s", folder=tmp_path)
    assert again.code == 0, again.err
    assert "used up" in again.err
    assert len(finished(tmp_path, "s")) == 6


def plan_of(folder: Path, study: str) -> dict[str, object]:
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        stored = connection.execute(
            "SELECT a.value_json FROM study_user_attributes a JOIN studies s ON s.study_id = a.study_id "
            "WHERE a.key = 'autotune:plan' AND s.study_name = ?",
            (study,),
        ).fetchone()
    return dict(json.loads(stored[0]))


def test_more_trials_and_more_time_extend_the_totals(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    short = (*SMALL, "--set", "early_stopping.max_epochs=2")
    answer = shell("search", "--data", "toy.csv", "--trials", "2", "--study", "s", *short, folder=tmp_path)
    assert answer.code == 0, answer.err
    refused = shell("resume", "s", "--more-time", "10m", folder=tmp_path)
    assert refused.code == 2
    assert "the trials of the study are all done" in refused.err
    assert "--more-trials" in refused.err
    answer = shell("resume", "s", "--more-trials", "2", folder=tmp_path)
    assert answer.code == 0, answer.err
    assert len(finished(tmp_path, "s")) == 4
    assert (plan_of(tmp_path, "s")["trials"], plan_of(tmp_path, "s")["seconds"]) == (4, None)
    assert shell("resume", "s", "--more-trials", "1", "--more-time", "10m", folder=tmp_path).code == 0
    assert len(finished(tmp_path, "s")) == 5
    with sqlite3.connect(tmp_path / "studies" / "autotune.db") as connection:
        searched = connection.execute("SELECT value_json FROM study_user_attributes WHERE key = 'autotune:searched_seconds'").fetchone()
    assert 600 < float(str(plan_of(tmp_path, "s")["seconds"])) < 600 + float(searched[0])


def test_a_trial_that_reaches_its_limit_keeps_its_best_epoch(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    long = ("--set", "early_stopping.max_epochs=10000", "--set", "early_stopping.patience=10000", "--trial-timeout", "3s")
    answer = shell("search", "--data", "toy.csv", "--trials", "2", "--study", "s", *SMALL, *long, folder=tmp_path)
    assert answer.code == 0, answer.err
    assert answer.err.count("  timeout ") == 2, answer.err
    assert states(tmp_path, "s")["PRUNED"] == 2
    assert len(finished(tmp_path, "s")) == 2
    assert "trial timeout" in shell("studies", "show", "s", folder=tmp_path).out
    assert plan_of(tmp_path, "s")["trial_seconds"] == 3
    answer = shell("resume", "s", "--more-trials", "1", "--trial-timeout", "2s", folder=tmp_path)  # a limit of its own
    assert answer.code == 0, answer.err
    assert answer.err.count("  timeout ") == 1, answer.err
    assert plan_of(tmp_path, "s")["trial_seconds"] == 2


def epochs_by_trial(folder: Path, study: str) -> dict[int, list[int]]:
    """The epochs that are stored of each trial."""
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        rows = connection.execute(
            "SELECT t.number, v.step FROM trials t JOIN studies s ON s.study_id = t.study_id "
            "JOIN trial_intermediate_values v ON v.trial_id = t.trial_id WHERE s.study_name = ? ORDER BY t.number, v.step",
            (study,),
        ).fetchall()
    return {number: [step for other, step in rows if other == number] for number, _ in rows}


def test_epochs_are_a_total_too_and_a_trial_that_they_cut_off_goes_on(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    more = ("--workers", "1", "--set", "early_stopping.max_epochs=4", "--set", "early_stopping.patience=4")
    answer = shell("search", "--data", "toy.csv", "--epochs", "6", "--study", "s", *SMALL, *more, folder=tmp_path)
    assert answer.code == 0, answer.err
    assert "plan: 6 epochs\n" in answer.err
    assert epochs_by_trial(tmp_path, "s") == {0: [1, 2, 3, 4], 1: [1, 2]}
    assert "trial 1    accuracy" in answer.err
    assert "out of time" in answer.err
    assert states(tmp_path, "s") == {"COMPLETE": 1, "PRUNED": 1}
    answer = shell("resume", "s", "--epochs", "7", folder=tmp_path)
    assert answer.code == 0, answer.err
    assert re.search(r"^plan: 7 epochs; so far \d+s, 1 trial$", answer.err, re.M), answer.err
    assert epochs_by_trial(tmp_path, "s") == {0: [1, 2, 3, 4], 1: [1, 2, 3]}
    assert states(tmp_path, "s") == {"COMPLETE": 1, "PRUNED": 1}
    answer = shell("resume", "s", folder=tmp_path)  # nothing is left to do, and nothing changes
    assert answer.code == 0, answer.err
    assert epochs_by_trial(tmp_path, "s") == {0: [1, 2, 3, 4], 1: [1, 2, 3]}
    assert states(tmp_path, "s") == {"COMPLETE": 1, "PRUNED": 1}


def test_the_disk_holds_no_more_than_it_may(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    arguments = ("--data", "toy.csv", "--trials", "4", "--study", "s", "--keep", "2", "--disk", "1KB")
    answer = shell("search", *arguments, *SMALL, folder=tmp_path)
    assert answer.code == 0, answer.err
    best = max(finished(tmp_path, "s").items(), key=lambda pair: (pair[1], -pair[0]))[0]
    assert [path.name for path in (tmp_path / "studies" / "s" / "trials").iterdir()] == [str(best)]  # the best one in any case
    answer = shell("resume", "s", "--more-trials", "2", "--disk", "1GB", folder=tmp_path)
    assert answer.code == 0, answer.err
    assert len(list((tmp_path / "studies" / "s" / "trials").iterdir())) == 2
    assert list((tmp_path / "studies" / "s" / "checkpoints").glob("*")) == []
    assert shell("resume", "s", "--disk", "much", folder=tmp_path).err == "error: --disk: 'much' is no size\nhint: write 500MB or 2GB\n"
