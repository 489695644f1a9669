"""The numbers of a report as rows of cells, for the page and for Markdown alike."""

from collections import Counter
from collections.abc import Sequence

from autotune.reports.study.charts.course import focus
from autotune.reports.study.evidence import show
from autotune.reports.study.parts import Change, ClassScores, Finalist, ParameterPart, Report, TrialPart, ValidationPart
from autotune.reports.study.visible import cut, visible
from autotune.storage.records import CUT_OFF
from autotune.words import count, duration, size

MOST_ROWS = 300
_MOST_OF_A_CAUSE = 80
_MOST_CAUSES = 3
_MOST_VALUES = 100
Rows = list[tuple[str, ...]]

_METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1", "log_loss": "log loss"}


def metric_words(metric: str) -> str:
    """The metric in words."""
    return _METRICS.get(metric, metric)


def sentence(words: str) -> str:
    """With a capital at its beginning and a full stop at its end."""
    words = words.strip()
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '!', '?')) else '.'}"


def score(value: float | None, form: str = "%.4f") -> str:
    """A number; nothing where there is none."""
    return "" if value is None else form % value


def interval(bounds: tuple[float, float] | None) -> str:
    """`0.8349 to 0.8917`."""
    return "" if bounds is None else f"{bounds[0]:.4f} to {bounds[1]:.4f}"


def percent(share: float) -> str:
    """`12 %`; a share that is nearly nothing is not called nothing."""
    return f"{100 * share:.0f} %" if share >= 0.005 or share == 0 else "below 1 %"


def tiles(report: Report) -> list[tuple[str, str, str]]:
    """The numbers that one asks for first: a name, the value (empty: not measured), and how to read it."""
    winner = report.answer.winner
    if winner is None:
        return []
    line, metric = report.answer.results[0], metric_words(report.metric)
    ended = f"{count(winner.epochs, 'epoch')}, best after {winner.best_epoch}" if winner.epochs and winner.best_epoch else ""
    how = {"now": "a text, one thread; measured now", "search": "a text, one thread; measured in the search", None: ""}[winner.latency_from]
    return [
        (f"validation {metric}", score(line.validation), interval(line.validation_interval)),
        (f"test {metric}", score(line.test), interval(line.test_interval)),
        ("on new texts", score(report.answer.expected_score), _expected(report)),
        ("training", duration(winner.seconds) if winner.seconds else "", ended),
        ("size on disk", size(winner.size) if winner.size else "", f"{winner.parameters:,} parameters" if winner.parameters else ""),
        ("latency", f"{1000 * winner.latency:.2g} ms" if winner.latency else "", how),
    ]


def _expected(report: Report) -> str:
    bounds = report.answer.expected_interval
    return "not trained again on other splits" if bounds is None else f"{interval(bounds)}, expected"


def finalist_rows(finalists: Sequence[Finalist]) -> Rows:
    """The trials that were trained again, in the order of their ranks as trials."""
    return [(str(one.trial), " ".join(score(value) for value in one.scores), score(one.mean)) for one in finalists]


def far_baselines(report: Report) -> str:
    """The baselines that lie beyond the picture of score against time."""
    scores = [trial.score for trial in report.trials if trial.score is not None]
    known = [(line.name, line.validation) for line in report.answer.results if not line.ours and line.validation is not None]
    if not scores:
        return ""
    low, high = focus(scores, report.maximize, [value for _, value in known])
    return ", ".join(f"{name} ({value:.4f})" for name, value in known if not low <= value <= high)


def beyond(report: Report) -> str:
    """A sentence on the trials that are too poor for the picture of score against time."""
    scores = [trial.score for trial in report.trials if trial.score is not None]
    if not scores:
        return ""
    low, high = focus(scores, report.maximize, [])
    number = sum(not low <= value <= high for value in scores)
    return f"{count(number, 'poor trial')} stand{'s' if number == 1 else ''} at the edge." if number else ""


