"""One process at a time on a study: a lock that the operating system takes back when its holder dies, however it dies."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autotune.errors import StorageError, StudyError


@contextmanager
def study_lock(folder: Path, name: str, doing: str = "searched") -> Iterator[None]:
    """Holds the study (or the configuration that an ablation takes apart) whose files lie in `folder`.

    Args:
        name: to call it by.
        doing: what is done to it meanwhile, for whoever finds it held.

    Raises:
        StudyError: another process holds it; says which and since when.
        StorageError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as problem:
        raise StorageError(f"{folder}: {problem.strerror}", "choose a writable place with --storage") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StudyError(f"'{name}' is being {_holder(folder / 'lock')}", "wait for that one, or stop it first") from None
        handle.truncate(0)
        handle.write(json.dumps({"doing": doing, "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}))
        handle.flush()
        yield
        handle.truncate(0)


def held_for(folder: Path) -> str | None:
    """What is done now to the study whose files lie in `folder`, such as `searched`; None: nothing. For a moment nobody else can begin."""
    try:
        with (folder / "lock").open("r", encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _doing(folder / "lock")
    except OSError:  # no file, or none that may be read
        return None
    return None


def _doing(lock: Path) -> str:
    try:
        return str(json.loads(lock.read_text(encoding="utf-8"))["doing"])
    except (OSError, ValueError, KeyError):
        return "used"


def _holder(lock: Path) -> str:
    try:
        holder = json.loads(lock.read_text(encoding="utf-8"))
        return f"{holder['doing']} by process {holder['pid']} since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "used by another process"
