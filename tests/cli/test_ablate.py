"""`autotune ablate` with real processes: killed, taken up again, interrupted."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

from tests.conftest import shell, start, write_toy

BASE = """\
encoder: {name: none}
pretraining: {dimension: 8}
early_stopping: {max_epochs: 3}
"""


def stored(folder: Path) -> dict[tuple[str, int], str]:
    """What came of each run, by change and seed."""
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        rows = connection.execute("SELECT change, seed, result FROM autotune_ablation_runs").fetchall()
    results = {(change, seed): result for change, seed, result in rows}
    assert len(results) == len(rows), "a run was stored twice"
    return results


def wait_for_runs(folder: Path, number: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            if len(stored(folder)) >= number:
                return
        except sqlite3.OperationalError:
            pass  # the database is being made
        time.sleep(0.05)
    raise AssertionError("no run finished in four minutes")


def test_a_study_is_taken_apart_killed_taken_up_again_and_interrupted(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    small = ("--set", "pretraining.dimension=8", "--set", "encoder.name=none", "--set", "text.ngrams=0", "--set", "text.character_ngrams=0")
    searched = shell("search", "--data", "toy.csv", "--trials", "2", "--study", "toy", "--workers", "2", *small, folder=tmp_path)
    assert searched.code == 0, searched.err
    command = ("ablate", "toy", "--budget", "1h", "--seeds", "2")

    process = start(*command, folder=tmp_path)
    wait_for_runs(tmp_path, 4, process)
    for other in (("ablate", "toy"), ("resume", "toy")):
        answer = shell(*other, folder=tmp_path)
        assert answer.code == 2
        assert f"'toy' is being taken apart by process {process.pid}" in answer.err
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = stored(tmp_path)
    assert {key for key in before if key[0] == ""} == {("", 1), ("", 2)}  # the base came first, under seeds of its own

    process = start(*command, folder=tmp_path)
    wait_for_runs(tmp_path, len(before) + 20, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=60)
    after = stored(tmp_path)
    assert process.returncode == 130, err
    assert before.items() <= after.items()
    assert "Traceback" not in err
    assert all(f"{change.partition('=')[0]}:" in err for change, _ in after.keys() - before.keys())

    assert f"{len(after)} runs of " in out
    assert re.search(r"^base: accuracy 0\.\d{4} \(2 seeds, standard deviation 0\.\d{4}\)", out, re.M)
    assert re.search(r"^tip +change +accuracy +noise +seeds +time +epochs$", out, re.M)
    assert re.search(r"^ +1  optimizer.name: adam -> sgd +[+-]\d\.\d{4} \+- \d\.\d{4} +\w+ +2 +x\d[.\d]* +\d+\.\d$", out, re.M)
    assert "Benjamini-Hochberg" in out
    assert re.search(r"^ 1  optimizer +\w", out, re.M)
    assert re.search(r"autotune ablate toy --budget 1h --seeds 2 +# \d+ runs more", out)
    assert shell("studies", "delete", "toy", "--yes", folder=tmp_path).code == 0
    assert stored(tmp_path) == {}


def test_a_configuration_file_is_taken_apart_on_its_data(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    (tmp_path / "my.yaml").write_text(BASE)
    command = ("ablate", "my.yaml", "--data", "toy.csv", "--metric", "log_loss", "--seeds", "1", "--workers", "1")
    process = start(*command, folder=tmp_path)
    wait_for_runs(tmp_path, 4, process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "base: log_loss" in out
    assert "too early to tell" in out
    spent = shell(*command, "--budget", "0.01s", folder=tmp_path)  # nothing is left of it: the table, and how to go on
    assert spent.code == 0, spent.err
    assert "base: log_loss" in spent.out
    assert "  autotune ablate my.yaml --data toy.csv --metric log_loss --seeds 1 --workers 1 --budget " in spent.out.split("next")[1]
    assert len(stored(tmp_path)) >= 4
