"""Ctrl-C in the first moments of a command, while Python still reads its files."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.conftest import write_toy

COMMANDS = {"script": [str(Path(sys.executable).with_name("autotune"))], "module": [sys.executable, "-m", "autotune"]}


@contextmanager
def loading(command: list[str], stage: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """The process, just after it has imported `stage`."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"},  # every import is a line on standard error
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        assert any(line.rsplit("|", 1)[-1].strip() == stage for line in process.stderr)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("stage", ["typer._click._compat", "typer", "autotune.cli.ablate", "autotune.cli.app"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_ctrl_c_while_the_command_is_loaded(tmp_path: Path, command: list[str], stage: str) -> None:
    write_toy(tmp_path / "toy.csv")
    with loading([*command, "search", "--data", "toy.csv"], stage, tmp_path) as process:
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err.splitlines()
    assert "Traceback" not in err


def test_where_ctrl_c_is_ignored_it_stays_so(tmp_path: Path) -> None:
    command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMANDS["module"], "--version"]
    with loading(command, "typer._click._compat", tmp_path) as process:
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.startswith("autotune ")
