"""The report as one HTML file that needs nothing else: no network, no server, no script to be read.

Words from the data never reach the page but escaped, isolated from the text around them, and with what cannot be seen made visible. The
page's policy allows the one script that is in it, by its hash, and nothing from elsewhere.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from autotune.reports.study import tables
from autotune.reports.study.charts.calibration import calibration_chart
from autotune.reports.study.charts.course import MOST_CURVES, curve_chart, curves, loss_chart, time_chart
from autotune.reports.study.charts.parameters import parallel_chart, parameter_chart
from autotune.reports.study.parts import Report, TipPart
from autotune.reports.study.predictions import CUT
from autotune.reports.study.visible import as_code, cut, visible
from autotune.words import count

_WIDE, _NARROW = 880, 380
_MOST_IN_A_MATRIX = 16
"""Classes; of more the most frequent confusions are listed."""
_LONG_LABEL = 10
"""Characters; columns of a matrix whose labels are longer are numbered, or they would be broken letter by letter."""
_MOST_DECISIONS = 300


def to_html(report: Report) -> str:
    """The whole page."""
    script = _file("report.js")
    winner, validation = report.answer.winner, report.validation
    shown = curves(report)
    known = sum(bool(trial.curve) for trial in report.trials)
    sections = {
        "answer": "The answer",
        "course": "Score against time" if any(trial.score is not None for trial in report.trials) else "",
        "tips": "What mattered" if report.evidence.tips else "",
        "curves": "Learning curves" if shown or report.losses else "",
        "together": "Parameters together" if parallel_chart(report, _WIDE) else "",
        "decisions": "Decisions" if report.decisions else "",
        "mistakes": "Right and wrong" if validation else "",
        "data": "The data" if report.data else "",
        "again": "How to do it again",
    }
    page: str = _template().render(
        report=report,
        winner=winner,
        validation=validation,
        style=Markup(_file("report.css")),
        script=Markup(script),
        script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        contents=[(name, words) for name, words in sections.items() if words],
        tiles=tables.tiles(report),
        finalist_rows=tables.finalist_rows(report.answer.finalists),
        time_chart=_both(lambda width: time_chart(report, width)),
        far_baselines=tables.far_baselines(report),
        beyond=tables.beyond(report),
        failed=tables.failures(report),
        trial_rows=tables.trial_rows(report),
        trials_left=tables.trials_left(report),
        importances=tables.importances(report),
        importance_rows=[(path, f"{share:.3f}") for path, share in tables.importances(report)],
        tips=[(tip, _tip_charts(tip, report)) for tip in report.evidence.tips],
        curve_chart=_both(lambda width: curve_chart(report, width)),
        curves_left=f"Shown are {MOST_CURVES} of {known} trials: the best, and the others evenly." if len(shown) < known else "",
        curve_rows=tables.curve_rows(shown),
        loss_chart=_both(lambda width: loss_chart(report.losses, winner.best_epoch if winner else None, width)),
        loss_rows=[(str(one.epoch), f"{one.train_loss:.4f}", f"{one.validation_loss:.4f}") for one in report.losses],
        parallel_chart=_both(lambda width: parallel_chart(report, width)),
        parallel_head=("trial", *report.evidence.most_important, report.metric),
        parallel_rows=tables.parallel_rows(report),
        decisions=report.decisions[-_MOST_DECISIONS:],
        decision_counts=", ".join(f"{number} {kind}" for kind, number in Counter(one.kind for one in report.decisions).most_common()),
        classes=tables.by_f1(validation.classes) if validation else [],
        matrix=validation is not None and len(validation.classes) <= _MOST_IN_A_MATRIX,
        numbered=validation is not None and max(len(one.label) for one in validation.classes) > _LONG_LABEL,
        calibration_chart=_chart(calibration_chart(validation)) if validation else None,
        calibration_rows=tables.calibration_rows(validation) if validation else [],
        cut=CUT,
    )
    return page


def _tip_charts(tip: TipPart, report: Report) -> list[tuple[str, Markup, tuple[str, ...], Sequence[tuple[str, ...]]]]:
    return [(part.path, _chart(parameter_chart(part, report)), *tables.parameter_table(part, report.metric)) for part in tip.parameters]


def _both(draw: Callable[[float], Markup | None]) -> tuple[Markup, Markup] | None:
    """A chart for wide screens and one for narrow ones, so that letters keep their size."""
    wide, narrow = draw(_WIDE), draw(_NARROW)
    return None if wide is None or narrow is None else (_chart(wide), _chart(narrow))


def _chart(drawing: Markup) -> Markup:
    return Markup(drawing.replace("<svg ", Markup('<svg class="chart" '), 1))


@cache
def _template() -> Any:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "visible": visible,
        "as_code": as_code,
        "shown": _shown,
        "with_code": _with_code,
        "sentence": tables.sentence,
        "sentence_case": lambda words: words[:1].upper() + words[1:],
        "metric": tables.metric_words,
        "score": tables.score,
        "interval": tables.interval,
        "percent": tables.percent,
        "count": count,
        "plain": lambda name: name.replace("_", " "),
        "plain_path": lambda path: path.partition(".")[2].replace("_", " ") or path,
        "changes": tables.change_rows,
    }
    return environment.from_string(_file("report.html"))


def _with_code(words: str) -> Markup:
    """A sentence in which commands stand between backticks."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(words.split("`"))
    )


def _shown(text: str, most: int) -> Markup:
    """Words from the data: whatever direction they run in, what is around them does not."""
    words = cut(visible(text), most)
    return Markup("<bdi>{}</bdi>").format(words) if words else Markup('<span class="soft">(empty)</span>')


def _file(name: str) -> str:
    return (files("autotune.reports.study") / "page" / name).read_text(encoding="utf-8")
