"""The database of the studies: where it lies, whether it is whole, and who works in it. It is looked at, never opened for writing."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from autotune.doctor.finding import Finding, Patient
from autotune.errors import AutotuneError
from autotune.storage.address import sqlite_path, without_password
from autotune.storage.engine import reading
from autotune.storage.glimpse import glimpse
from autotune.storage.leaderboard import list_studies
from autotune.storage.lock import held_for
from autotune.storage.schema import SCHEMA_VERSION
from autotune.words import count, size

_NETWORKED = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "9p",
    "lustre",
    "gpfs",
    "beegfs",
    "ceph",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
}
_MAGIC = b"SQLite format 3\x00"


def check_place(patient: Patient) -> Iterator[Finding]:
    """Whether the database can be where it is to be."""
    path = sqlite_path(patient.url)
    if path is None:
        return
    place = next(parent for parent in path.parents if parent.exists())
    if not place.is_dir():
        yield Finding("storage", "error", f"{place} is a file, not a folder: {path} cannot be made", "choose another place with --storage")
    elif not os.access(place, os.W_OK | os.X_OK):
        yield Finding("storage", "error", f"{place} cannot be written", "make it writable, or choose another place with --storage")
    elif path.exists() and not os.access(path, os.R_OK | os.W_OK):
        yield Finding("storage", "error", f"{path} cannot be {'written' if os.access(path, os.R_OK) else 'read'}", "chmod u+rw it")
    if (kind := file_system(place)) in _NETWORKED:
        mend = "keep it on a disk of this machine; `autotune studies copy` takes studies along"
        yield Finding("storage", "warning", f"{place} is on a network ({kind}), where SQLite's log and locks cannot be relied on", mend)


def check_database(patient: Patient) -> Iterator[Finding]:
    """Whether the database is whole, and of a version that is known."""
    path = sqlite_path(patient.url)
    if path is None:
        yield from _server(patient.url)
        return
    if not path.exists():
        yield Finding("storage", "ok", f"no studies yet: the first `autotune search` makes {path}")
        return
    try:
        if path.stat().st_size == 0:
            yield Finding("storage", "ok", f"{path} is empty: the first `autotune search` fills it")
            return
        with path.open("rb") as file:
            header = file.read(20)
        if not header.startswith(_MAGIC):
            yield Finding("storage", "error", f"{path} is no SQLite database", "say --storage for another one")
            return
        with glimpse(path) as connection:
            yield from _whole(path, connection)
            yield from _version(path, connection)
    except (OSError, sqlite3.Error) as problem:
        yield _damaged(path, str(problem))
        return
    if header[18:20] != b"\x02\x02":
        message = f"{path} has no write-ahead log, so that readers and a search wait for each other"
        yield Finding("storage", "warning", message, "the next search or resume turns it on by itself")


def check_studies(patient: Patient) -> Iterator[Finding]:
    """The studies by name, those that are being searched, and those that were killed in the middle."""
    path = sqlite_path(patient.url)
    if path is None or not path.exists():
        return
    try:
        with glimpse(path) as connection:
            studies = dict(
                connection.execute(
                    "SELECT s.study_name, SUM(t.state = 'RUNNING') FROM studies s "
                    "JOIN study_user_attributes a ON a.study_id = s.study_id AND a.key = 'autotune:plan' "
                    "LEFT JOIN trials t ON t.study_id = s.study_id GROUP BY s.study_id ORDER BY s.study_id"
                ).fetchall()
            )
    except sqlite3.Error:
        return  # told by the check of the database
    yield Finding("studies", "ok", _named(list(studies)))
    for name, unfinished in studies.items():
        doing = held_for(path.parent / name)
        if doing is not None:
            yield Finding("studies", "ok", f"{name} is being {doing}" + _by(path.parent / name))
        elif unfinished:
            message = f"{name} was killed in the middle of {count(unfinished, 'trial')}; nothing that was stored is lost"
            yield Finding("studies", "warning", message, f"`autotune resume {name}` goes on with it")


def file_system(place: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """The kind of file system that a folder is on, as `ext4` or `nfs4`; None: not known."""
    with suppress(OSError):
        found = [line.split()[1:3] for line in mounts.read_text().splitlines() if len(line.split()) > 2]
        whole = place.resolve()
        # Blanks and the like are written as octal numbers there.
        points = [(Path(where.encode().decode("unicode_escape")), kind) for where, kind in found]
        inside = [(len(point.parts), kind) for point, kind in points if whole.is_relative_to(point)]
        return max(inside, key=lambda entry: entry[0])[1] if inside else None
    return None


def _whole(path: Path, connection: sqlite3.Connection) -> Iterator[Finding]:
    problems = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if problems != ["ok"]:
        yield _damaged(path, "; ".join(" ".join(problem.split()) for problem in problems))
    else:
        yield Finding("storage", "ok", f"{path}: whole, {size(path.stat().st_size)}")


def _damaged(path: Path, why: str) -> Finding:
    mend = f"restore a backup; or save what can be read: sqlite3 {path} .recover | sqlite3 recovered.db"
    return Finding("storage", "error", f"{path} is damaged: {why}", mend)


def _version(path: Path, connection: sqlite3.Connection) -> Iterator[Finding]:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "studies" not in tables:
        yield Finding("storage", "error", f"{path} is a database of something else: it holds no studies", "say --storage for another one")
    elif "autotune_schema" not in tables:
        yield Finding("storage", "warning", f"{path} was made by Optuna: it holds nothing of autotune", "say --storage for another one")
    else:
        version = int(connection.execute("SELECT version FROM autotune_schema").fetchone()[0])
        if version > SCHEMA_VERSION:
            message = f"{path} was written by a newer autotune (schema {version}, this one knows {SCHEMA_VERSION})"
            yield Finding("storage", "error", message, "upgrade autotune, or say --storage for another database")
        elif version < SCHEMA_VERSION:
            message = f"{path} is of an older autotune (schema {version}, now {SCHEMA_VERSION})"
            yield Finding("storage", "ok", f"{message}: the next search or resume brings it up to date")
        else:
            yield Finding("storage", "ok", f"schema {version}, as this autotune writes it")


def _server(url: str) -> Iterator[Finding]:
    """A database that is no file."""
    where = without_password(url)
    try:
        with reading(url) as connection:
            names = [study.name for study in list_studies(connection)]
    except AutotuneError as problem:
        yield Finding("storage", "error", problem.message, problem.hint)
    else:
        yield Finding("storage", "ok", f"{where} answers")
        yield Finding("studies", "ok", _named(names))


def _named(names: list[str]) -> str:
    many = f"{len(names)} studies" if len(names) != 1 else "one study"
    return many + (": " + ", ".join(names[:8]) + (" ..." if len(names) > 8 else "") if names else "")


def _by(folder: Path) -> str:
    """Who does it."""
    with suppress(OSError, ValueError, KeyError):
        holder = json.loads((folder / "lock").read_text(encoding="utf-8"))
        return f" by process {holder['pid']} since {holder['since']}"
    return ""
