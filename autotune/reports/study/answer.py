"""The answer before all else: what won, what it is worth, and whether it was worth the search."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autotune.config import Config, Metric, better
from autotune.config_file import write_config
from autotune.reports.study.parts import Answer, Finalist, Result, ValidationPart, Winner
from autotune.reports.summary import Line, counts, expectation, results
from autotune.storage.leaderboard import StudyRow, TrialRow
from autotune.words import brief, sections


def answer(
    study: StudyRow, row: TrialRow | None, winner: Winner | None, baselines: Mapping[str, Any], validation: ValidationPart | None
) -> Answer:
    """What came of the study.

    Args:
        row: the winner as it is stored, or the best trial where no model is left; None: no trial has a score.
        baselines: their scores on the validation texts, by name.
        validation: of the winner's predictions, for the interval of its score.
    """
    metric: Metric = study.plan["metric"]
    if row is None:
        lines = [Line(name, scores[metric], None, None) for name, scores in baselines.items()]
        verdict, beats = "There is no result yet.", None
    else:
        lines = results(study, row, dict(baselines))
        verdict, beats = judgement(metric, lines)
    bounds = None if validation is None else validation.intervals[metric]
    confirmed = study.confirmed if row is not None and study.confirmed and study.confirmed["trial"] == row.number else None
    honest = confirmed if confirmed and confirmed["resplit"] else None
    return Answer(
        counts=counts(study),
        winner=winner,
        results=tuple(
            Result(line.name, line.validation, bounds if place == 0 and row is not None else None, line.test, line.interval, line.ours)
            for place, line in enumerate(lines)
        ),
        expected=None if row is None else expectation(study, row),
        expected_score=honest["score"] if honest else None,
        expected_interval=(honest["low"], honest["high"]) if honest else None,
        finalists=() if confirmed is None else _finalists(confirmed["runs"]),
        verdict=verdict,
        beats=beats,
        test_rows=study.final["rows"] if study.final and any(line.test is not None for line in lines) else None,
    )


def _finalists(runs: Mapping[str, Sequence[float]]) -> tuple[Finalist, ...]:
    return tuple(Finalist(int(trial), tuple(scores), statistics.fmean(scores)) for trial, scores in runs.items())


def winner_part(row: TrialRow, config: Config, folder: Path | None, latency: float | None) -> Winner:
    """What is known of the winner.

    Args:
        folder: of its model; None: that is gone.
        latency: seconds for one text, measured now; None: it was not.
    """
    stored = row.result.get("latency")
    return Winner(
        trial=row.number,
        cause=row.cause,
        brief=brief(config),
        sections=tuple(sections(config)),
        yaml=write_config(config).strip(),
        fingerprint=config.fingerprint,
        best_epoch=row.result.get("best_epoch"),
        epochs=row.result.get("epochs"),
        seconds=row.result.get("seconds"),
        parameters=row.result.get("parameters"),
        size=None if folder is None else sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        latency=latency if latency is not None else stored,
        latency_from="now" if latency is not None else "search" if stored is not None else None,
    )


def judgement(metric: Metric, lines: list[Line]) -> tuple[str, bool | None]:
    """Whether what the search made beats the baselines, in a sentence; compared on the test texts where all were measured there.

    A lead within the interval of the one ahead is not called a win: chance may have done it.
    """
    ours, simple = ([line for line in lines if line.ours == own] for own in (True, False))
    if not simple:
        return "There is no baseline to compare with.", None
    on_test = all(line.test is not None for line in lines)
    made, given = _best(metric, ours, on_test), _best(metric, simple, on_test)
    if made is None or given is None:
        return "There is no score to compare.", None
    split = "test" if on_test else "validation"
    mine, theirs = made[1], given[1]
    against = f"{metric} {mine:.4f} against {theirs:.4f} of {given[0].name} on the {split} texts"
    if not better(metric, mine, theirs):
        return f"It does not beat the baselines: {against}. Use {given[0].name}, or search longer.", False
    name = made[0].name
    if not on_test:
        return f"Ahead of the baselines so far: {against}, on which {name} was chosen: that flatters it.", None
    interval = made[0].interval
    if interval is not None and interval[0] <= theirs <= interval[1]:
        return f"Ahead of the baselines, but not for certain: {name} has {against}; chance alone may do as much on so few texts.", None
    return f"It beats the baselines: {name} has {against}.", True


def _best(metric: Metric, lines: list[Line], on_test: bool) -> tuple[Line, float] | None:
    best: tuple[Line, float] | None = None
    for line in lines:
        value = line.test if on_test else line.validation
        if value is not None and (best is None or better(metric, value, best[1])):
            best = (line, value)
    return best
