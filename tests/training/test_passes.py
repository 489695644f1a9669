import time

import pytest
import torch

from autotune.data.batches import Batches
from autotune.data.tokens import EncodedTexts
from autotune.training.passes import Once, StopAsked, TimeIsUp, UntilDeadline


def batches(batch_size: int) -> Batches:
    return Batches(EncodedTexts(torch.arange(10).int(), torch.arange(11)), torch.zeros(10, dtype=torch.int64), batch_size)


def test_once_gives_the_same_thing_in_every_epoch() -> None:
    loader = Once("everything")
    assert len(loader) == 1
    assert list(loader) == list(loader) == ["everything"]


def test_without_a_deadline_every_batch_comes() -> None:
    assert [batch.rows.tolist() for batch in UntilDeadline(batches(4), None)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_the_batch_in_which_the_deadline_passes_is_the_last() -> None:
    epoch = iter(UntilDeadline(batches(1), time.monotonic() + 0.2))
    next(epoch)
    next(epoch)
    time.sleep(0.3)
    with pytest.raises(TimeIsUp):
        next(epoch)


def test_the_deadline_counts_after_the_last_batch_too() -> None:
    with pytest.raises(TimeIsUp):
        list(UntilDeadline(batches(10), time.monotonic()))


def test_the_batch_after_which_somebody_asks_to_stop_is_the_last() -> None:
    asked: list[bool] = []
    epoch = iter(UntilDeadline(batches(1), None, lambda: bool(asked)))
    next(epoch)
    next(epoch)
    asked.append(True)
    with pytest.raises(StopAsked):
        next(epoch)


def test_the_length_follows_a_batch_that_grows() -> None:
    growing = batches(2)
    epoch = UntilDeadline(growing, None)
    assert len(epoch) == 5
    growing.batch_size = 5
    assert len(epoch) == len(list(epoch)) == 2
