"""Pictures of what the trials show of the parameters: one of each, and the most important ones together."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from autotune.config import Value
from autotune.reports.study.charts.course import focus, kind, thinned, trial_tip
from autotune.reports.study.charts.frame import Frame, drawing, element, label, titled, width_of
from autotune.reports.study.evidence import show
from autotune.reports.study.parts import ParameterPart, Report, TrialPart

MOST_DOTS = 300
MOST_LINES = 200
_ROW = 26
_FEW = 6
"""Values that an axis names one by one."""
_LOG_FROM = 20


def parameter_chart(part: ParameterPart, report: Report) -> Markup:
    """The scores of the trials by the value of a parameter."""
    return _range_chart(part, report) if part.points else _option_chart(part, report)


def _option_chart(part: ParameterPart, report: Report) -> Markup:
    """A row an option: a dot a trial, a bar at the median, how many there are."""
    span = _span(report)
    rows = part.options
    names = [label(show(option.value), 16) for option in rows]
    left = 12 + max(width_of(name) for name in names)
    frame = Frame(340, 46 + _ROW * len(rows), span, (0.0, float(len(rows))), left=left, right=46, top=4, bottom=38)
    frame.axes(report.metric)
    frame.parts = [mark for mark in frame.parts if "grid" not in mark and 'text-anchor="end"' not in mark]
    step = -(-sum(len(option.scores) for option in rows) // MOST_DOTS)
    for place, (option, name) in enumerate(zip(rows, names, strict=True)):
        y = frame.top + _ROW * (place + 0.5)
        won = part.winner is not None and show(part.winner) == show(option.value)
        frame.add(element("line", class_="grid", x1=left, x2=frame.width - frame.right, y1=y, y2=y))
        frame.add(element("text", name, class_="option won" if won else "option", x=left - 8, y=y + 4, text_anchor="end"))
        frame.add(element("text", f"n {len(option.scores)}", class_="tick", x=frame.width - 2, y=y + 4, text_anchor="end"))
        for number, score in enumerate(option.scores[::step]):
            spread = ((number * 0.618) % 1 - 0.5) * (_ROW - 14) if len(option.scores) > 1 else 0.0
            tip = f"{name}: {score:.4f}"
            frame.add(element("circle", *titled(tip), class_="mark done", cx=frame.at_x(score), cy=y + spread, r=3))
        x = frame.at_x(option.median)
        tip = f"{name}: median {option.median:.4f} of {len(option.scores)}"
        frame.add(element("line", *titled(tip), class_="median", x1=x, x2=x, y1=y - 9, y2=y + 9))
    return frame.drawn(f"{report.metric} by {part.path}; the numbers are in the table below")


def _range_chart(part: ParameterPart, report: Report) -> Markup:
    """A dot a trial: the value to the right, the score upwards."""
    values = [value for value, _ in part.points]
    log = part.log and min(values) > 0
    frame = Frame(340, 190, (min(values), max(values)), _span(report), log_x=log)
    frame.axes(part.path)
    step = -(-len(part.points) // MOST_DOTS)
    for value, score in part.points[::step]:
        frame.dot(value, score, "done", f"{show(value)}: {score:.4f}", 3)
    if isinstance(part.winner, int | float) and min(values) <= part.winner <= max(values):
        x = frame.at_x(float(part.winner))
        frame.add(element("line", *titled(f"the winner's: {show(part.winner)}"), class_="reference", x1=x, x2=x, y1=frame.top, y2=150))
    return frame.drawn(f"{report.metric} by {part.path}; the numbers are in the table below")


def parallel_chart(report: Report, width: float) -> Markup | None:
    """A line a trial through its values of the most important parameters and its score; the better, the stronger."""
    paths = report.evidence.most_important[: 6 if width > 500 else 3]
    trials = [trial for trial in report.trials if trial.score is not None]
    if len(paths) < 2 or len(trials) < 2:
        return None
    axes = [_Axis(path, [trial.values[path] for trial in trials]) for path in paths]
    low, high = _span(report)
    height, top, floor, side = 330, 46, 300, 46
    gap = (width - 2 * side) / len(axes)
    parts: list[Markup] = []
    shown = sorted(thinned(trials, MOST_LINES), key=lambda trial: _goodness(trial, report, low, high))
    for trial in shown:
        good = _goodness(trial, report, low, high)
        heights = [axis.place(trial.values[axis.path]) for axis in axes] + [good if report.maximize else 1 - good]
        points = " ".join(f"{side + gap * number:.1f},{floor - share * (floor - top):.1f}" for number, share in enumerate(heights))
        won = " winner" if kind(trial, report) == "winner" else ""
        values = ", ".join(f"{axis.path} {show(trial.values[axis.path])}" for axis in axes)
        tip = f"{trial_tip(trial, report)}: {values}"
        parts.append(element("polyline", *titled(tip), class_=f"mark strand s{min(4, int(5 * good))}{won}", points=points))
    for number, axis in enumerate(axes):
        parts += axis.drawn(side + gap * number, top, floor)
    x = side + gap * len(axes)
    parts.append(element("line", class_="axis", x1=x, x2=x, y1=top, y2=floor))
    parts.append(element("text", report.metric, class_="title", x=x, y=16, text_anchor="middle"))
    for value, y in ((high, top), (low, floor)):
        parts.append(element("text", f"{value:.3f}", class_="tick", x=x, y=y - 6 if y == top else y + 15, text_anchor="middle"))
    title = f"The most important parameters of {len(shown)} trials together, and their scores; the numbers are in the table below"
    return drawing(width, height, title, parts)


class _Axis:
    """One upright axis: many numbers by their size, few values one above the other."""

    def __init__(self, path: str, values: Sequence[Value]) -> None:
        self.path = path
        self.numbers = sorted({float(value) for value in values if isinstance(value, int | float)})
        self.known: list[Value] = sorted(set(values), key=lambda value: (isinstance(value, str), value))
        self.is_range = _FEW < len(self.numbers) == len(self.known)
        self.log = self.is_range and self.numbers[0] > 0 and self.numbers[-1] / self.numbers[0] > _LOG_FROM

    def place(self, value: Value) -> float:
        """From 0 at the foot to 1 at the head."""
        if not self.is_range:
            return (self.known.index(value) + 0.5) / len(self.known)
        low, high, own = (math.log(number) if self.log else number for number in (self.numbers[0], self.numbers[-1], float(value)))
        return (own - low) / (high - low)

    def drawn(self, x: float, top: float, floor: float) -> list[Markup]:
        """The axis with its name and its values."""
        section, _, leaf = self.path.replace("_", " ").partition(".")
        parts = [element("line", class_="axis", x1=x, x2=x, y1=top, y2=floor)]
        parts.append(element("text", section, class_="tick", x=x, y=14, text_anchor="middle"))
        parts.append(element("text", leaf, class_="title", x=x, y=29, text_anchor="middle"))
        ticks = [self.known[0], self.known[-1]] if self.is_range else self.known
        for value in ticks:
            y = floor - self.place(value) * (floor - top)
            words = label(show(value), 12)
            parts.append(element("text", words, class_="tick halo", x=x + 6, y=y + 4))
        return parts


def _goodness(trial: TrialPart, report: Report, low: float, high: float) -> float:
    share = min(max(((trial.score or 0.0) - low) / (high - low), 0.0), 1.0)
    return share if report.maximize else 1 - share


def _span(report: Report) -> tuple[float, float]:
    return focus([trial.score for trial in report.trials if trial.score is not None], report.maximize, [])
