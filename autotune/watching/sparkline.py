"""A curve in one line of text."""

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-:=+*#"
"""For a terminal that knows no other characters."""


def sparkline(values: Sequence[float], width: int, levels: str = BLOCKS) -> str:
    """The values as bars, the smallest the lowest; of more values than fit, evenly chosen ones, the first and the last among them.

    A value that is no number is a blank; values that are all the same are bars of one middle height.
    """
    if len(values) > width:
        values = [values[round(place * (len(values) - 1) / max(1, width - 1))] for place in range(width)][-width:] if width > 0 else []
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    middle = len(levels) // 2
    return "".join(
        " "
        if not math.isfinite(value)
        else levels[middle if low == high else min(len(levels) - 1, int((value - low) / (high - low) * len(levels)))]
        for value in values
    )


def over_time(points: Sequence[tuple[float, float]], until: float, places: int) -> list[float]:
    """A value that holds until the next one comes, at evenly spaced times.

    Args:
        points: times and values, the times rising.
        until: the time of the last place; the first is that of the first point.

    Returns:
        So many values as there are places; none of no points.
    """
    if not points or places < 1:
        return []
    begin, values, at = points[0][0], [], 0
    for place in range(places):
        # The last one as it is: the sum may be a digit short of it.
        time = until if 0 < place == places - 1 else begin + (until - begin) * place / max(1, places - 1)
        while at + 1 < len(points) and points[at + 1][0] <= time:
            at += 1
        values.append(points[at][1])
    return values
