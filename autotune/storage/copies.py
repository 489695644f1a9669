"""A study copied to another database: every row that belongs to it, as it is stored, and its files."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from optuna.storages import RDBStorage
from sqlalchemy import ColumnElement, Integer, MetaData, Table, insert, or_, select
from sqlalchemy.engine import Connection, make_url

from autotune.errors import StudyError
from autotune.storage.engine import explained, open_storage, reading, sqlite_path, studies_folder
from autotune.storage.notes import renumber_notes
from autotune.storage.studies import unknown_study

_ROWS = 5000  # in memory at a time


def copy_study(here: str, there: str, name: str) -> None:
    """Copies a study, its ablations and its files; nothing else in either database is touched.

    Whoever calls holds the study (see `study_lock`), so that rows and files belong together. The files are copied first and moved to
    their place in the transaction that writes the rows: the copy is there as a whole or not at all.

    Args:
        here: URL of the database that holds the study.
        there: URL of the database to copy to, made where there is none.

    Raises:
        StudyError: unknown; or there is a study, or a folder, of that name at the target.
        StorageError: of either database.
    """
    folder, copied = studies_folder(here) / name, studies_folder(there) / name
    if folder.resolve() == copied.resolve():
        raise StudyError(
            f"the copy's models would lie where those of '{name}' are: {folder}",
            "copy to a database in another folder; where it is no file, from another working directory",
        )
    source = open_storage(here)  # both at this version: the same tables
    with explained(here):
        if name not in (names := _names(source)):
            raise unknown_study(name, names)
    target = open_storage(there)
    with explained(there):
        if name in _names(target):
            place = sqlite_path(there) or make_url(there).render_as_string()  # without the password
            raise StudyError(
                f"study '{name}' exists already in {place}",
                f"copy to another database; or delete that one: autotune studies delete {name} --storage {place}",
            )
    if copied.exists():
        raise StudyError(f"{copied} is in the way", "a study's files would come there: move it, or copy to a database in another folder")
    copied.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=copied.parent) as scratch:
        files = Path(scratch) / name
        files.mkdir()
        _copy_files(folder, files)
        with reading(here) as connection, explained(there), target.engine.begin() as writing:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")  # one state of the database for all that follows
            _copy_rows(connection, writing, name)
            os.replace(files, copied)


def _names(storage: RDBStorage) -> list[str]:
    return [study.study_name for study in storage.get_all_studies()]


def _copy_rows(source: Connection, target: Connection, name: str) -> None:
    """Follows the foreign keys from the study down, so that no table is forgotten, whoever added it.

    Databases number their rows themselves: a study or a trial has another id in the copy, and what refers to it follows. The numbers of
    trials within the study stay. The dashboard's notes on trials have the id in their name, and follow too.
    """
    ours, theirs = MetaData(), MetaData()
    ours.reflect(source)
    theirs.reflect(target)
    chosen: dict[Table, ColumnElement[bool]] = {}
    referred = {key.column.table for table in ours.tables.values() for key in table.foreign_keys}
    ids: dict[Table, dict[Any, Any]] = {}
    for table in ours.sorted_tables:  # what is referred to comes first
        condition = _belonging(table, name, chosen)
        if condition is None:
            continue
        chosen[table] = condition
        own = _numbered(table)
        parents = {key.parent.name: ids[key.column.table] for key in table.foreign_keys}
        into = insert(theirs.tables[table.name])
        wanted = select(table).where(condition).order_by(*table.primary_key).execution_options(yield_per=_ROWS)
        ids[table] = {}
        for part in source.execute(wanted).mappings().partitions():
            rows = [{**row, **{key: known[row[key]] for key, known in parents.items() if row[key] is not None}} for row in part]
            numbers = [row.pop(own) for row in rows] if own is not None else []
            if own is None or table not in referred:
                target.execute(into, rows)
                continue
            for number, row in zip(numbers, rows, strict=True):
                made = target.execute(into, row).inserted_primary_key
                assert made is not None
                ids[table][number] = made[0]
    (study,) = ids[ours.tables["studies"]].values()
    renumber_notes(target, study, ids[ours.tables["trials"]])


def _belonging(table: Table, name: str, chosen: dict[Table, ColumnElement[bool]]) -> ColumnElement[bool] | None:
    """Which rows of a table belong to the study, None: it has none such."""
    if table.name == "studies":
        return table.c.study_name == name
    keys = [key for key in table.foreign_keys if key.column.table in chosen]
    if keys:
        return or_(*(key.parent.in_(select(key.column).where(chosen[key.column.table])) for key in keys))
    return table.c.study == name if table.name.startswith("autotune_") and "study" in table.c else None


def _numbered(table: Table) -> str | None:
    """The column whose values the database gives out itself."""
    columns = list(table.primary_key)
    return columns[0].name if len(columns) == 1 and isinstance(columns[0].type, Integer) and not columns[0].foreign_keys else None


def _copy_files(folder: Path, target: Path) -> None:
    for path in sorted(folder.rglob("*")):
        copied = target / path.relative_to(folder)
        if path.is_dir():
            copied.mkdir()
        elif path != folder / "lock":
            shutil.copy2(path, copied)
            with copied.open("rb") as file:
                os.fsync(file.fileno())
