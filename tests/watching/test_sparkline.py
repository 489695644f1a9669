import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.watching.sparkline import ASCII, BLOCKS, over_time, sparkline

NUMBERS = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40)


@given(NUMBERS, st.integers(0, 30))
def test_a_curve_never_takes_more_room_than_it_has(values: list[float], width: int) -> None:
    drawn = sparkline(values, width)
    assert len(drawn) == min(len(values), width)
    assert set(drawn) <= {*BLOCKS, " "}


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20), st.floats(0.1, 10))
def test_the_scale_is_that_of_the_values(values: list[float], factor: float) -> None:
    drawn = sparkline(values, 20)
    if max(values) > min(values):
        assert drawn[values.index(min(values))] == BLOCKS[0]
        assert drawn[values.index(max(values))] == BLOCKS[-1]


def test_curves() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == BLOCKS
    assert sparkline([0, 7], 8, ASCII) == "_#"
    assert sparkline([3, 3], 8) == BLOCKS[4] * 2
    assert sparkline([0, math.nan, 1], 8) == f"{BLOCKS[0]} {BLOCKS[-1]}"
    assert sparkline(range(100), 3) == f"{BLOCKS[0]}{BLOCKS[4]}{BLOCKS[-1]}"


def test_a_value_holds_until_the_next_one() -> None:
    points = [(10.0, 0.5), (12.0, 0.6), (19.0, 0.9)]
    assert over_time(points, 20.0, 11) == [0.5, 0.5, *[0.6] * 7, 0.9, 0.9]
    assert over_time(points, 20.0, 1) == [0.5]
    assert over_time([], 20.0, 5) == over_time(points, 20.0, 0) == []


@given(st.lists(st.floats(0, 100), min_size=1, max_size=10, unique=True), st.integers(2, 30))
def test_the_last_place_is_the_last_value(times: list[float], places: int) -> None:
    points = [(time, float(number)) for number, time in enumerate(sorted(times))]
    values = over_time(points, 100.0, places)
    assert len(values) == places
    assert values == sorted(values)
    assert values[-1] == pytest.approx(points[-1][1])
