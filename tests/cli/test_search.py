"""The main job with real processes: search, interrupt, kill, resume, export, predict, evaluate."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from autotune.storage.leaderboard import NOT_COUNTED
from tests.conftest import shell, start, write_toy

SMALL = ("--set", "pretraining.dimension=16", "--set", "encoder.name=none", "--workers", "2")


def states(folder: Path, study: str) -> Counter[str]:
    """The trials by state; those that are no failures are called by their cause, INTERRUPTED and so on."""
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        rows = connection.execute(
            "SELECT t.state, r.value_json FROM trials t JOIN studies s ON s.study_id = t.study_id "
            "LEFT JOIN trial_user_attributes r ON r.trial_id = t.trial_id AND r.key = 'autotune:result' WHERE s.study_name = ?",
            (study,),
        ).fetchall()
    causes = [(state, json.loads(result)["cause"] if result else "") for state, result in rows]
    return Counter(cause.upper() if cause in NOT_COUNTED else state for state, cause in causes)


def finished(folder: Path, study: str) -> dict[int, float]:
    """The scores of the trials that have one, by number."""
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        rows = connection.execute(
            "SELECT t.number, r.value_json FROM trials t JOIN studies s ON s.study_id = t.study_id "
            "JOIN trial_user_attributes r ON r.trial_id = t.trial_id AND r.key = 'autotune:result' WHERE s.study_name = ?",
            (study,),
        ).fetchall()
    return {number: json.loads(result)["score"] for number, result in rows if "score" in json.loads(result)}


def wait_for_trials(folder: Path, study: str, number: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            if len(finished(folder, study)) >= number:
                return
        except sqlite3.OperationalError:
            pass  # the database is being made
        time.sleep(0.05)
    raise AssertionError("no trial finished in two minutes")


def processes_of(group: int) -> list[str]:
    """The processes of a group and its session that are still alive."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == group and fields[0] != "Z":
                found.append(entry.name)
    return found


