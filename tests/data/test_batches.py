"""Batches: every text once, little padding, orders that can be repeated."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autotune.data.batches import Batch, Batches
from autotune.data.files import read_table
from autotune.data.tokenizer import build_tokenizer
from autotune.data.tokens import EncodedTexts, encode
from autotune.sections import Text

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def encoded(lengths: list[int]) -> EncodedTexts:
    """Texts of these lengths, whose ids count on from 1."""
    offsets = torch.tensor([0, *lengths]).cumsum(0)
    return EncodedTexts(torch.arange(1, int(offsets[-1]) + 1, dtype=torch.int32), offsets)


def random_order(count: int, seed: int = 0) -> Callable[[], Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return lambda: torch.randperm(count, generator=generator)


def rows(batches: Batches) -> list[list[int]]:
    return [batch.rows.tolist() for batch in batches]


def padding(batches: Batches) -> float:
    return 1 - sum(int(batch.lengths.sum()) for batch in batches) / sum(batch.ids.numel() for batch in batches)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=60), st.integers(1, 70), st.booleans())
def test_every_text_comes_once_and_whole(lengths: list[int], batch_size: int, shuffled: bool) -> None:
    texts = encoded(lengths)
    labels = torch.arange(len(lengths)) * 10
    batches = Batches(texts, labels, batch_size, random_order(len(lengths)) if shuffled else None)
    seen = list(batches)
    assert len(seen) == len(batches) == -(-len(lengths) // batch_size)
    assert sorted(row for batch in seen for row in batch.rows.tolist()) == list(range(len(lengths)))
    for batch in seen:
        assert batch.ids.shape == (len(batch.rows), max(lengths[row] for row in batch.rows.tolist()))
        for ids, length, label, row in zip(*batch_lists(batch), strict=True):
            assert length == lengths[row]
            assert label == row * 10
            assert ids[:length] == texts.ids[texts.offsets[row] : texts.offsets[row + 1]].tolist()
            assert not any(ids[length:])


def batch_lists(batch: Batch) -> tuple[list[list[int]], list[int], list[int], list[int]]:
    assert all(tensor.dtype == torch.int64 for tensor in batch if tensor is not None)
    return batch.ids.tolist(), batch.lengths.tolist(), batch.labels.tolist(), batch.rows.tolist()


def test_without_an_order_every_iteration_is_the_same() -> None:
    batches = Batches(encoded([3, 1, 2, 1]), torch.zeros(4, dtype=torch.int64), 2)
    assert rows(batches) == rows(batches) == [[1, 3], [2, 0]]


def test_each_iteration_asks_for_an_order() -> None:
    lengths = [1 + row % 7 for row in range(500)]
    labels = torch.zeros(500, dtype=torch.int64)
    batches = Batches(encoded(lengths), labels, 8, random_order(500))
    first, second = rows(batches), rows(batches)
    assert first != second
    again = Batches(encoded(lengths), labels, 8, random_order(500))
    assert [rows(again), rows(again)] == [first, second]


def test_lengths_of_batches_come_in_random_order() -> None:
    batches = Batches(encoded([1 + row % 50 for row in range(400)]), torch.zeros(400, dtype=torch.int64), 8, random_order(400))
    lengths = [batch.ids.shape[1] for batch in batches]
    assert lengths != sorted(lengths)


def test_rows_restore_the_order_of_the_texts() -> None:
    batches = Batches(encoded([5, 1, 4, 2, 3]), torch.tensor([50, 10, 40, 20, 30]), 2)
    restored = torch.empty(5, dtype=torch.int64)
    for batch in batches:
        restored[batch.rows] = batch.labels
    assert restored.tolist() == [50, 10, 40, 20, 30]


def test_no_texts_make_no_batches() -> None:
    batches = Batches(encoded([]), torch.zeros(0, dtype=torch.int64), 2)
    assert (len(batches), list(batches)) == (0, [])


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="batch_size"):
        Batches(encoded([1]), torch.zeros(1), 0)
    with pytest.raises(ValueError, match="1 texts but 2 labels"):
        Batches(encoded([1]), torch.zeros(2), 1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_batches_on_a_device_are_those_of_the_cpu() -> None:
    lengths = [1 + row % 9 for row in range(100)]
    labels = torch.arange(100)
    here = Batches(encoded(lengths), labels, 8, random_order(100))
    there = Batches(encoded(lengths), labels, 8, random_order(100), torch.device("cuda"))
    for one, other in zip(here, there, strict=True):
        assert all(tensor.is_cuda for tensor in other)
        assert all(torch.equal(left, right.cpu()) for left, right in zip(one, other, strict=True))


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"real data sets are not at {SHARED}")
@pytest.mark.parametrize(("folder", "maximum_length", "most"), [("mr", 256, 0.15), ("polarity2", 3000, 0.25)])
def test_little_padding_is_computed_on_real_texts(folder: str, maximum_length: int, most: float) -> None:
    texts = read_table(SHARED / folder / "all.csv").texts[::2]
    data = encode(build_tokenizer(texts, Text(maximum_length=maximum_length)), texts)
    labels = torch.zeros(len(data), dtype=torch.int64)
    assert padding(Batches(data, labels, 32)) < most
    assert padding(Batches(data, labels, 32, random_order(len(data)))) < most


def test_characters_come_with_their_texts_and_are_padded_by_themselves() -> None:
    # Row 1 has the fewest tokens and the most characters.
    tokens, characters = encoded([4, 1, 3, 2]), encoded([1, 6, 2, 3])
    seen: dict[int, list[int]] = {}
    for batch in Batches(tokens, torch.arange(4), 2, characters=characters):
        assert batch.characters is not None
        assert batch.character_lengths is not None
        assert batch.characters.shape[1] == int(batch.character_lengths.max())
        for piece in (batch, *batch.parts(1)):
            assert piece.characters is not None
            assert piece.character_lengths is not None
            assert len(piece.inputs) == 4
            for row, ids, length in zip(piece.rows.tolist(), piece.characters, piece.character_lengths.tolist(), strict=True):
                assert not ids[length:].any()
                assert seen.setdefault(row, ids[:length].tolist()) == ids[:length].tolist()
    for row, ids in seen.items():
        assert ids == characters.ids[characters.offsets[row] : characters.offsets[row + 1]].tolist()
