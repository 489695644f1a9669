"""The curve of a learning-rate range test as text: for a terminal of any kind, without colours."""

import csv
import io
import math

from autotune.training.rate_curve import BELOW_STEEPEST, RateCurve

_HEIGHT = 15
_GUTTER = 10
"""Columns left of the curve: a number of eight characters, a blank, the axis."""
_HIGHEST = 1.25
"""What lies further above the first level is drawn at the upper edge, or a divergence would press the fall flat."""


def rate_plot(curve: RateCurve, width: int) -> list[str]:
    """The smoothed loss over the logarithm of the rate, and below it what its marks mean; ASCII, no line longer than `width`, from 60 on.

    P marks the rate to start with, S the step around which the loss falls fastest, X where the sweep diverged.
    """
    columns = width - _GUTTER
    levels = [level for level in curve.smoothed if math.isfinite(level)]
    canvas = [[" "] * columns for _ in range(_HEIGHT)]
    axis = ["-"] * columns
    for rate in _powers_of_ten(curve):
        axis[_column(curve, rate, columns)] = "+"
    for rate, mark in _marks(curve):
        axis[_column(curve, rate, columns)] = mark
    if curve.proposal is not None:
        for row in canvas:
            row[_column(curve, curve.proposal, columns)] = ":"
    low = min(levels, default=0.0)
    high = min(max(levels, default=1.0), _HIGHEST * levels[0] if levels else 1.0)
    for column, level in _by_column(curve, columns).items():
        share = (high - level) / (high - low) if high > low else 0.5
        canvas[round(max(0.0, share) * (_HEIGHT - 1))][column] = "^" if level > high else "*"
    labels = {0: high, (_HEIGHT - 1) // 2: (low + high) / 2, _HEIGHT - 1: low}
    rows = [f"{labels[number]:8.3g} |" if number in labels else " " * 9 + "|" for number in range(_HEIGHT)]
    lines = [row + "".join(cells) for row, cells in zip(rows, canvas, strict=True)]
    lines += [" " * 9 + "+" + "".join(axis), " " * _GUTTER + _ticks(curve, columns)]
    return [line.rstrip() for line in ["smoothed loss, over the learning rate", *lines, *_legend(curve)]]


def curve_csv(curve: RateCurve) -> str:
    """One line a step: `rate,loss,smoothed`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["rate", "loss", "smoothed"])
    writer.writerows(zip(curve.rates, curve.losses, curve.smoothed, strict=True))
    return text.getvalue()


def _column(curve: RateCurve, rate: float, columns: int) -> int:
    first, last = curve.rates[0], curve.rates[-1]
    if first == last:
        return 0
    share = math.log(rate / first) / math.log(last / first)
    return round(min(max(share, 0.0), 1.0) * (columns - 1))


def _by_column(curve: RateCurve, columns: int) -> dict[int, float]:
    """The mean level of the steps that share a column."""
    levels: dict[int, list[float]] = {}
    for rate, level in zip(curve.rates, curve.smoothed, strict=True):
        if math.isfinite(level):
            levels.setdefault(_column(curve, rate, columns), []).append(level)
    return {column: sum(shared) / len(shared) for column, shared in levels.items()}


def _marks(curve: RateCurve) -> list[tuple[float, str]]:
    """What is marked on the axis; the later ones cover the earlier."""
    marks = [(curve.rates[-1], "X")] if curve.diverged else []
    if curve.steepest is not None and curve.proposal is not None:
        marks += [(curve.rates[curve.steepest], "S"), (curve.proposal, "P")]
    return marks


def _legend(curve: RateCurve) -> list[str]:
    lines = []
    if curve.steepest is not None and curve.proposal is not None:
        lines += [
            f"P  start here: {curve.proposal:g}",
            f"S  steepest fall, around {curve.rates[curve.steepest]:.3g}; P is {BELOW_STEEPEST:g} times below",
        ]
    if curve.diverged:
        lines.append(f"X  diverged at {curve.rates[-1]:.3g}")
    return lines


def _powers_of_ten(curve: RateCurve) -> list[float]:
    first, last = math.ceil(math.log10(curve.rates[0]) - 1e-9), math.floor(math.log10(curve.rates[-1]) + 1e-9)
    return [float(f"1e{power}") for power in range(first, last + 1)]


def _ticks(curve: RateCurve, columns: int) -> str:
    line = ""
    for rate in _powers_of_ten(curve):
        label = f"{rate:g}"
        start = max(0, min(_column(curve, rate, columns) - len(label) // 2, columns - len(label)))
        if not line or start > len(line):
            line = line.ljust(start) + label
    return line
