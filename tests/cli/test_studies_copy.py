"""A copy of a study with real processes: made, refused while the study is searched, gone on with."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.test_search import SMALL, wait_for_trials
from tests.conftest import Answer, shell, start, write_toy


def scores(database: Path) -> dict[int, str]:
    with sqlite3.connect(database) as connection:
        return dict(
            connection.execute(
                "SELECT number, value_json FROM trials JOIN trial_user_attributes USING (trial_id) "
                "WHERE key = 'autotune:result' AND value_json LIKE '%score%'"
            ).fetchall()
        )


def test_a_copy_is_gone_on_with_and_exported(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    search = start("search", "--data", "toy.csv", "--trials", "8", "--study", "s", *SMALL, folder=tmp_path)
    try:
        wait_for_trials(tmp_path, "s", 2, search)
        refused = shell("studies", "copy", "s", "--to", "early/a.db", folder=tmp_path)
        assert search.poll() is None, search.communicate()
        assert refused.code == 2
        assert f"'s' is being searched by process {search.pid}" in refused.err
        assert not (tmp_path / "early").exists()
        os.killpg(search.pid, signal.SIGKILL)  # leaves trials that count as running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(search.pid, signal.SIGKILL)
        search.communicate()
    before = scores(tmp_path / "studies" / "autotune.db")
    copied = shell("studies", "copy", "s", "--to", "backup/a.db", folder=tmp_path)
    assert (copied.code, copied.err) == (0, "")
    assert copied.out.startswith("copied s to backup/a.db: ")
    resumed = shell("resume", "s", "--storage", "backup/a.db", folder=tmp_path)
    assert resumed.code == 0, resumed.err
    after = scores(tmp_path / "backup" / "a.db")
    assert len(after) == 8
    assert before.items() <= after.items()
    assert scores(tmp_path / "studies" / "autotune.db") == before
    exported = shell("export", "s", "--storage", "backup/a.db", "--to", "best", folder=tmp_path)
    assert exported.code == 0, exported.err


@pytest.fixture
def studies(workplace: Path) -> Path:
    """A folder with a study that an earlier version made."""
    (workplace / "studies").mkdir()
    with sqlite3.connect(workplace / "studies" / "autotune.db") as connection:
        connection.executescript((Path(__file__).parents[1] / "storage" / "schema_1.sql").read_text(encoding="utf-8"))
    return workplace


def test_a_study_of_an_earlier_version_is_copied_and_shown(studies: Path, autotune: Callable[..., Answer]) -> None:
    assert autotune("studies", "copy", "reviews", "--to", "b/new.db") == Answer(0, "copied reviews to b/new.db: 3 trials\n", "")
    shown = autotune("studies", "show", "reviews", "--storage", "b/new.db").out
    assert shown.replace(f"{studies}/b", f"{studies}/studies") == autotune("studies", "show", "reviews").out
    refused = autotune("studies", "copy", "reviews", "--to", "b/new.db")
    assert (refused.code, refused.out) == (2, "")
    assert "study 'reviews' exists already in" in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("review", "--to", "b/new.db"), "did you mean 'reviews'?"),
        (("reviews", "--to", "b"), "is a folder"),
        (("reviews", "--to", "studies/other.db"), "the copy's models would lie where"),
    ],
)
def test_what_cannot_be_copied_is_said_and_no_database_made(
    studies: Path, autotune: Callable[..., Answer], arguments: tuple[str, ...], said: str
) -> None:
    (studies / "b").mkdir()
    answer = autotune("studies", "copy", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert [path.name for path in studies.rglob("*.db")] == ["autotune.db"]
