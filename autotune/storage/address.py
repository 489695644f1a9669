"""Where a database is: what `--storage` may say, as the URL of a database that can be kept, and never with its password on a screen."""

import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from autotune.errors import UsageError

_EXAMPLES = "name a file, such as studies/autotune.db, or a URL, such as postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
_URL_WITHOUT_SLASHES = re.compile(r"(sqlite|postgres|postgresql|mysql|mariadb|oracle|mssql)(\+\w+)?:", re.IGNORECASE)


def storage_url(storage: str) -> str:
    """A database URL from what `--storage` was given: a URL as it is, anything else as the path of an SQLite file.

    Raises:
        UsageError: nothing, a folder, no URL of a kind of database that is known, or a database in memory, which nobody could resume.
    """
    if "://" in storage:
        return _checked(storage)
    if not storage.strip():
        raise UsageError("--storage is empty", _EXAMPLES)
    if _URL_WITHOUT_SLASHES.match(storage):
        raise UsageError(f"--storage '{without_password(storage)}': not a database URL", _EXAMPLES)
    if storage == ":memory:":
        raise _in_memory(storage)
    path = Path(storage)
    if path.is_dir() or storage.endswith("/"):
        raise UsageError(f"--storage '{storage}': a folder, not a file", f"name the file in it: {path / 'autotune.db'}")
    return URL.create("sqlite", database=str(path.absolute())).render_as_string(hide_password=False)


def _checked(storage: str) -> str:
    try:
        url = make_url(storage)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise UsageError(f"--storage '{without_password(storage)}': not the URL of a kind of database that is known", _EXAMPLES) from None
    if url.get_backend_name() == "sqlite" and (url.database in (None, "", ":memory:") or url.query.get("mode") == "memory"):
        raise _in_memory(storage)
    return storage


def _in_memory(storage: str) -> UsageError:
    problem = f"--storage '{storage}': a database in memory is gone when the command ends"
    return UsageError(problem, "name a file, such as studies/autotune.db")


def studies_folder(url: str) -> Path:
    """Where the files of the studies lie: beside an SQLite database, else in `studies/` of the working directory."""
    path = sqlite_path(url)
    return path.parent if path else Path("studies").absolute()


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL, None for other databases."""
    parsed = make_url(url)
    return Path(parsed.database).absolute() if parsed.get_backend_name() == "sqlite" and parsed.database else None


def without_password(url: str) -> str:
    """A URL as it may be shown, also one that cannot be parsed."""
    hidden = re.sub(r"(?s)(:(?://)?[^:/@]*:).*@", r"\1***@", url)
    return re.sub(r"(?i)(password|passwd|secret|key)=[^&]*", r"\1=***", hidden)
