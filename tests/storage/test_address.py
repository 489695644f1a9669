"""Where a database is: what `--storage` may say."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.errors import UsageError
from autotune.storage.address import sqlite_path, storage_url, studies_folder, without_password
from tests.conftest import Answer, write_toy


@pytest.mark.parametrize("name", ["a.db", "studies/a.db", "x y.db", "a?b.db", "a%20b.db", "a#b.db", "süß.db", "c:d.db", "@.db"])
def test_anything_else_is_the_path_of_a_file(workplace: Path, name: str) -> None:
    url = storage_url(name)
    assert sqlite_path(url) == workplace / name
    assert studies_folder(url) == (workplace / name).parent
    assert storage_url(url) == url


@pytest.mark.parametrize("url", ["sqlite:///rel/x.db", "postgresql+psycopg://user:secret@host/db"])
def test_a_url_is_taken_as_it_is(workplace: Path, url: str) -> None:
    assert storage_url(url) == url


def test_an_sqlite_file_is_found_wherever_the_command_is_run(workplace: Path) -> None:
    assert sqlite_path(storage_url("sqlite:///rel/x.db")) == workplace / "rel" / "x.db"


@pytest.mark.parametrize(
    ("storage", "words"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("sqlite:", "not a database URL"),
        ("sqlite:studies.db", "not a database URL"),
        ("postgresql+psycopg:db", "not a database URL"),
        ("folder", "a folder, not a file"),
        ("new/", "a folder, not a file"),
        (":memory:", "a database in memory"),
        ("sqlite://", "a database in memory"),
        ("sqlite:///", "a database in memory"),
        ("sqlite:///:memory:", "a database in memory"),
        ("postgres://user:secret@host/db", "not the URL of a kind of database that is known"),
        ("postgresql://user:secret@host:port/db", "not the URL of a kind of database that is known"),
        ("https://example.org", "not the URL of a kind of database that is known"),
    ],
)
def test_what_is_no_database(autotune: Callable[..., Answer], workplace: Path, storage: str, words: str) -> None:
    (workplace / "folder").mkdir()
    write_toy(workplace / "toy.csv")
    before = sorted(workplace.iterdir())
    for command in (("search", "--data", "toy.csv"), ("studies",), ("resume", "x"), ("dashboard",)):
        answer = autotune(*command, "--storage", storage)
        assert answer.code == 2, answer
        errors = [line for line in answer.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, answer.err
        assert words in errors[0]
        assert "hint: " in answer.err
        assert "secret" not in answer.err
    assert sorted(workplace.iterdir()) == before


@pytest.mark.parametrize("driver", ["postgresql", "mysql+pymysql"])
def test_a_driver_that_is_not_installed(autotune: Callable[..., Answer], workplace: Path, driver: str) -> None:
    answer = autotune("studies", "--storage", f"{driver}://user:secret@127.0.0.1:1/db")
    if "is not installed" not in answer.err:
        pytest.skip("the driver is installed here")
    assert answer.code == 2
    assert "pip install" in answer.err
    assert "secret" not in answer.err


@given(st.text(min_size=1).filter(lambda password: password not in "postgresql://user:***@host/db"))
def test_no_password_is_ever_shown(password: str) -> None:
    assert password not in without_password(f"postgresql://user:{password}@host/db").replace("user", "")


def test_a_storage_error_names_no_password(workplace: Path) -> None:
    with pytest.raises(UsageError) as refused:
        storage_url("oracle7://user:se:cr/et@host/db")
    assert "cr/et" not in str(refused.value)
