"""The data card: numbers that are known of texts made for it."""

import math
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.data.card import MOST_MEASURED, balance, data_card, scripts
from autotune.data.dataset import Dataset, Split

Row = tuple[str, int]
WORDS = st.lists(st.sampled_from(["ball", "goal", "Ball", "суп", "天気", "!", "n7"]), min_size=1, max_size=9).map(" ".join)
ROWS = st.lists(st.tuples(WORDS, st.integers(0, 2)), min_size=1, max_size=12)


def dataset(train: Sequence[Row], validation: Sequence[Row], classes: int = 3) -> Dataset:
    def split(rows: Sequence[Row]) -> Split:
        return Split([text for text, _ in rows], np.array([label for _, label in rows], dtype=np.int64))

    labels = tuple("abcdefgh"[:classes])
    return Dataset("made", split(train), split(validation), labels, "", (), has_test=False, text_column="text", label_column="label")


def test_every_number_of_a_small_data_set() -> None:
    train = [("the cat sat", 0), ("The CAT sat!", 1), ("the dog sat down there", 0), ("солнце", 2), ("the the", 0)]
    found = data_card(dataset(train, [("the cat ran far", 0), ("sat", 1)]))
    assert (found.train, found.validation, found.test, found.classes) == (5, 2, 0, 3)
    assert (found.largest, found.smallest) == (("a", 4), ("c", 1))
    # 3, 4 with the mark, 5, 1, 2, 4 and 1 tokens.
    assert (found.median_length, found.long_length, found.longest_length) == (3, 5, 5)
    assert (found.near_duplicates, found.contradicting) == (1, 1)
    # Known are the words seen twice: the, cat, sat. "ran" and "far" are not.
    assert found.unknown == pytest.approx(2 / 5)
    assert [name for name, _ in found.scripts] == ["Latin", "Cyrillic"]
    shares = [4 / 7, 2 / 7, 1 / 7]
    assert found.balance == pytest.approx(-sum(share * math.log(share) for share in shares) / math.log(3))


@pytest.mark.parametrize(
    ("texts", "shares"),
    [
        (["naïve Ünïcode, 12 + ½"], {"Latin": 1}),
        (["ab", "дом д"], {"Cyrillic": 4 / 6, "Latin": 2 / 6}),
        (["今日は"], {"CJK": 2 / 3, "Hiragana": 1 / 3}),
        (["ＡＢ ﾃ", "𝐱"], {"Latin": 3 / 4, "Katakana": 1 / 4}),
        (["नमस्ते"], {"Devanagari": 1}),
        (["12 !?", "👍🏽", ""], {}),
        ([], {}),
        (["a\ud800"], {"Latin": 1}),
    ],
)
def test_scripts_are_counted_by_letters(texts: list[str], shares: dict[str, float]) -> None:
    assert dict(scripts(texts)) == pytest.approx(shares)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=9).filter(any))
def test_balance_is_one_for_equal_classes_alone(sizes: list[int]) -> None:
    found = balance(np.array(sizes))
    assert 0 <= found <= 1
    assert (found > 1 - 1e-9) == (len(set(sizes)) == 1)
    assert (found == 0) == (sum(size > 0 for size in sizes) == 1)


@given(ROWS, ROWS, st.randoms(use_true_random=False))
def test_the_order_of_texts_changes_nothing(train: list[Row], validation: list[Row], random: object) -> None:
    first = data_card(dataset(train, validation))
    for rows in (train, validation):
        random.shuffle(rows)  # type: ignore[attr-defined]
    assert data_card(dataset(train, validation)) == first


@given(ROWS, ROWS)
def test_texts_given_twice_are_repeats_and_known(train: list[Row], validation: list[Row]) -> None:
    once = data_card(dataset(train, validation))
    twice = data_card(dataset([*train, *train, *validation], validation))
    assert twice.near_duplicates == once.near_duplicates + len(train) + len(validation)
    assert twice.contradicting == once.contradicting
    # Whatever training sees twice is known, so that no rate can rise.
    assert twice.unknown <= once.unknown
    assert 0 <= once.unknown <= 1
    assert once.median_length <= once.long_length <= once.longest_length


def test_of_many_texts_every_other_is_measured_and_the_longest() -> None:
    rows = [("one two three", 0), ("one", 0)] * MOST_MEASURED
    rows[13] = ("word " * 99, 1)
    found = data_card(dataset(rows, [("one four", 0)]))
    assert (found.median_length, found.longest_length) == (3, 99)


def test_it_needs_no_torch() -> None:
    program = "import sys, autotune.data.card, autotune.reports.data_card; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
