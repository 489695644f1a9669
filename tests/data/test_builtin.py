"""The built-in data set: big enough, made once, and there even where nothing can be cached."""

from collections import Counter
from pathlib import Path

import pytest

from autotune.data.builtin import CHAPTERS, builtin_table, cache_file
from autotune.data.dataset import DataSource, load_dataset, load_test


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def cached_apart(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


def test_docstrings_are_sorted_into_chapters() -> None:
    table = builtin_table()
    assert table.labels is not None
    assert set(table.labels) == set(CHAPTERS)
    assert len(set(table.texts)) == len(table.texts) > 4000
    assert min(Counter(table.labels).values()) > 100
    assert table.labels[:50] != sorted(table.labels[:50])


def test_the_cache_holds_the_same_table(cache: Path) -> None:
    made = builtin_table()
    assert cache_file().is_file()
    assert list(cache_file().parent.iterdir()) == [cache_file()]
    assert builtin_table() == made


def test_it_loads_like_a_file() -> None:
    source = DataSource("builtin")
    dataset = load_dataset(source)
    assert dataset.name == "docstrings"
    assert len(dataset.labels) == len(CHAPTERS)
    assert len(load_test(source, dataset)) > 400


@pytest.fixture
def small_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few modules, so that making the data set anew takes no time."""
    monkeypatch.setattr("autotune.data.builtin.CHAPTERS", {"numbers": "math random no_such_module", "text": "csv textwrap"})


@pytest.mark.usefixtures("small_library")
def test_a_folder_that_cannot_be_written_is_survived(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("where a folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    made = builtin_table()
    assert set(made.labels or ()) == {"numbers", "text"}
    assert builtin_table() == made


@pytest.mark.usefixtures("small_library")
def test_a_damaged_cache_is_made_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = builtin_table()
    cache_file().write_text('text,label\n"cut off')
    assert builtin_table() == made
    assert len(cache_file().read_text()) > 1000
