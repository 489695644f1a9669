"""Data in memory becomes a file that says the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.api.given import as_file
from autotune.data.files import read_table
from autotune.errors import UsageError

PAIRS = [("good film", "pos"), ('she said "no",\nand left', "neg"), ("好电影", "pos")]


@pytest.mark.parametrize(
    "data",
    [
        PAIRS,
        [list(pair) for pair in PAIRS],
        {"text": [text for text, _ in PAIRS], "label": np.array([label for _, label in PAIRS])},
        pl.DataFrame(PAIRS, schema=["text", "label"], orient="row"),
    ],
    ids=["pairs", "lists", "dict", "polars"],
)
def test_every_form_says_the_same(tmp_path: Path, data: Any) -> None:
    table = read_table(Path(str(as_file(data, "data", tmp_path))))
    assert list(zip(table.texts, table.labels or [], strict=True)) == PAIRS


def test_a_pandas_frame_too(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(PAIRS, columns=["text", "label"], index=[7, 8, 9])
    table = read_table(Path(str(as_file(frame, "data", tmp_path))))
    assert list(zip(table.texts, table.labels or [], strict=True)) == PAIRS


@given(st.lists(st.tuples(st.text(min_size=1).filter(str.strip), st.integers(0, 3)), min_size=1, max_size=8))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, int]]) -> None:
    path = as_file(pairs, "data", tmp_path_factory.mktemp("given"))
    table = read_table(Path(str(path)))
    assert list(zip(table.texts, table.labels or [], strict=True)) == [(text, str(label)) for text, label in pairs]


def test_the_same_data_is_the_same_file(tmp_path: Path) -> None:
    assert as_file(PAIRS, "data", tmp_path) == as_file(tuple(PAIRS), "data", tmp_path)
    assert as_file(PAIRS, "data", tmp_path) != as_file(PAIRS[::-1], "data", tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_texts_alone_are_texts(tmp_path: Path) -> None:
    path = Path(str(as_file(["one", "two"], "unlabeled", tmp_path)))
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"text": "one"}, {"text": "two"}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (7, "data: int is no data"),
        ([("a", "b"), ("c",)], r"data\[1\]: not a pair"),
        ({"text": ["a"], "label": ["x", "y"]}, "different lengths: text 1, label 2"),
        ("nowhere.csv", "data: no such file: nowhere.csv"),
    ],
)
def test_what_is_no_data_is_refused(tmp_path: Path, data: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        as_file(data, "data", tmp_path)
