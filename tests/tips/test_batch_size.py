import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.sections import BatchSize
from autotune.tips.batch_size import BatchSizes


def sizes(losses: list[float], rows: int, **settings: Any) -> list[int]:
    """The size of each epoch, and of one more, when these are the validation losses."""
    schedule = BatchSizes(BatchSize(**settings), rows)
    found = [schedule.current]
    for loss in losses:
        schedule.epoch_ended(loss)
        found.append(schedule.current)
    return found


@pytest.mark.parametrize(("initial", "rows", "size"), [(32, 100, 32), (32, 20, 20), (1, 100, 1), ("full", 100, 100), (100, 100, 100)])
def test_texts_per_step(initial: Any, rows: int, size: int) -> None:
    assert sizes([1.0] * 9, rows, initial=initial) == [size] * 10


@pytest.mark.parametrize(
    ("settings", "rows", "expected"),
    [
        ({"growth_epochs": 1}, 10_000, [16, 32, 64, 128, 256, 512, 1024, 1024]),
        ({"growth_epochs": 3}, 10_000, [16, 16, 16, 32, 32, 32, 64, 64]),
        ({"growth_epochs": 2, "growth_factor": 4}, 10_000, [16, 16, 64, 64, 256, 256, 1024, 1024]),
        ({"growth_epochs": 1, "ceiling": 50}, 10_000, [16, 32, 50, 50, 50, 50, 50, 50]),
        ({"growth_epochs": 1}, 100, [16, 32, 64, 100, 100, 100, 100, 100]),
        ({"growth_epochs": 1, "ceiling": 8}, 100, [16, 16, 16, 16, 16, 16, 16, 16]),
        ({"growth_epochs": 1, "initial": 1, "growth_factor": 1.2}, 100, [1, 1, 1, 2, 2, 2, 3, 4]),
        ({"growth_epochs": 8}, 100, [16] * 8),
        ({"growth_epochs": 1, "initial": "full"}, 100, [100] * 8),
    ],
    ids=str,
)
def test_growth_every_few_epochs(settings: dict[str, Any], rows: int, expected: list[int]) -> None:
    assert sizes([1.0] * 7, rows, growth="epochs", **{"initial": 16, **settings}) == expected


@pytest.mark.parametrize(
    ("patience", "expected"),
    [
        (0, [8, 8, 8, 16, 32, 32, 64, 128, 128]),
        (1, [8, 8, 8, 8, 16, 16, 16, 32, 32]),
        (2, [8, 8, 8, 8, 8, 8, 8, 8, 8]),
    ],
)
def test_growth_when_the_loss_stops_falling(patience: int, expected: list[int]) -> None:
    losses = [1.0, 0.8, 0.8, 0.9, 0.7, math.nan, 0.7, 0.6]
    assert sizes(losses, 10_000, initial=8, growth="plateau", growth_patience=patience) == expected


@given(st.data())
def test_batches_never_shrink_nor_exceed_ceiling_and_texts(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 3000))
    settings = {
        "initial": data.draw(st.one_of(st.integers(1, 3000), st.just("full"))),
        "growth": data.draw(st.sampled_from(["none", "epochs", "plateau"])),
        "growth_factor": data.draw(st.floats(1.01, 1000)),
        "growth_epochs": data.draw(st.integers(1, 4)),
        "growth_patience": data.draw(st.integers(0, 2)),
        "ceiling": data.draw(st.integers(1, 3000)),
    }
    found = sizes(data.draw(st.lists(st.floats(0, 9), max_size=30)), rows, **settings)
    start = rows if settings["initial"] == "full" else min(settings["initial"], rows)
    assert found == sorted(found)
    assert found[0] == start
    assert found[-1] <= min(rows, max(start, settings["ceiling"]))


def test_whether_there_is_room_to_grow() -> None:
    assert BatchSizes(BatchSize(growth="epochs"), 100).can_grow
    assert not BatchSizes(BatchSize(growth="none"), 100).can_grow
    assert not BatchSizes(BatchSize(growth="epochs", ceiling=32), 100).can_grow
    assert not BatchSizes(BatchSize(growth="plateau", initial="full"), 100).can_grow
