"""Workers that die: one retry for the trial, nothing for anybody else; and an end where they all die."""

import os
import re
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_interrupts import started, trials_with_epochs, wait_for
from tests.cli.test_search import finished, processes_of, states
from tests.conftest import shell, write_toy

# Epochs enough to be hit in the middle of a trial, and trials short enough to wait for.
LONG = tuple(
    word
    for setting in ("pretraining.dimension=16", "encoder.name=none", "batch_size.initial=4", "early_stopping.max_epochs=20")
    for word in ("--set", setting)
)


def workers(process: "subprocess.Popen[str]") -> list[int]:
    """The processes that train: children of the fork server, which is a child of the command."""
    found = []
    for pid in map(int, processes_of(process.pid)):
        parent = int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])
        if parent != process.pid and pid != process.pid and b"forkserver" in (Path("/proc") / str(pid) / "cmdline").read_bytes():
            found.append(pid)
    return found


def kill(process: "subprocess.Popen[str]", how: signal.Signals = signal.SIGKILL) -> None:
    """Kills the one worker."""
    (worker,) = workers(process)
    os.kill(worker, how)


def parameters(folder: Path) -> list[dict[str, float]]:
    """What was proposed for each trial, in the order of their numbers."""
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        rows = connection.execute(
            "SELECT t.number, p.param_name, p.param_value FROM trials t JOIN trial_params p ON p.trial_id = t.trial_id ORDER BY t.number"
        ).fetchall()
    return [{name: value for number, name, value in rows if number == wanted} for wanted in sorted({row[0] for row in rows})]


def begun(folder: Path) -> str:
    """When a trial was begun last, or taken up again."""
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        return str(connection.execute("SELECT MAX(datetime_start) FROM trials").fetchone()[0])


def trains(process: "subprocess.Popen[str]") -> bool:
    """Whether the one worker is at work: it takes next to no processor time before it is given something."""
    found = workers(process)
    if len(found) != 1:
        return False
    try:
        fields = (Path("/proc") / str(found[0]) / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return False
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") > 0.2


def kill_twice(process: "subprocess.Popen[str]", folder: Path, how: signal.Signals = signal.SIGKILL) -> None:
    """Kills the worker of a trial, and the one that goes on with it."""
    before = begun(folder)
    kill(process, how)
    wait_for(lambda: begun(folder) != before and trains(process), process)
    kill(process, how)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV], ids=lambda how: how.name)
def test_a_worker_that_dies_costs_its_trial_one_retry_and_the_second_death_is_a_failure(tmp_path: Path, how: signal.Signals) -> None:
    write_toy(tmp_path / "toy.csv", rows=300)
    arguments = ("--data", "toy.csv", "--trials", "2", "--workers", "1", "--study", "s")
    with started("search", *arguments, *LONG, folder=tmp_path) as process:
        wait_for(lambda: trials_with_epochs(tmp_path) == 1, process)
        kill_twice(process, tmp_path, how)
        out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert re.search(rf"trial 0 +lost: the worker died \({how.name}\); it goes on from its last checkpoint", err), err
    assert re.search(rf"trial 0 +failed: the worker died \({how.name}\)", err), err
    assert states(tmp_path, "s") == {"FAIL": 1, "COMPLETE": 1}
    assert "2 trials in" in out
    assert "1 complete, 1 failed" in out
    first, other = parameters(tmp_path)
    assert first != other


def test_a_trial_whose_worker_died_once_is_whole(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=300)
    arguments = ("--data", "toy.csv", "--trials", "2", "--workers", "1")
    assert shell("search", *arguments, "--study", "undisturbed", *LONG, folder=tmp_path).code == 0
    before = trials_with_epochs(tmp_path)
    with started("search", *arguments, "--study", "s", *LONG, folder=tmp_path) as process:
        wait_for(lambda: trials_with_epochs(tmp_path) == before + 1, process)
        kill(process)
        out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert finished(tmp_path, "s") == finished(tmp_path, "undisturbed")
    assert "failed" not in out
    assert states(tmp_path, "s")["FAIL"] == 0


def test_three_configurations_that_kill_their_worker_end_the_search_after_a_success_too(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=300)
    arguments = ("--data", "toy.csv", "--trials", "20", "--workers", "1", "--study", "s")
    with started("search", *arguments, *LONG, folder=tmp_path) as process:
        wait_for(lambda: trials_with_epochs(tmp_path) == 2, process)
        for death in range(3):
            kill_twice(process, tmp_path)
            if death < 2:
                wait_for(lambda death=death: trials_with_epochs(tmp_path) == death + 3, process)  # type: ignore[misc]
        out, err = process.communicate(timeout=200)
    assert process.returncode == 1, err
    assert out == ""
    assert "error: 3 configurations failed for one cause, and none succeeded in between: the worker died (SIGKILL)" in err
    assert "uses too much memory" in err
    assert "autotune resume s" in err
    assert states(tmp_path, "s") == {"COMPLETE": 1, "FAIL": 3}
