"""A look at an SQLite database that changes nothing, and needs no library but Python's own: a moment is enough."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote


@contextmanager
def glimpse(path: Path) -> Iterator[sqlite3.Connection]:
    """Opens a database for reading alone. Where it has no log to be read with it, no file beside it is touched either.

    Raises:
        sqlite3.Error: there is none, or it cannot be read.
    """
    log = path.with_name(path.name + "-wal")
    still = "" if log.exists() and log.stat().st_size else "&immutable=1"
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro{still}", uri=True, timeout=1)) as connection:
        yield connection


def study_names(path: Path) -> list[str]:
    """The studies in a database, in the order in which they were made.

    Raises:
        sqlite3.Error: there is none, or it cannot be read.
    """
    with glimpse(path) as connection:
        return [row[0] for row in connection.execute("SELECT study_name FROM studies ORDER BY study_id")]
