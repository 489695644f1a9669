"""What is said of a database; and that nothing of it changes by being looked at."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.doctor.database import check_database, check_place, check_studies, file_system
from autotune.doctor.examination import CHECKS
from autotune.doctor.finding import Finding, Patient
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.lock import study_lock
from autotune.storage.studies import create_study
from tests.conftest import ROOT, Answer


def findings(path: Path) -> list[Finding]:
    """Of the three checks, which must leave every byte as it is."""
    before = contents(path.parent)
    patient = Patient(storage_url(str(path)), None)  # type: ignore[arg-type]
    found = [finding for check in (check_place, check_database, check_studies) for finding in check(patient)]
    assert contents(path.parent) == before
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """But for the index of the log, which readers share as if it were memory."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def said(path: Path, state: str) -> str:
    return "\n".join(f"{finding.message} -> {finding.mend}" for finding in findings(path) if finding.state == state)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "studies" / "autotune.db"
    storage = open_storage(storage_url(str(path)))
    create_study(storage, "reviews", True, {"metric": "accuracy"})
    storage.engine.dispose()
    return path


def test_nothing_is_made_where_there_is_nothing(tmp_path: Path) -> None:
    assert "no studies yet" in said(tmp_path / "autotune.db", "ok")
    assert list(tmp_path.iterdir()) == []


def test_a_sound_database(database: Path) -> None:
    assert said(database, "error") == said(database, "warning") == ""
    ok = said(database, "ok")
    assert "autotune.db: whole" in ok
    assert "schema 4" in ok
    assert "one study: reviews" in ok


def test_a_search_that_is_going_on(database: Path) -> None:
    with study_lock(database.parent / "reviews", "reviews"):
        assert f"reviews is being searched by process {os.getpid()} since" in said(database, "ok")
    assert "is being" not in said(database, "ok")


def test_a_search_that_was_killed_leaves_a_log_that_is_read_too(database: Path) -> None:
    program = (
        "import os, optuna, sys\nfrom autotune.storage.engine import open_storage\n"
        "study = optuna.load_study(study_name='reviews', storage=open_storage(sys.argv[1]))\n"
        "study.ask()\nprint('asked', flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, storage_url(str(database))], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert database.with_name("autotune.db-wal").stat().st_size > 0
    warning = said(database, "warning")
    assert "reviews was killed in the middle of 1 trial" in warning
    assert "autotune resume reviews" in warning


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_database_is_left_as_it_is(tmp_path: Path, version: int) -> None:
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.executescript((ROOT / "tests" / "storage" / f"schema_{version}.sql").read_text())
    assert f"is of an older autotune (schema {version}, now 4)" in said(tmp_path / "old.db", "ok")
    assert "no write-ahead log" in said(tmp_path / "old.db", "warning")
    assert said(tmp_path / "old.db", "error") == ""


def test_a_newer_database(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE autotune_schema SET version = '99'")
    assert "newer autotune (schema 99" in said(database, "error")


def test_a_damaged_database(database: Path) -> None:
    whole = database.read_bytes()
    database.write_bytes(whole[:8192] + os.urandom(len(whole) - 8192))
    error = said(database, "error")
    assert "autotune.db is damaged: " in error
    assert "restore a backup" in error
    database.write_bytes(whole[: len(whole) // 2])
    assert "is damaged" in said(database, "error")


def test_databases_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("my notes\n" * 100)
    assert "no SQLite database" in said(tmp_path / "notes.db", "error")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE songs (title)")
    assert "it holds no studies" in said(tmp_path / "other.db", "error")
    (tmp_path / "empty.db").touch()
    assert "is empty" in said(tmp_path / "empty.db", "ok")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "studies").write_text("in the way")
    found = list(check_place(Patient(storage_url(str(tmp_path / "studies" / "autotune.db")), None)))  # type: ignore[arg-type]
    assert [finding.state for finding in found] == ["error"]
    assert "studies is a file, not a folder" in found[0].message


def test_a_server_that_does_not_answer() -> None:
    url = "postgresql+psycopg://me:secret@127.0.0.1:1/studies"  # or the driver is not there
    (finding,) = check_database(Patient(url, None))  # type: ignore[arg-type]
    assert finding.state == "error"
    assert finding.mend
    assert "secret" not in finding.message + finding.mend


def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda / ext4 rw 0 0\nserver:/home {tmp_path} nfs4 rw 0 0\nme@host:/ {tmp_path}/with\\040blank fuse.sshfs rw 0 0\nbroken\n"
    )
    (tmp_path / "with blank").mkdir()
    assert file_system(Path("/"), mounts) == "ext4"
    assert file_system(tmp_path, mounts) == "nfs4"
    assert file_system(tmp_path / "with blank", mounts) == "fuse.sshfs"
    assert file_system(tmp_path, tmp_path / "none") is None


def test_the_command(autotune: Callable[..., Answer], database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = autotune("doctor", "--json")
    told = json.loads(answer.out)
    assert (told["schema"], told["ok"]) == (1, answer.code == 0)
    assert {finding["about"] for finding in told["findings"]} >= {
        "autotune",
        "packages",
        "libraries",
        "processor",
        "disk",
        "storage",
        "studies",
    }
    for name in set(CHECKS) - {"disk", "database"}:  # quickly this time
        monkeypatch.delitem(CHECKS, name)
    database.write_text("my notes\n" * 100)
    answer = autotune("doctor")
    assert answer.code == 1
    assert "no SQLite database" in answer.out
    assert "-> say --storage for another one" in answer.out
    assert answer.err == ""


def test_a_check_that_breaks_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autotune.doctor.examination import examine

    for name in list(CHECKS):
        monkeypatch.delitem(CHECKS, name)
    monkeypatch.setitem(CHECKS, "first", lambda patient: 1 / 0)  # type: ignore[arg-type, return-value]
    monkeypatch.setitem(CHECKS, "place", check_place)
    (finding,) = examine(storage_url(str(tmp_path / "autotune.db")))
    assert (finding.about, finding.state) == ("first", "error")
    assert "ZeroDivisionError" in finding.message