def test_search_export_evaluate_predict_and_resume(tmp_path: Path) -> None:
    write_toy(tmp_path / "train.csv")
    write_toy(tmp_path / "test.csv", rows=120, seed=1)
    answer = shell("search", "--data", "train.csv", "--test", "test.csv", "--trials", "5", "--study", "toy", *SMALL, folder=tmp_path)
    assert answer.code == 0, answer.err
    assert sum(states(tmp_path, "toy").values()) == 5
    assert set(states(tmp_path, "toy")) <= {"COMPLETE", "PRUNED"}
    best = max(finished(tmp_path, "toy").values())
    row = re.search(r"^trial \d+ +([\d.]+) +([\d.]+) +\(95 % interval", answer.out, re.M)
    assert row is not None, answer.out
    assert float(row[1]) == pytest.approx(best, abs=1e-4)
    for words in (
        "majority class",
        "TF-IDF on words and characters + logistic regression",
        "autotune export toy --to best/",
        "test (120 texts)",
    ):
        assert words in answer.out
    assert len(re.findall(r"^ +\d+s  trial \d", answer.err, re.M)) == 5  # one line a trial where there is no terminal
    for chatter in ("GPU available", "[I ", "Warning", "litlogger"):
        assert chatter not in answer.err

    assert shell("export", "toy", "--to", "best", folder=tmp_path).code == 0
    evaluated = shell("evaluate", "best", "test.csv", folder=tmp_path)
    assert f"accuracy  {row[2]}" in evaluated.out, evaluated.out + evaluated.err
    again = shell("export", "toy", "--to", "best", folder=tmp_path)
    assert again.code == 2
    assert "--force" in again.err

    predicted = shell("predict", "best", "test.csv", folder=tmp_path)
    assert len(predicted.out.splitlines()) == 120
    assert set(predicted.out.split()) == {"food", "music", "sport"}
    with (tmp_path / "test.csv").open() as file:
        truth = [line.rsplit(",", 1)[1].strip() for line in file][1:]
    hits = sum(said == label for said, label in zip(predicted.out.splitlines(), truth, strict=True))
    assert f"{hits / 120:.4f}" == row[2]
    piped = subprocess.run(
        [sys.executable, "-m", "autotune", "predict", "best", "--probabilities"],
        input="the soup and the plate\nnew song\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    head, *rows = [line.split("\t") for line in piped.stdout.splitlines()]
    assert head == ["label", "food", "music", "sport"]
    assert [len(cells) for cells in rows] == [4, 4]
    assert all(sum(map(float, cells[1:])) == pytest.approx(1, abs=1e-3) for cells in rows)

    trained = shell("train", "best/config.yaml", "--data", "train.csv", "--test", "test.csv", "--to", "model", folder=tmp_path)
    assert f"validation accuracy {best:.4f}" in trained.out, trained.out + trained.err
    assert f"test accuracy {row[2]}" in trained.out

    more = shell("resume", "toy", "--trials", "7", folder=tmp_path)
    assert more.code == 0, more.err
    assert sum(states(tmp_path, "toy").values()) == 7
    row = re.search(r"^trial \d+ +([\d.]+) +([\d.]+) +\(95 % interval", more.out, re.M)
    assert row is not None
    assert shell("export", "toy", "--to", "best", "--force", folder=tmp_path).code == 0
    assert f"accuracy  {row[2]}" in shell("evaluate", "best", "test.csv", folder=tmp_path).out

    spent = shell("resume", "toy", folder=tmp_path)
    assert spent.code == 0
    assert sum(states(tmp_path, "toy").values()) == 7  # the budget is a total

    assert "toy" in shell("studies", folder=tmp_path).out
    assert "best configuration" in shell("studies", "show", "toy", folder=tmp_path).out
    assert shell("studies", "delete", "toy", "--yes", folder=tmp_path).code == 0
    assert not (tmp_path / "studies" / "toy").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_an_interrupted_search_loses_nothing_and_goes_on_to_its_total(tmp_path: Path, how: signal.Signals) -> None:
    write_toy(tmp_path / "toy.csv", rows=2000)
    process = start("search", "--data", "toy.csv", "--trials", "14", "--study", "s", *SMALL, folder=tmp_path)
    wait_for_trials(tmp_path, "s", 3, process)
    if how == signal.SIGKILL:
        os.killpg(process.pid, how)
    elif how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does
    else:
        process.send_signal(how)
    out, err = process.communicate(timeout=30)
    before = finished(tmp_path, "s")
    if how != signal.SIGKILL:
        assert process.returncode == 130, err
        assert "autotune resume s" in out
        assert states(tmp_path, "s")["RUNNING"] == 0
        assert "Traceback" not in err
    time.sleep(1)
    assert processes_of(process.pid) == []

    answer = shell("resume", "s", folder=tmp_path)
    assert answer.code == 0, answer.err
    after = states(tmp_path, "s")
    assert after["RUNNING"] == after["WAITING"] == 0
    assert after["COMPLETE"] + after["PRUNED"] + after["FAIL"] == 14
    assert before.items() <= finished(tmp_path, "s").items()


def trials(folder: Path, study: str) -> list[object]:
    """Every trial with its parameters, values and result, but for the clock's."""
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        rows = connection.execute(
            "SELECT t.trial_id, t.number, t.state, r.value_json FROM trials t JOIN studies s ON s.study_id = t.study_id "
            "LEFT JOIN trial_user_attributes r ON r.trial_id = t.trial_id AND r.key = 'autotune:result' "
            "WHERE s.study_name = ? ORDER BY t.number",
            (study,),
        ).fetchall()
        return [
            (
                number,
                state,
                {key: value for key, value in json.loads(result).items() if key != "seconds"},
                connection.execute("SELECT param_name, param_value FROM trial_params WHERE trial_id = ?", (trial,)).fetchall(),
                connection.execute(
                    "SELECT step, intermediate_value FROM trial_intermediate_values WHERE trial_id = ?", (trial,)
                ).fetchall(),
            )
            for trial, number, state, result in rows
        ]


def test_a_search_that_was_stopped_and_killed_comes_to_the_same_bit_for_bit(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=600)
    search = ("search", "--data", "toy.csv", "--trials", "4", *SMALL, "--workers", "1", "--seed", "5")
    assert shell(*search, "--study", "whole", folder=tmp_path).code == 0
    process = start(*search, "--study", "s", folder=tmp_path)
    for after, how in ((1, signal.SIGKILL), (2, signal.SIGINT)):
        wait_for_trials(tmp_path, "s", after, process)
        time.sleep(0.3 * after)  # in the middle of the next
        os.killpg(process.pid, how)
        process.communicate()
        process = start("resume", "s", folder=tmp_path)
    _, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert trials(tmp_path, "s") == trials(tmp_path, "whole")


def test_the_workers_die_with_a_coordinator_that_is_killed(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=2000)
    process = start("search", "--data", "toy.csv", "--study", "s", "--budget", "60s", *SMALL, folder=tmp_path)
    wait_for_trials(tmp_path, "s", 1, process)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10
    while processes_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(process.pid) == []


def test_a_second_search_on_the_same_study_is_refused(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=2000)
    process = start("search", "--data", "toy.csv", "--study", "s", "--budget", "60s", *SMALL, folder=tmp_path)
    try:
        wait_for_trials(tmp_path, "s", 1, process)
        answer = shell("resume", "s", folder=tmp_path)
        assert answer.code == 2
        assert f"is being searched by process {process.pid}" in answer.err
        assert "s " in shell("studies", folder=tmp_path).out  # looking is always possible
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_the_time_budget_is_kept_and_running_trials_hand_in_what_they_have(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=3000)
    # No epoch takes long, and no trial ever ends by itself.
    slow = ("--set", "encoder.name=gru", "--set", "batch_size.initial=16", "--set", "early_stopping.max_epochs=1000")
    slow += ("--set", "text.ngrams=0", "--set", "text.character_ngrams=0")
    patient = ("--set", "early_stopping.patience=1000", "--workers", "2", "--metric", "log_loss", "--finalists", "0")
    answer = shell("search", "--data", "toy.csv", "--budget", "25s", "--study", "s", *slow, *patient, folder=tmp_path)
    assert answer.code == 0, answer.err
    assert states(tmp_path, "s")["PRUNED"] >= 1
    assert finished(tmp_path, "s")
    with sqlite3.connect(tmp_path / "studies" / "autotune.db") as connection:
        searched = connection.execute("SELECT value_json FROM study_user_attributes WHERE key = 'autotune:searched_seconds'").fetchone()
    assert 24 <= float(searched[0]) < 32  # a second of it is kept for the test


def test_a_budget_too_short_for_an_epoch_says_so(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=3000)
    slow = ("--set", "encoder.name=gru", "--set", "batch_size.initial=1")
    answer = shell("search", "--data", "toy.csv", "--budget", "0.2s", "--study", "s", *slow, folder=tmp_path)
    assert answer.code == 1
    assert "no result: the budget ended before any trial finished an epoch" in answer.err
    assert "autotune resume s" in answer.err


def test_trials_that_all_fail_end_the_search_with_their_cause(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    wide = (
        "--set",
        "encoder.name=cnn",
        "--set",
        "encoder.width=4096",
        "--set",
        "encoder.kernel_sizes=31,31,31,31",
        "--set",
        "encoder.layers=8",
    )
    program = "ulimit -v 6000000; exec python -m autotune search --data toy.csv --study s --budget 60s --workers 1 " + " ".join(wide)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 1, done.stderr
    assert "3 configurations failed for one cause, and none succeeded in between: out of memory" in done.stderr
    assert states(tmp_path, "s") == {"PRUNED": 3}  # the sampler knows them as infeasible


def test_a_disk_that_is_full_ends_the_search_in_one_line_and_loses_nothing(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    # No file may grow beyond 900 kB: the database meets that wall in the middle of the search, as it would meet a full disk.
    limited = f"ulimit -f 900; exec {sys.executable} -m autotune search --data toy.csv --study s --budget 60s {' '.join(SMALL)}"
    done = subprocess.run(["bash", "-c", limited], cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 1, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    assert "autotune.db cannot grow" in errors[0]
    assert "Traceback" not in done.stderr
    before = finished(tmp_path, "s")
    assert before
    assert shell("resume", "s", "--trials", str(len(before) + 3), folder=tmp_path).code == 0
    assert before.items() <= finished(tmp_path, "s").items()
    assert states(tmp_path, "s")["RUNNING"] == 0


def test_two_searches_with_one_worker_and_one_seed_are_the_same(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    arguments = ("search", "--data", "toy.csv", "--trials", "4", "--workers", "1", "--set", "pretraining.dimension=16")
    for study in ("a", "b"):
        assert shell(*arguments, "--study", study, folder=tmp_path).code == 0
    assert finished(tmp_path, "a") == finished(tmp_path, "b")
