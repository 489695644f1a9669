"""Which runs of tokens count as features, against counting by hand."""

import math
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autotune.data.ngrams import BUCKETS, count_ngrams, hashed
from autotune.data.tokens import EncodedTexts

texts = st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=9), min_size=1, max_size=20)


def encoded(rows: list[list[int]]) -> EncodedTexts:
    offsets = torch.tensor([0, *(len(row) for row in rows)]).cumsum(0)
    return EncodedTexts(torch.tensor([token for row in rows for token in row], dtype=torch.int32), offsets)


def bucket(run: tuple[int, ...]) -> int:
    return int(hashed(torch.tensor(run), len(run)))


@given(texts, st.integers(1, 4), st.integers(1, 3))
def test_features_are_the_runs_that_enough_texts_hold(rows: list[list[int]], longest: int, minimum_frequency: int) -> None:
    holders: Counter[tuple[int, ...]] = Counter()
    for row in rows:
        holders.update({tuple(row[place : place + n]) for n in range(1, longest + 1) for place in range(len(row) - n + 1)})
    found = count_ngrams(encoded(rows), longest, minimum_frequency, 10**6)
    expected = {bucket(run): texts for run, texts in holders.items() if texts >= minimum_frequency}
    assert set(found.buckets.tolist()) == set(expected)
    assert found.weights[0] == 0
    for number, weight in zip(found.buckets.tolist(), found.weights[1:].tolist(), strict=True):
        assert weight == pytest.approx(math.log((1 + len(rows)) / (1 + expected[number])) + 1)


def test_the_most_frequent_come_first_and_the_rest_is_cut_off() -> None:
    rows = [[1], [1], [1], [2], [2], [3], [3, 4]]
    assert count_ngrams(encoded(rows), 1, 1, 3).buckets.tolist() == [bucket((1,)), *sorted([bucket((2,)), bucket((3,))])]


def test_counting_many_texts_in_pieces_changes_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    rows = [torch.randint(1, 50, (int(n),), generator=generator).tolist() for n in torch.randint(1, 8, (9000,), generator=generator)]
    whole = count_ngrams(encoded(rows), 2, 2, 10**6)
    place = whole.buckets.tolist().index(bucket((7,))) + 1
    assert whole.weights[place].item() == pytest.approx(math.log(9001 / (1 + sum(7 in row for row in rows))) + 1)


def test_order_and_length_tell_runs_apart() -> None:
    runs = [(1,), (2,), (1, 2), (2, 1), (1, 1), (1, 2, 1), (1, 1, 2), (999_999, 999_998, 999_997, 999_996, 999_995)]
    numbers = [bucket(run) for run in runs]
    assert len(set(numbers)) == len(runs)
    assert all(0 <= number < BUCKETS for number in numbers)
