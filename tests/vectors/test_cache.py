import json
import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pytest

from autotune.errors import VectorError
from autotune.vectors import cache
from autotune.vectors.cache import cache_folder, cached_table
from autotune.vectors.table import Table


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache._memory.clear()
    return tmp_path / "autotune" / "vectors"


class Maker:
    """Makes a table and counts how often."""

    def __init__(self, value: float = 1.0, rows: int = 3) -> None:
        self.times = 0
        self.value = value
        self.rows = rows

    def __call__(self) -> Table:
        self.times += 1
        return Table(np.full((self.rows, 4), self.value, np.float32), np.arange(self.rows) > 0, ("a note", "čeština"))


def forget() -> None:
    """What the end of the process would do."""
    cache._memory.clear()


def test_a_table_is_made_once_and_comes_back_whole(folder: Path) -> None:
    make = Maker(2.5)
    for _ in range(2):
        for _ in range(2):
            table = cached_table("ab12", make)
        forget()
    assert make.times == 1
    np.testing.assert_array_equal(table.vectors, make().vectors)
    assert table.vectors.dtype == np.float32
    assert table.found.tolist() == [False, True, True]
    assert table.notes == ("a note", "čeština")
    assert cache_folder() == folder
    assert sorted(path.name for path in folder.iterdir()) == ["ab12.safetensors", "lock-ab"]


def test_different_keys_are_different_tables() -> None:
    assert [cached_table(key, Maker(value)).vectors[0, 0] for key, value in (("a1", 1.0), ("a2", 2.0), ("a1", 3.0))] == [1, 2, 1]


@pytest.mark.parametrize("content", [b"", b"half a file", b'{"vectors":'])
def test_a_damaged_file_is_made_anew(folder: Path, content: bytes) -> None:
    cached_table("ab12", Maker())
    forget()
    (folder / "ab12.safetensors").write_bytes(content)
    assert cached_table("ab12", make := Maker(7.0)).vectors[0, 0] == 7
    forget()
    assert cached_table("ab12", make).vectors[0, 0] == 7
    assert make.times == 1


def test_what_cannot_be_made_leaves_nothing_behind(folder: Path) -> None:
    def fail() -> Table:
        raise VectorError("too few texts")

    for _ in range(2):
        with pytest.raises(VectorError):
            cached_table("ab12", fail)
    assert [path.name for path in folder.iterdir()] == ["lock-ab"]


def test_where_nothing_can_be_written_the_table_is_made_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file where the folder should be: root may write into folders that are read-only.
    (tmp_path / "in the way").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "in the way"))
    make = Maker(3.0)
    assert cached_table("ab12", make).vectors[0, 0] == cached_table("ab12", make).vectors[0, 0] == 3
    assert make.times == 1


def test_the_tables_that_were_not_used_for_longest_are_dropped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached_table("a0", Maker(rows=1000))
    size = (folder / "a0.safetensors").stat().st_size
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * size + 100)
    (folder / "tmphalf.safetensors").write_bytes(b"x" * 50)  # of a process that was killed
    for number, key in enumerate(("tmphalf", "a0", "a1", "a2")):
        if number > 1:
            cached_table(key, Maker(rows=1000))
        os.utime(folder / f"{key}.safetensors", (number, number))
    forget()
    cached_table("a0", Maker(rows=1000))  # used again
    cached_table("a3", Maker(rows=1000))
    assert sorted(path.stem for path in folder.glob("*.safetensors")) == ["a0", "a2", "a3"]


def _ask(key: str, log: Path, start: "multiprocessing.synchronize.Event") -> None:
    def make() -> Table:
        with log.open("a") as file:
            file.write("made\n")
        time.sleep(0.5)
        return Maker(4.0)()

    start.wait()
    table = cached_table(key, make)
    with log.open("a") as file:
        file.write(json.dumps(float(table.vectors.sum())) + "\n")


def test_processes_wait_for_the_one_that_makes_the_table(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    processes = [context.Process(target=_ask, args=("ab12", tmp_path / "log", start)) for _ in range(3)]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert (tmp_path / "log").read_text().splitlines() == ["made", "48.0", "48.0", "48.0"]


def _hold(key: str, holding: "multiprocessing.synchronize.Event") -> None:
    def make() -> Table:
        holding.set()
        time.sleep(600)
        raise AssertionError

    cached_table(key, make)


def test_a_killed_process_gives_its_lock_back() -> None:
    context = multiprocessing.get_context("spawn")
    holding = context.Event()
    process = context.Process(target=_hold, args=("ab12", holding))
    process.start()
    assert holding.wait(120)
    process.kill()
    process.join()
    assert cached_table("ab12", Maker(5.0)).vectors[0, 0] == 5
