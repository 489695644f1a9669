"""Splits: no near-identical text on two sides, no class without training rows, proportions kept."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.data.splits import near_key, split_rows

ROWS = st.lists(st.tuples(st.integers(0, 30).map(str), st.integers(0, 4)), min_size=1, max_size=80)
FRACTIONS = st.floats(0, 0.95)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Good film!", "good  film"),
        ("ＦＵＬＬ width", "full width"),
        ("Straße", "STRASSE"),
        ("caf\u00e9", "cafe\u0301"),
        ("snake_case", "snake case"),
        ("❤️ yes", "yes"),
        (" 👍 ", "👍"),
    ],
)
def test_near_identical_texts_have_one_key(one: str, other: str) -> None:
    assert near_key(one) == near_key(other)


@pytest.mark.parametrize(("one", "other"), [("👍", "👎"), ("?", "!"), ("की", "का"), ("ที่", "ทา"), ("a1", "a2")])
def test_different_texts_have_different_keys(one: str, other: str) -> None:
    assert near_key(one) != near_key(other)


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_texts_take_a_short_cut_to_the_same_key(text: str) -> None:
    assert near_key(text) == (near_key(f"{text}é").removesuffix("é") or text.strip())


@given(ROWS, FRACTIONS, st.integers(0, 99))
def test_a_split_keeps_its_promises(rows: list[tuple[str, int]], fraction: float, seed: int) -> None:
    keys, labels = [key for key, _ in rows], [label for _, label in rows]
    rest, held_out = split_rows(keys, labels, fraction, seed)
    assert sorted([*rest, *held_out]) == list(range(len(rows)))
    assert list(rest) == sorted(rest)
    assert list(held_out) == sorted(held_out)
    assert not {keys[row] for row in rest} & {keys[row] for row in held_out}
    assert {labels[row] for row in rest} == set(labels)
    groups = defaultdict(set)
    for key, label in rows:
        groups[label].add(key)
    assert all(len(groups[labels[row]]) > 1 for row in held_out)
    assert len(held_out) <= round(fraction * len(rows) + 0.5)
    again = split_rows(keys, labels, fraction, seed)
    assert np.array_equal(rest, again[0])


@given(st.lists(st.integers(0, 6), min_size=1, max_size=200), FRACTIONS, st.integers(0, 9))
def test_every_class_gives_its_share(labels: list[int], fraction: float, seed: int) -> None:
    _, held_out = split_rows([str(row) for row in range(len(labels))], labels, fraction, seed)
    for label in set(labels):
        size = labels.count(label)
        given_away = sum(labels[row] == label for row in held_out)
        wanted = min(fraction * size, size - 1)
        assert abs(given_away - wanted) < 1 + 1e-6


def test_many_small_classes_together_give_the_whole_share() -> None:
    labels = [row % 100 for row in range(400)]
    _, held_out = split_rows([str(row) for row in range(400)], labels, 0.1, seed=3)
    assert len(held_out) == 40


def test_another_seed_is_another_split() -> None:
    keys, labels = [str(row) for row in range(100)], [row % 2 for row in range(100)]
    assert not np.array_equal(split_rows(keys, labels, 0.2, 0)[1], split_rows(keys, labels, 0.2, 1)[1])


def test_nothing_is_held_out_for_fraction_zero() -> None:
    rest, held_out = split_rows(["a", "b"], [0, 1], 0.0, 0)
    assert (len(rest), len(held_out)) == (2, 0)
