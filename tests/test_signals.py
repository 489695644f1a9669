"""The three answers to Ctrl-C, `kill` and a closed terminal, in processes of their own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def run(program: str, folder: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    """A small program; what it does to itself is in it."""
    (folder / "program.py").write_text("import os, signal, subprocess, sys, time\nfrom autotune.signals import *\n" + program)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = f"{before} exec {sys.executable} program.py"
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_first_signal_interrupts_and_runs_what_cleans_up(tmp_path: Path, name: str) -> None:
    done = run(
        "try:\n"
        "    with interruptible():\n"
        "        try:\n"
        f"            signal.raise_signal(signal.{name})\n"
        "            print('went on')\n"
        "        except Exception:\n"
        "            print('taken for a failure')\n"
        "        finally:\n"
        "            print('cleaned up')\n"
        "except BaseException as stop:\n"
        "    print(type(stop).__name__)\n",
        tmp_path,
    )
    assert done.stdout.split("\n") == ["cleaned up", "Interrupted", ""], done.stderr


def test_the_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    done = run(
        "with interruptible():\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    finally:\n"
        "        signal.raise_signal(signal.SIGTERM)\n"
        "        print('went on')\n",
        tmp_path,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGTERM, "", "")


def test_a_signal_in_the_middle_of_a_destructor_is_not_lost(tmp_path: Path) -> None:
    done = run(
        "class Dying:\n"
        "    def __del__(self):\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "        print('never', end='')\n"
        "try:\n"
        "    with interruptible():\n"
        "        Dying()\n"
        "        time.sleep(20)\n"
        "        print('lost')\n"
        "except BaseException as stop:\n"
        "    print(type(stop).__name__)\n",
        tmp_path,
    )
    assert (done.stdout, done.stderr) == ("Interrupted\n", "")


def test_work_that_asks_is_told_and_goes_on(tmp_path: Path) -> None:
    done = run(
        "with interruptible(), stop_requested() as stop:\n"
        "    print(stop.is_set())\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "    print(stop.is_set())\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    except BaseException as second:\n"
        "        print(type(second).__name__)\n",
        tmp_path,
    )
    assert done.stdout.split() == ["False", "True", "Interrupted"], done.stderr


def test_what_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    program = "with interruptible(), stop_requested() as stop:\n    signal.raise_signal(signal.SIGHUP)\n    print(stop.is_set())\n"
    assert run(program, tmp_path, before="trap '' HUP;").stdout == "False\n"


def test_processes_started_deaf_do_not_hear_what_their_starter_hears(tmp_path: Path) -> None:
    done = run(
        "import threading\n"
        "with stop_requested() as stop:\n"
        "    with deaf():\n"
        "        child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        print(stop.is_set())\n"
        "    print(stop.is_set())\n"
        "    for number in STOP_SIGNALS:\n"
        "        child.send_signal(number)\n"
        "    time.sleep(0.5)\n"
        "    print(child.poll())\n"
        "    child.kill()\n"
        "    print(child.wait())\n",
        tmp_path,
    )
    assert done.stdout.split() == ["False", "True", "None", str(-signal.SIGKILL)], done.stderr
