"""The database of the studies: Optuna's storage, opened so that readers and the one writer never wait for each other."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from autotune.errors import StorageError, StudyError, UsageError
from autotune.storage.address import sqlite_path as sqlite_path
from autotune.storage.address import storage_url as storage_url
from autotune.storage.address import studies_folder as studies_folder
from autotune.storage.address import without_password
from autotune.storage.schema import check_version, migrate

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

_BUSY_SECONDS = 30


def open_storage(url: str) -> "RDBStorage":
    """Optuna's storage for writing, the database made where there is none, and brought to this version where it is older.

    Raises:
        StorageError: not writable, damaged, locked, or written by a newer version.
        UsageError: the driver of the database is not installed.
    """
    import optuna  # here: looking at studies by plain SQL does without it

    from autotune.storage.trial_reading import UNHURRIED, PlainStorage

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with explained(url):
        path = sqlite_path(url)
        if path is not None:
            in_the_way = next((part for part in path.parents if part.exists() and not part.is_dir()), None)
            if in_the_way is not None:
                raise StorageError(f"{in_the_way} is a file, not a folder: {path} cannot be made", "choose another place with --storage")
            path.parent.mkdir(parents=True, exist_ok=True)
            _refuse_newer(url)
        storage = PlainStorage(url, engine_kwargs=_engine_arguments(url))
        _tune(storage.engine, UNHURRIED)
        # The constructor's connection was opened before the pragmas were known.
        storage.engine.dispose()
        with storage.engine.begin() as connection:
            migrate(connection)
    return storage


def open_read_only(url: str) -> "RDBStorage":
    """Optuna's storage for looking alone: nothing is made or brought to this version, and SQLite itself refuses to write.

    Other databases are opened as they are: whoever uses them keeps from writing.

    Raises:
        StorageError: damaged, or written by a newer version.
    """
    import optuna  # here: looking at studies by plain SQL does without it

    from autotune.storage.trial_reading import PlainStorage

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with explained(url):
        path = sqlite_path(url)
        if path is None:
            return PlainStorage(url, engine_kwargs=_engine_arguments(url))
        file = quote(quote(str(path.absolute())))  # SQLAlchemy unquotes once, SQLite again
        return PlainStorage(f"sqlite:///file:{file}?mode=ro&uri=true", engine_kwargs=_engine_arguments(url))


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection for plain SQL.

    Raises:
        StudyError: there is no database yet.
        StorageError: damaged, or written by a newer version.
    """
    with explained(url):
        path = sqlite_path(url)
        if path is not None and not path.exists():
            raise StudyError(f"no studies yet: {path} does not exist", "run `autotune search --data FILE`, or say --storage")
        engine = create_engine(url, **_engine_arguments(url))
        try:
            with engine.connect() as connection:
                check_version(connection)
                if not inspect(connection).has_table("studies"):
                    raise StorageError(f"{path or without_password(url)} holds no studies", "say --storage for another database")
                yield connection
        finally:
            engine.dispose()


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turns what a database, Optuna or the disk raises into one line."""
    where = sqlite_path(url) or without_password(url)
    try:
        yield
    except ModuleNotFoundError as problem:
        better = "; or write postgresql+psycopg:// and pip install 'psycopg[binary]'" if problem.name == "psycopg2" else ""
        raise UsageError(f"the database driver {problem.name} is not installed", f"pip install {problem.name}{better}") from None
    except _of_optuna() as problem:
        raise _storage_error(where, problem.__cause__ or problem) from None
    except SQLAlchemyError as problem:
        raise _storage_error(where, problem) from None
    except RuntimeError as problem:
        if "no longer compatible" not in str(problem):
            raise
        raise StorageError(f"{where} was written by another version of Optuna: {problem}", "upgrade autotune") from None
    except OSError as problem:
        raise StorageError(f"{where}: {problem.strerror or problem}", "choose a writable place with --storage") from None


def _of_optuna() -> tuple[type[Exception], ...]:
    """What Optuna raises where its database fails; nothing where it was never imported."""
    exceptions = sys.modules.get("optuna.exceptions")
    return (exceptions.StorageInternalError,) if exceptions is not None else ()


def _storage_error(where: object, problem: BaseException) -> StorageError:
    cause = getattr(problem, "orig", None) or problem
    text = str(cause).splitlines()[0]
    if "not a database" in text or "malformed" in text:
        return StorageError(f"{where} is damaged or not a database: {text}", "restore a copy, or say --storage for another one")
    if "readonly" in text or "unable to open" in text or "read-only" in text:
        return StorageError(f"{where} cannot be written: {text}", "make its folder writable, or say --storage for another place")
    if "full" in text or "disk I/O" in text:
        return StorageError(f"{where} cannot grow: {text}", "free some space on the disk, then `autotune resume`: what was stored is safe")
    if "locked" in text:
        return StorageError(f"{where} is locked by another program: {text}", "close it and try again")
    return StorageError(f"{where}: {text}")


def _engine_arguments(url: str) -> dict[str, Any]:
    if sqlite_path(url) is not None:
        return {"connect_args": {"timeout": _BUSY_SECONDS}}
    return {"pool_pre_ping": True}


def _tune(engine: Engine, unhurried: str) -> None:
    """Write-ahead log, and transactions that take the write lock at their start: a read that turns into a write cannot be refused.

    Args:
        unhurried: the option of an engine whose transactions need not wait for the disk.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        connection.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # With NORMAL a power cut could lose the last transactions, until a later one with FULL; never more.
        level = "NORMAL" if connection.get_execution_options().get(unhurried) else "FULL"
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _refuse_newer(url: str) -> None:
    """Looks before Optuna does: opening alone would already change a database."""
    path = sqlite_path(url)
    if path is None or not path.exists() or path.stat().st_size == 0:
        return
    engine = create_engine(url, **_engine_arguments(url))
    try:
        with engine.connect() as connection:
            check_version(connection)
    finally:
        engine.dispose()
