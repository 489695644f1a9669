"""Pictures of a search as it went: score against time, and the learning curves."""

import statistics
from collections.abc import Sequence

from markupsafe import Markup

from autotune.reports.study.charts.frame import Frame, Range, element, label, round_ticks, titled
from autotune.reports.study.parts import LossPoint, Report, TrialPart
from autotune.storage.records import CUT_OFF
from autotune.words import duration

MOST_POINTS = 600
MOST_CURVES = 60
_WORST_SHOWN = 0.1
"""The worst tenth of the scores may lie beyond the edge, or one trial that failed to learn would press all others flat."""


def time_chart(report: Report, width: float) -> Markup | None:
    """Every trial's score when it ended, the best so far, and the baselines."""
    trials = thinned([trial for trial in report.trials if trial.score is not None], MOST_POINTS)
    if not trials:
        return None
    scores = [trial.score for trial in trials if trial.score is not None]
    baselines = [(line.name, line.validation) for line in report.answer.results if not line.ours and line.validation is not None]
    span = focus(scores, report.maximize, [value for _, value in baselines])
    end = max((trial.ended or 0.0) for trial in trials) or 1.0
    frame = Frame(width, 320 if width > 500 else 280, (0.0, end), span)
    frame.axes("time searched", duration, _time_ticks(end, 4 if width < 500 else 7))
    for name, value in baselines:
        if span[0] <= value <= span[1]:
            _baseline(frame, label(name, int((width - 90) / 7)), value)
    leaders = sorted((trial.ended or 0.0, trial.number, trial.score) for trial in trials if trial.leads and trial.score is not None)
    steps: list[tuple[float, float]] = []
    for ended, _, score in leaders:
        steps += [(ended, steps[-1][1])] if steps else []
        steps.append((ended, score))
    if steps:
        frame.line([*steps, (end, steps[-1][1])], "best")
    for trial in _winner_last(trials, report):
        assert trial.score is not None
        draw = frame.cross if is_stopped(trial) else frame.dot
        draw(trial.ended or 0.0, trial.score, kind(trial, report), trial_tip(trial, report))
    return frame.drawn(f"Score of {len(trials)} trials against the time searched; the numbers are in the table below")


def curve_chart(report: Report, width: float) -> Markup | None:
    """The metric after each epoch, a line a trial; a cross where one was stopped."""
    shown = curves(report)
    if not shown:
        return None
    values = [value for trial in shown for _, value in trial.curve]
    last = max(epoch for trial in shown for epoch, _ in trial.curve)
    frame = Frame(width, 320 if width > 500 else 280, (1.0, float(max(last, 2))), focus(values, report.maximize, []))
    frame.axes("epoch", x_ticks=_whole_ticks(last))
    shown = _winner_last(shown, report)
    for trial in shown:
        frame.line([(float(epoch), value) for epoch, value in trial.curve], f"curve {kind(trial, report)}", trial_tip(trial, report))
    for trial in shown:
        epoch, value = trial.curve[-1]
        if is_stopped(trial):
            frame.cross(float(epoch), value, kind(trial, report), f"{trial_tip(trial, report)}; stopped after epoch {epoch}")
        elif len(trial.curve) == 1 or kind(trial, report) == "winner":
            best = next((point for point in trial.curve if point[0] == trial.best_epoch), trial.curve[-1])
            frame.dot(float(best[0]), best[1], kind(trial, report), f"{trial_tip(trial, report)}; best after epoch {best[0]}")
    return frame.drawn(f"{report.metric} after each epoch of {len(shown)} trials; the numbers are in the table below")


