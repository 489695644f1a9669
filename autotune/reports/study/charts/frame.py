"""What all charts share: elements, scales with round ticks, and a frame with axes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from autotune.reports.study.visible import visible

Range = tuple[float, float]

_LETTER = 6.3
"""Width of a letter in the charts' font, about."""


def element(name: str, *children: Markup | str, **attributes: object) -> Markup:
    """One element; text and attribute values are escaped. `class_` is written `class`, other `_` become `-`; None leaves one out."""
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _number(value))
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, Markup("").join(escape(child) for child in children))


def _number(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def label(text: str, most: int = 40) -> str:
    """Words from the data for a chart: on one line, cut, nothing in them that acts."""
    words = visible(text) or "(empty)"
    return words if len(words) <= most else f"{words[: most - 1]}…"


def width_of(text: str) -> float:
    """Of a text in a chart, about; letters of full width count twice."""
    return _LETTER * sum(2 if ord(letter) >= 0x2E80 else 1 for letter in text)


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """At most so many round numbers from `low` to `high`, evenly spaced."""
    span = high - low
    if span <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(step * power for step in (1, 2, 5, 10, 20) if span / (step * power) <= most)
    first = math.ceil(low / step - 1e-9)
    return [float(f"{number * step:.10g}") for number in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten from `low` to `high`, with 2 and 5 times them where they are few; the ends where there are none."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 2, 5)):
        ticks = [float(f"{factor}e{power}") for power in powers for factor in factors]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(ticks) >= 3:
            return ticks
    return ticks or [low, high]


@dataclass
class Frame:
    """A drawing area with a horizontal and a vertical axis.

    Args:
        x, y: what the axes span, in the data's terms; y grows upwards.
        left, right, top, bottom: margins.
        log_x: whether the horizontal axis is logarithmic.
    """

    width: float
    height: float
    x: Range
    y: Range
    left: float = 52
    right: float = 14
    top: float = 12
    bottom: float = 40
    log_x: bool = False
    parts: list[Markup] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.x, self.y = _opened(self.x, self.log_x), _opened(self.y, False)

    def at_x(self, value: float) -> float:
        """Where a value is, from the left."""
        low, high = self.x
        if self.log_x:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low * 1e-3))
        return self.left + (min(max(value, low), high) - low) / (high - low) * (self.width - self.left - self.right)

    def at_y(self, value: float) -> float:
        """Where a value is, from the top."""
        low, high = self.y
        return self.height - self.bottom - (min(max(value, low), high) - low) / (high - low) * (self.height - self.top - self.bottom)

    def add(self, *parts: Markup) -> None:
        """Draws on top of what is there."""
        self.parts.extend(parts)

    def axes(
        self, x_title: str, x_label: Callable[[float], str] = lambda value: f"{value:g}", x_ticks: Sequence[float] | None = None
    ) -> None:
        """Grid lines, numbers and what the horizontal axis is; what the vertical one is stands in the caption."""
        right, floor = self.width - self.right, self.height - self.bottom
        for tick in round_ticks(*self.y, 6):
            y = self.at_y(tick)
            self.add(element("line", class_="grid", x1=self.left, x2=right, y1=y, y2=y))
            self.add(element("text", f"{tick:g}", class_="tick", x=self.left - 6, y=y + 4, text_anchor="end"))
        if x_ticks is None:
            x_ticks = log_ticks(*self.x) if self.log_x else round_ticks(*self.x, max(5, int((self.width - self.left) / 80)))
        last = -1e9
        for tick in x_ticks:
            x, words = self.at_x(tick), x_label(tick)
            half = width_of(words) / 2
            if x - half < last + 6:
                continue
            last = x + half
            self.add(element("line", class_="axis", x1=x, x2=x, y1=floor, y2=floor + 4))
            self.add(element("text", words, class_="tick", x=min(x, self.width - half), y=floor + 17, text_anchor="middle"))
        self.add(element("line", class_="axis", x1=self.left, x2=right, y1=floor, y2=floor))
        middle = (self.left + right) / 2
        self.add(element("text", x_title, class_="title", x=middle, y=self.height - 5, text_anchor="middle"))

    def line(self, points: Sequence[tuple[float, float]], class_: str, tip: str | None = None) -> None:
        """A line through points in the data's terms."""
        path = " ".join(f"{self.at_x(x):.1f},{self.at_y(y):.1f}" for x, y in points)
        self.add(element("polyline", *titled(tip), class_=class_, points=path))

    def dot(self, x: float, y: float, class_: str, tip: str, radius: float = 4) -> None:
        """A circle at a point in the data's terms, with what it stands for."""
        self.add(element("circle", *titled(tip), class_=f"mark {class_}", cx=self.at_x(x), cy=self.at_y(y), r=radius))

    def cross(self, x: float, y: float, class_: str, tip: str, radius: float = 3.5) -> None:
        """A cross likewise."""
        self.add(cross(self.at_x(x), self.at_y(y), class_, tip, radius))

    def drawn(self, title: str) -> Markup:
        """The whole picture, with words in its place for those who do not see it."""
        return drawing(self.width, self.height, title, self.parts)


def cross(x: float, y: float, class_: str, tip: str, radius: float = 3.5) -> Markup:
    """A cross at a place of the picture."""
    path = f"M{x - radius:.1f} {y - radius:.1f}l{2 * radius} {2 * radius}m0 {-2 * radius}l{-2 * radius} {2 * radius}"
    return element("path", *titled(tip), class_=f"mark cross {class_}", d=path)


def titled(tip: str | None) -> tuple[Markup, ...]:
    """What the pointer shows."""
    return () if tip is None else (element("title", tip),)


def drawing(width: float, height: float, title: str, parts: Sequence[Markup]) -> Markup:
    """An SVG picture with words in its place for those who do not see it."""
    return element("svg", *parts, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=title, style=f"max-width:{1.25 * width:g}px")


def _opened(span: Range, log: bool) -> Range:
    """A range that is not empty."""
    low, high = span
    if low < high:
        return span
    if log:
        return low / 2, high * 2
    wider = abs(low) * 0.05 or 0.5
    return low - wider, high + wider