def failures(report: Report) -> str:
    """The trials without a score, by cause; those that run are no failures."""
    without = [trial for trial in report.trials if trial.score is None]
    causes = Counter(ending(trial) for trial in without if trial.state in ("fail", "pruned")).most_common()
    parts = [f"{number} without a score ({cause})" for cause, number in causes[:_MOST_CAUSES]]
    if others := sum(number for _, number in causes[_MOST_CAUSES:]):
        parts.append(f"{others} for other causes")
    if running := sum(trial.state in ("running", "waiting") for trial in without):
        parts.append(f"{running} that run or wait")
    return ", ".join(parts)


def trial_rows(report: Report) -> Rows:
    """All trials, the best first, those without a score last; at most `MOST_ROWS`."""
    ranked = sorted(report.trials, key=lambda trial: (trial.score is None, (trial.score or 0.0) * (-1 if report.maximize else 1)))
    return [
        (
            str(trial.number),
            score(trial.score),
            "" if trial.ended is None else duration(trial.ended),
            ending(trial),
            "" if trial.best_epoch is None else str(trial.best_epoch),
            score(trial.seconds, "%.1f"),
        )
        for trial in ranked[:MOST_ROWS]
    ]


def trials_left(report: Report) -> str:
    """A sentence where the table has not all trials."""
    return f"The best {MOST_ROWS} of {len(report.trials):,}." if len(report.trials) > MOST_ROWS else ""


def ending(trial: TrialPart) -> str:
    """Why a trial ended."""
    return "out of time" if trial.cause == CUT_OFF else cut(visible(trial.cause), _MOST_OF_A_CAUSE) or trial.state


def importances(report: Report) -> list[tuple[str, float]]:
    """Parameters and their shares, the largest first."""
    parts = [part for tip in report.evidence.tips for part in tip.parameters]
    known = [(part.path, part.importance) for part in parts if part.importance is not None]
    return sorted(known, key=lambda pair: -pair[1]) if any(share > 0 for _, share in known) else []


def parameter_table(part: ParameterPart, metric: str) -> tuple[tuple[str, ...], Rows]:
    """Head and rows on one parameter."""
    if part.points:
        return ("value", metric), [(show(value), f"{own:.4f}") for value, own in sorted(part.points)[:_MOST_VALUES]]
    rows: Rows = [
        (show(one.value), str(len(one.scores)), f"{one.median:.4f}", f"{one.scores[0]:.4f}", f"{one.scores[-1]:.4f}")
        for one in part.options
    ]
    return ("value", "trials", "median", "best", "worst"), rows


def change_rows(changes: Sequence[Change]) -> Rows:
    """The lines of an ablation on one tip."""
    return [
        (
            one.change,
            "" if one.difference is None else f"{one.difference:+.4f}",
            ""
            if one.difference is None or one.half_width is None
            else interval((one.difference - one.half_width, one.difference + one.half_width)),
            one.certainty,
            str(one.seeds),
            str(one.failed or ""),
        )
        for one in changes
    ]


def _around(mean: float | None, half: float | None) -> str:
    return "" if mean is None or half is None else f"{mean - half:+.4f} to {mean + half:+.4f}"


def curve_rows(trials: Sequence[TrialPart]) -> Rows:
    """The curves, a line a trial."""
    return [
        (str(trial.number), ending(trial), str(len(trial.curve)), " ".join(f"{value:.3f}" for _, value in trial.curve)) for trial in trials
    ]


def parallel_rows(report: Report) -> Rows:
    """The values of the most important parameters, a line a trial, the best first."""
    scored = [trial for trial in report.trials if trial.score is not None]
    scored.sort(key=lambda trial: (trial.score or 0.0) * (-1 if report.maximize else 1))
    paths = report.evidence.most_important
    return [(str(trial.number), *(show(trial.values[path]) for path in paths), score(trial.score)) for trial in scored[:MOST_ROWS]]


def by_f1(classes: Sequence[ClassScores]) -> list[ClassScores]:
    """The classes that need most attention first; those that neither occur nor are predicted last."""
    return sorted(classes, key=lambda one: (one.f1 is None, one.f1 or 0.0, -one.count))


def calibration_rows(part: ValidationPart) -> Rows:
    """The bins of the reliability diagram."""
    return [
        (f"{100 * one.low:.0f} to {100 * one.high:.0f} %", str(one.count), f"{one.confidence:.3f}", f"{one.accuracy:.3f}")
        for one in part.calibration
    ]
