"""The curve of a range test as text."""

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.reports.rate_plot import curve_csv, rate_plot
from autotune.training.rate_curve import RateCurve

FALLING = [1.1] * 30 + [1.1 - 0.05 * step for step in range(20)] + [0.1, 0.2, 0.6, 1.5, 9.0]


def curve(losses: list[float], memory: int = 2, factor: float = 1.3) -> RateCurve:
    made = RateCurve(memory)
    for step, loss in enumerate(losses):
        made.add(1e-5 * factor**step, loss)
        if made.diverged:
            break
    return made


def column(line: str, mark: str) -> int:
    assert line.count(mark) == 1
    return line.index(mark)


def test_the_proposal_the_steepest_point_and_the_divergence_are_marked_where_they_are() -> None:
    made = curve(FALLING)
    assert made.diverged
    assert made.proposal is not None
    assert made.steepest is not None
    lines = rate_plot(made, 79)
    axis = next(line for line in lines if "+" in line)
    marks = [column(axis, mark) for mark in "PSX"]
    assert marks == sorted(marks)
    first, last = axis.index("+") + 1, len(axis) - 1  # the axis begins with a corner
    assert marks[2] == last
    for rate, place in zip((made.proposal, made.rates[made.steepest]), marks[:2], strict=True):
        share = math.log(rate / made.rates[0]) / math.log(made.rates[-1] / made.rates[0])
        assert place == pytest.approx(first + share * (last - first), abs=1)
    assert f"P  start here: {made.proposal:g}" in lines
    assert all(len(line) <= 60 for line in rate_plot(made, 60))
    assert any(line.startswith("X  diverged at ") for line in lines)
    dotted = [line for line in lines if ":" in line[10:] and "|" in line]
    assert {line.index(":") for line in dotted} == {marks[0]}


def test_the_curve_starts_high_falls_and_shows_its_numbers() -> None:
    lines = rate_plot(curve(FALLING), 79)
    drawn = [line[10:] for line in lines if line[9:10] == "|"]
    top, bottom = (next(number for number, line in enumerate(rows) if "*" in line) for rows in (drawn, drawn[::-1]))
    assert drawn[top].index("*") == 0
    assert drawn[::-1][bottom].index("*") > 40
    assert float(lines[1].split("|")[0]) >= float(lines[8].split("|")[0]) >= float(lines[15].split("|")[0])
    labels = lines[17].split()
    assert labels == [f"{float(label):g}" for label in labels]
    assert len(labels) >= 4


def test_a_curve_that_never_fell_has_no_marks() -> None:
    lines = rate_plot(curve([1.0] * 40), 79)
    assert not any(mark in line for line in lines for mark in ("P  ", "S  ", "X  "))
    assert sum("*" in line for line in lines) == 1


@given(st.lists(st.floats(0.001, 1e6) | st.just(math.nan) | st.just(math.inf), min_size=1, max_size=250), st.integers(60, 120))
def test_every_curve_can_be_drawn_in_the_width_given_and_in_ascii(losses: list[float], width: int) -> None:
    lines = rate_plot(curve(losses, memory=5, factor=1.06), width)
    assert all(len(line) <= width and line.isascii() for line in lines)


def test_the_csv_holds_every_step_to_the_last_digit() -> None:
    made = curve(FALLING)
    rows = list(csv.DictReader(io.StringIO(curve_csv(made))))
    assert [tuple(float(row[name]) for name in ("rate", "loss", "smoothed")) for row in rows] == list(
        zip(made.rates, made.losses, made.smoothed, strict=True)
    )
