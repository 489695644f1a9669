"""Ctrl-C, a closed terminal and a batch system, at any moment: one calm line, nothing lost, exit code 130."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.test_search import SMALL, finished, processes_of, states
from tests.conftest import shell, start, write_toy


@contextmanager
def started(*arguments: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """The command in a group of its own, of which nothing is left over in any case."""
    process = start(*arguments, folder=folder)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Waits until something is so, at most two minutes, as long as the process lives."""
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def trials_with_epochs(folder: Path) -> int:
    """How many trials have an epoch behind them."""
    try:
        with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
            return int(connection.execute("SELECT COUNT(DISTINCT trial_id) FROM trial_intermediate_values").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the database is being made


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda how: how.name)
def test_a_signal_to_the_whole_group_costs_no_trial(tmp_path: Path, how: signal.Signals) -> None:
    write_toy(tmp_path / "toy.csv")
    long = ("--set", "early_stopping.max_epochs=1000", "--set", "early_stopping.patience=1000")
    with started("search", "--data", "toy.csv", "--trials", "6", "--study", "s", *SMALL, *long, folder=tmp_path) as process:
        wait_for(lambda: trials_with_epochs(tmp_path) == 2, process)
        process.send_signal(signal.SIGSTOP)  # the coordinator is the last to hear of it
        os.killpg(process.pid, how)
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=100)
    assert process.returncode == 130, err
    assert "autotune resume s" in out
    assert "Traceback" not in err
    assert "died" not in err
    after = states(tmp_path, "s")
    assert after["FAIL"] == after["RUNNING"] == 0
    assert after["WAITING"] == 2
    assert processes_of(process.pid) == []


def test_ctrl_c_before_the_workers_are_there(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    with started("search", "--data", "toy.csv", "--trials", "2", "--study", "s", *SMALL, folder=tmp_path) as process:
        wait_for((tmp_path / "studies" / "s" / "lock").exists, process)
        time.sleep(0.5)  # the fork server imports torch
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=100)
    assert process.returncode == 130, err
    assert out == ""
    assert re.search(r"interrupted\nhint: `autotune resume s` goes on\n\Z", err), err
    assert "Traceback" not in err
    assert shell("resume", "s", folder=tmp_path).code == 0
    assert len(finished(tmp_path, "s")) == 2


def test_ctrl_c_while_the_libraries_are_loaded(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    with started("search", "--data", "toy.csv", folder=tmp_path) as process:
        wait_for(lambda: "numpy" in (Path("/proc") / str(process.pid) / "maps").read_text(), process)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=100)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err.splitlines()
    assert "Traceback" not in err


CONFIG = "encoder:\n  name: gru\nbatch_size:\n  initial: 8\nearly_stopping:\n  max_epochs: 500\n  patience: 499\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_a_training_that_is_interrupted_keeps_its_best_epoch(tmp_path: Path, how: signal.Signals) -> None:
    write_toy(tmp_path / "toy.csv", rows=600)
    (tmp_path / "mine.yaml").write_text(CONFIG)
    with started("train", "mine.yaml", "--data", "toy.csv", "--to", "model", folder=tmp_path) as process:
        seen = ""
        assert process.stderr is not None
        assert process.stdout is not None
        while "epoch   2" not in seen:
            line = process.stderr.readline()
            assert line, seen
            seen += line
        os.killpg(process.pid, how)
        rest, out = process.stderr.read(), process.stdout.read()
        assert process.wait(100) == 130, rest
    assert "Traceback" not in rest
    assert re.search(r"^interrupted: the best epoch until then counts$", rest, re.M), rest
    assert re.search(r"^validation accuracy 0\.\d{4} at epoch \d+ of \d+ ", out), out
    assert shell("evaluate", "model", "toy.csv", folder=tmp_path).code == 0


def test_a_training_that_is_interrupted_before_its_first_epoch_leaves_nothing(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=3000)
    (tmp_path / "mine.yaml").write_text(CONFIG.replace("initial: 8", "initial: 1"))
    with started("train", "mine.yaml", "--data", "toy.csv", "--to", "model", folder=tmp_path) as process:
        assert process.stderr is not None
        assert "training" in process.stderr.readline()
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(100) == 130
    assert rest == "interrupted\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.yaml", "toy.csv"]


def test_a_search_under_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=600)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with started("search", "--data", "toy.csv", "--trials", "3", "--study", "s", *SMALL, folder=tmp_path) as process:
        signal.signal(signal.SIGHUP, before)
        wait_for(lambda: trials_with_epochs(tmp_path) > 0, process)
        os.killpg(process.pid, signal.SIGHUP)
        _, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert len(finished(tmp_path, "s")) == 3
