"""The reliability diagram: whether a model that says 90 % is right nine times in ten."""

from markupsafe import Markup

from autotune.reports.study.charts.frame import Frame, element, titled
from autotune.reports.study.parts import ValidationPart


def calibration_chart(part: ValidationPart) -> Markup:
    """Accuracy against confidence in ten bins, the diagonal of a model that knows itself, and how many texts each bin has."""
    frame = Frame(340, 300, (0.0, 1.0), (0.0, 1.0))
    frame.axes("confidence", lambda value: f"{100 * value:.0f} %")
    most = max(one.count for one in part.calibration)
    floor = frame.height - frame.bottom
    for one in part.calibration:
        tall = 60 * one.count / most
        left, right = frame.at_x(one.low) + 1, frame.at_x(one.high) - 1
        tip = f"{one.count} texts with confidence {100 * one.low:.0f} to {100 * one.high:.0f} %"
        frame.add(element("rect", *titled(tip), class_="bar", x=left, y=floor - tall, width=right - left, height=tall))
    frame.line([(0.0, 0.0), (1.0, 1.0)], "reference")
    frame.line([(one.confidence, one.accuracy) for one in part.calibration], "best")
    for one in part.calibration:
        tip = f"{one.count} texts: confidence {one.confidence:.3f}, right {one.accuracy:.3f}"
        frame.dot(one.confidence, one.accuracy, "winner", tip, 4)
    return frame.drawn("Accuracy against confidence in ten bins; the numbers are in the table below")
