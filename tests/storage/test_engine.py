import sqlite3
import threading
import time
from pathlib import Path

import optuna
import pytest
from sqlalchemy import text

from autotune.errors import StorageError, StudyError, UsageError
from autotune.storage.engine import open_storage, reading, sqlite_path, storage_url, studies_folder


def test_a_path_and_a_url_are_both_understood(tmp_path: Path) -> None:
    assert sqlite_path(storage_url(str(tmp_path / "a.db"))) == tmp_path / "a.db"
    assert storage_url("postgresql+psycopg://host/db") == "postgresql+psycopg://host/db"
    assert studies_folder(f"sqlite:///{tmp_path}/a.db") == tmp_path


def test_the_database_is_made_with_its_folder_and_writes_ahead(tmp_path: Path) -> None:
    storage = open_storage(storage_url(str(tmp_path / "new" / "a.db")))
    with storage.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_a_long_reader_does_not_hold_up_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    study = optuna.create_study(storage=open_storage(storage_url(str(path))))
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM trials").fetchall()
    started = time.monotonic()
    study.tell(study.ask(), 1.0)
    assert time.monotonic() - started < 2
    reader.close()


def test_two_threads_of_writers_never_meet_a_locked_database(tmp_path: Path) -> None:
    url = storage_url(str(tmp_path / "a.db"))
    optuna.create_study(storage=open_storage(url), study_name="s")
    problems: list[BaseException] = []

    def write() -> None:
        try:
            study = optuna.load_study(storage=open_storage(url), study_name="s")
            for _ in range(10):
                study.tell(study.ask(), 1.0)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    with reading(url) as connection:
        assert connection.execute(text("SELECT count(*) FROM trials WHERE state = 'COMPLETE'")).scalar() == 20


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is a letter to my aunt, not a database\n" * 50)
    for use in (open_storage, lambda url: reading(url).__enter__()):
        with pytest.raises(StorageError, match=r"damaged or not a database"):
            use(storage_url(str(tmp_path / "a.db")))
    assert (tmp_path / "a.db").read_text().startswith("this is a letter")


def test_another_programs_database_is_not_touched_for_reading(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE letters (id INTEGER)").connection.close()
    with pytest.raises(StorageError, match="holds no studies"), reading(storage_url(str(tmp_path / "a.db"))):
        pass


@pytest.mark.parametrize("ours", [True, False])
def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path, ours: bool) -> None:
    path = tmp_path / "a.db"
    open_storage(storage_url(str(path))).engine.dispose()
    with sqlite3.connect(path) as connection:
        if ours:
            connection.execute("UPDATE autotune_schema SET version = '99'")
        else:
            connection.execute("UPDATE version_info SET schema_version = 99, library_version = '9.0.0'")
            connection.execute("UPDATE alembic_version SET version_num = 'v9.0.0.a'")
    with pytest.raises(StorageError, match=r"newer|another version"):
        open_storage(storage_url(str(path)))


def test_no_database_yet_is_said_when_reading(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no studies yet"), reading(storage_url(str(tmp_path / "a.db"))):
        pass
    assert not (tmp_path / "a.db").exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"file is a file, not a folder: .*a\.db cannot be made"):
        open_storage(storage_url(str(tmp_path / "file" / "a.db")))


@pytest.mark.parametrize("url", ["nonsense://x", "mysql+nodriver://host/db"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises((UsageError, StorageError)):
        open_storage(storage_url(url))