def loss_chart(points: Sequence[LossPoint], best: int | None, width: float) -> Markup | None:
    """Training and validation loss of the winner."""
    if not points:
        return None
    values = [value for point in points for value in (point.train_loss, point.validation_loss)]
    frame = Frame(width, 240, (1.0, float(max(points[-1].epoch, 2))), (min(values), max(values)))
    frame.axes("epoch", x_ticks=_whole_ticks(points[-1].epoch))
    for name, place in (("train", 1), ("validation", 2)):
        series = [(float(point.epoch), (point.train_loss, point.validation_loss)[place - 1]) for point in points]
        frame.line(series, f"loss-{name}")
        for epoch, value in series:
            frame.dot(epoch, value, f"loss-{name}", f"epoch {epoch:g}: {name} loss {value:.4f} nats", 3)
    if best is not None:
        x = frame.at_x(float(best))
        frame.add(element("line", class_="reference", x1=x, x2=x, y1=frame.top, y2=frame.height - frame.bottom))
        anchor = "start" if x < frame.width / 2 else "end"
        frame.add(
            element("text", "best epoch", class_="note", x=x + (5 if anchor == "start" else -5), y=frame.top + 10, text_anchor=anchor)
        )
    return frame.drawn(f"Training and validation loss of the winner over {len(points)} epochs; the numbers are in the table below")


def curves(report: Report) -> list[TrialPart]:
    """The trials whose curves are drawn: all, or where they are very many the better half of the room for the best, the rest evenly."""
    known = [trial for trial in report.trials if trial.curve]
    if len(known) <= MOST_CURVES:
        return known
    ranked = sorted(known, key=lambda trial: (trial.score is None, _rank(trial, report)))
    best = ranked[: MOST_CURVES // 2]
    return best + thinned(ranked[MOST_CURVES // 2 :], MOST_CURVES - len(best))


def _winner_last(trials: Sequence[TrialPart], report: Report) -> list[TrialPart]:
    """Nothing is drawn over the winner."""
    return sorted(trials, key=lambda trial: kind(trial, report) == "winner")


def _rank(trial: TrialPart, report: Report) -> float:
    return (trial.score or 0.0) * (-1 if report.maximize else 1)


def thinned(trials: Sequence[TrialPart], most: int) -> list[TrialPart]:
    """At most about so many, evenly spaced; those that were the best so far stay."""
    step = -(-len(trials) // most) if trials else 1
    return [trial for place, trial in enumerate(trials) if place % step == 0 or trial.leads]


def kind(trial: TrialPart, report: Report) -> str:
    """The class that colours a trial."""
    if report.answer.winner is not None and trial.number == report.answer.winner.trial:
        return "winner"
    return "stopped" if is_stopped(trial) else "done"


def is_stopped(trial: TrialPart) -> bool:
    """Whether others were better, or the end of the budget cut it off."""
    return trial.state == "pruned"


def trial_tip(trial: TrialPart, report: Report) -> str:
    """One trial in a line."""
    score = f"{report.metric} {trial.score:.4f}" if trial.score is not None else "no score yet"
    cause = "cut off by the end of the budget" if trial.cause == CUT_OFF else label(trial.cause or trial.state)
    return f"trial {trial.number}: {score} ({cause})"


def focus(values: Sequence[float], maximize: bool, others: Sequence[float]) -> Range:
    """What an axis of scores spans: the worst of them may be beyond, and of other values those that are near."""
    ordered = sorted(values, reverse=maximize)
    best, worst = ordered[0], ordered[min(len(ordered) - 1, int((1 - _WORST_SHOWN) * len(ordered)))]
    middle = statistics.median(ordered)
    reach = max(abs(best - worst), 2 * abs(best - middle), 0.002)
    nearest = min(others, key=lambda value: abs(value - best), default=best)  # whether trials are above it is what is asked
    near = [value for value in others if abs(value - best) <= 1.5 * reach or value == nearest]
    low, high = min([best, worst, *near]), max([best, worst, *near])
    room = 0.06 * (high - low) or 0.01
    return low - room, high + room


def _baseline(frame: Frame, name: str, value: float) -> None:
    y, right = frame.at_y(value), frame.width - frame.right
    frame.add(element("line", *titled(f"{name}: {value:.4f}"), class_="baseline", x1=frame.left, x2=right, y1=y, y2=y))
    frame.add(element("text", name, class_="note halo", x=right - 2, y=y - 5, text_anchor="end"))


def _whole_ticks(last: int) -> list[float]:
    return [tick for tick in round_ticks(1, max(last, 2), 8) if tick == int(tick)]


def _time_ticks(end: float, most: int) -> list[float]:
    steps = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400)
    step = next((step for step in steps if end / step <= most), 86400 * max(1, round(end / 86400 / most)))
    return [float(step * number) for number in range(int(end / step) + 1)]
