"""Databases of earlier versions, stored as they were written, open and come to this version; nothing of them is lost."""

import sqlite3
from pathlib import Path

import pytest

from autotune.config import Config
from autotune.storage.ablations import Ablation, AblationKey
from autotune.storage.engine import open_storage, reading, storage_url
from autotune.storage.facts import Facts, read_curve, read_decisions, read_resources
from autotune.storage.leaderboard import list_studies
from autotune.storage.records import Decision
from autotune.storage.schema import SCHEMA_VERSION
from autotune.storage.studies import load_study

OLDER = sorted(Path(__file__).parent.glob("schema_*.sql"))


@pytest.fixture(params=OLDER, ids=lambda path: path.stem)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database that an earlier version wrote: one study with three trials."""
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    return path


def version(path: Path) -> list[tuple[str]]:
    return sqlite3.connect(path).execute("SELECT version FROM autotune_schema").fetchall()


def tables(path: Path) -> dict[str, str]:
    return dict(sqlite3.connect(path).execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'autotune%'"))


def test_every_earlier_version_is_kept_to_be_tested() -> None:
    assert [path.name for path in OLDER] == [f"schema_{number}.sql" for number in range(1, SCHEMA_VERSION)]


def test_looking_changes_nothing(older: Path) -> None:
    before = older.read_bytes()
    with reading(storage_url(str(older))) as connection:
        (study,) = list_studies(connection)
        facts = read_curve(connection, "reviews", 0), read_resources(connection, "reviews", 0), read_decisions(connection, "reviews")
    curve, resources, decisions = facts
    if version(older) < [("3",)]:
        assert (curve, resources, decisions) == ([], None, [])
    else:
        assert [point.epoch for point in curve] == list(range(1, len(curve) + 1)) != []
        assert resources is not None
    assert study.best is not None
    assert older.read_bytes() == before


def test_writing_brings_it_to_this_version_and_keeps_its_studies(older: Path) -> None:
    before = load_trials(older)
    storage = open_storage(storage_url(str(older)))
    assert version(older) == [(str(SCHEMA_VERSION),)]
    assert load_trials(older) == before
    assert len(load_study(storage, "reviews").trials) == 3
    Ablation(storage.engine, AblationKey("reviews", "d" * 16, Config(), "accuracy")).spend(1.0)
    Facts(storage.engine, "reviews").decided([Decision(2, "pruned", "so it is")])
    open_storage(storage_url(str(older)))  # once is enough
    assert version(older) == [(str(SCHEMA_VERSION),)]


def test_an_older_database_ends_up_like_a_new_one(older: Path, tmp_path: Path) -> None:
    open_storage(storage_url(str(older)))
    open_storage(storage_url(str(tmp_path / "new.db")))
    assert tables(older) == tables(tmp_path / "new.db")
    assert len(tables(older)) >= 6


def test_a_step_that_fails_leaves_the_database_as_it_was(older: Path) -> None:
    with sqlite3.connect(older) as connection:  # the last table of the last step is in the way
        connection.execute("CREATE TABLE autotune_confirmations (x INTEGER)")
    before, was = tables(older), version(older)
    with pytest.raises(Exception, match="already exists"):
        open_storage(storage_url(str(older)))
    assert version(older) == was
    assert was < [(str(SCHEMA_VERSION),)]
    assert tables(older) == before


def load_trials(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return [
            *connection.execute("SELECT * FROM trials"),
            *connection.execute("SELECT * FROM trial_user_attributes"),
            *connection.execute("SELECT * FROM study_user_attributes"),
        ]
