"""Tables that were made before: each is made once, whatever process or search asks for it, and kept in the user's cache folder."""

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from autotune.vectors.table import Table

MOST_BYTES = 2**30
"""The folder is kept below this size: beyond it the tables that were not used for longest are dropped."""

_KEPT = 2
_SUFFIX = ".safetensors"
_memory: dict[str, Table] = {}


def cached_table(key: str, make: Callable[[], Table]) -> Table:
    """The table of this key: from memory, from the cache folder, or made and kept there.

    While one process makes a table, others that want the same wait for it. Where the folder cannot be written, each process makes
    its own. A damaged file is made anew.

    Args:
        key: hexadecimal digits that stand for everything the table depends on.
        make: may raise; then nothing is kept.
    """
    if key not in _memory:
        table = _on_disk(key, make)
        while len(_memory) >= _KEPT:
            del _memory[next(iter(_memory))]
        _memory[key] = table
    return _memory[key]


def cache_folder() -> Path:
    """Where tables are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "autotune" / "vectors"


def _on_disk(key: str, make: Callable[[], Table]) -> Table:
    path = cache_folder() / f"{key}{_SUFFIX}"
    # Most look-ups find the table, and need no lock: a file appears whole or not at all.
    found = _read(path)
    if found is not None:
        return found
    with _alone(path.parent, key):
        table = _read(path) or make()
        with suppress(OSError):
            _write(path, table)
            _drop_oldest(path)
    return table


def _read(path: Path) -> Table | None:
    try:
        with safe_open(path, framework="numpy") as file:
            table = Table(file.get_tensor("vectors"), file.get_tensor("found"), tuple(json.loads(file.metadata()["notes"])))
    except (OSError, SafetensorError, ValueError, LookupError, TypeError):
        return None
    with suppress(OSError):
        os.utime(path)
    return table


def _write(path: Path, table: Table) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=_SUFFIX, delete=False) as stream:
        try:
            stream.write(save({"vectors": table.vectors, "found": table.found}, metadata={"notes": json.dumps(table.notes)}))
            stream.close()
            os.replace(stream.name, path)
        except OSError:
            os.unlink(stream.name)
            raise


def _drop_oldest(newest: Path) -> None:
    """Deletes the files that were not read or written for longest, among them what killed processes left half written."""
    files = sorted((entry for entry in newest.parent.glob(f"*{_SUFFIX}") if entry != newest), key=lambda entry: entry.stat().st_mtime)
    surplus = sum(entry.stat().st_size for entry in [*files, newest]) - MOST_BYTES
    for entry in files:
        if surplus <= 0:
            break
        surplus -= entry.stat().st_size
        entry.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path, key: str) -> Iterator[None]:
    """Keeps other processes from making a table of the same key; the lock ends with its holder, however that ends.

    One lock for each first two digits: a lock file of its own for each table could never be deleted safely.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"lock-{key[:2]}").open("a")
    except OSError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
