"""What a search leaves in the dashboard: a note with the best configuration, and the curves of the best trials."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from autotune.config import Metric
from autotune.config_file import read_config, write_config
from autotune.reports.summary import counts, expectation, results, verdict
from autotune.storage.facts import read_curve
from autotune.storage.leaderboard import StudyRow, TrialRow, model_folder, read_study
from autotune.storage.notes import Edit, write_notes
from autotune.storage.records import CurvePoint
from autotune.storage.trials import read_trial
from autotune.words import brief

BEST = 3
"""So many trials get a graph, and a note with their curve."""

_RANKS = ("the best", "the second", "the third")  # the dashboard shows graphs in any order

_HEADING = "## autotune"
_END = "*autotune writes this part anew when a search ends; what stands below it stays.*"


def leave_notes(engine: Engine, name: str, folder: Path, baselines: dict[str, dict[Metric, float]]) -> str | None:
    """Writes the note on a study and the curves of its best trials; what others wrote into the notes stays.

    Whatever goes wrong here must not take a search's result with it: a sentence on it is given back.

    Args:
        folder: of the study.
        baselines: validation scores of the simple models, by name.
    """
    try:
        _leave_notes(engine, name, folder, baselines)
    except Exception as problem:
        return f"the notes for the dashboard could not be written: {(str(problem) or type(problem).__name__).splitlines()[0]}"
    return None


def _leave_notes(engine: Engine, name: str, folder: Path, baselines: dict[str, dict[Metric, float]]) -> None:
    with engine.connect() as connection:
        study = read_study(connection, name)
        best = study.ranked()[:BEST]
        curves = {trial.number: read_curve(connection, name, trial.number) for trial in best}
        values = {trial.number: read_trial(connection, name, trial.number).values for trial in best if not curves[trial.number]}
    metric = study.plan["metric"]
    graphs = {}
    for rank, trial in enumerate(best, 1):
        series = _series(curves[trial.number], metric) if curves[trial.number] else {metric: values[trial.number]}
        graphs[f"learning-curve-{rank}"] = _figure(f"trial {trial.number}, {_RANKS[rank - 1]}: {_score(trial, metric)}", series, metric)
    on_trials = {trial.number: _part(_curve_table(trial, curves[trial.number], metric)) for trial in best if curves[trial.number]}
    write_notes(engine, name, _part(study_note(study, folder, baselines)), on_trials, graphs)


def study_note(study: StudyRow, folder: Path, baselines: dict[str, dict[Metric, float]]) -> str:
    """What won, against what, and its configuration as a file that `autotune train` reads; in Markdown."""
    winner = study.kept(folder)
    head = f"{counts(study)}."
    if winner is None:
        return f"{head} There is no result yet."
    metric: Metric = study.plan["metric"]
    lines = results(study, winner, baselines)
    tested = f"test ({study.final['rows']:,} texts)" if lines[0].test is not None and study.final else "test"
    rows = [f"| {metric} | validation | {tested} |", "|---|---|---|"]
    for line in lines:
        bounds = f" (95 % interval {line.interval[0]:.4f} to {line.interval[1]:.4f})" if line.interval else ""
        rows.append(f"| {line.name} | {_number(line.validation)} | {_number(line.test)}{bounds} |")
    warning = verdict(metric, lines)
    config = read_config(model_folder(folder, winner.number) / "config.yaml")
    parts = [
        head,
        "\n".join(rows),
        _sentence(expectation(study, winner)),
        _other_best(study, winner),
        f"**The baseline wins**: {warning}." if warning else "",
        f"Best configuration (trial {winner.number}: {brief(config)}):",
        f"```yaml\n{write_config(config, explained=False).strip()}\n```",  # the dashboard cuts long lines off
    ]
    return "\n\n".join(filter(None, parts))


def _other_best(study: StudyRow, winner: TrialRow) -> str:
    """Why the dashboard calls another trial the best, where it does."""
    theirs = next((trial for trial in study.ranked() if trial.state == "COMPLETE"), None)
    if theirs is None or theirs.number == winner.number:
        return ""
    also = f"The dashboard calls trial {theirs.number} the best"
    if winner.state != "COMPLETE":
        return f"{also}: it looks at complete trials alone, and trial {winner.number} was stopped before its end."
    if study.confirmed is not None and study.confirmed["trial"] == winner.number:
        return f"{also}, by its score as a trial; trial {winner.number} won when the best were trained again."
    return f"{also}, whose model is not there any more."


def _sentence(text: str | None) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _part(content: str) -> Edit:
    """Our part of a note, in the place of the one that was there, else above what others wrote."""
    ours = f"{_HEADING}\n\n{content}\n\n{_END}"

    def edit(note: str) -> str:
        before, heading, rest = note.partition(_HEADING)
        _, end, after = rest.partition(_END)
        if heading and end:
            return before + ours + after
        return f"{ours}\n\n{note}" if note else ours

    return edit


def _curve_table(trial: TrialRow, curve: list[CurvePoint], metric: str) -> str:
    rows = ["| epoch | train loss | validation loss | accuracy | macro F1 | log loss |", "|---|---|---|---|---|---|"]
    for point in curve:
        cells = (point.train_loss, point.validation_loss, point.accuracy, point.macro_f1, point.log_loss)
        mark = "**" if point.epoch == trial.result.get("best_epoch") else ""
        rows.append(" | ".join([f"| {mark}{point.epoch}{mark}", *(f"{cell:.4f}" for cell in cells)]) + " |")
    return f"{_score(trial, metric)}\n\n" + "\n".join(rows)


def _score(trial: TrialRow, metric: str) -> str:
    return f"{metric} {trial.score:.4f} after epoch {trial.result.get('best_epoch', '?')}"


def _series(curve: list[CurvePoint], metric: str) -> dict[str, dict[int, float]]:
    series = {
        "train loss": {point.epoch: point.train_loss for point in curve},
        "validation loss": {point.epoch: point.validation_loss for point in curve},
    }
    return series if metric == "log_loss" else {**series, metric: {point.epoch: getattr(point, metric) for point in curve}}


def _figure(title: str, series: Mapping[str, Mapping[int, float]], metric: str) -> dict[str, Any]:
    """A figure in plotly's terms: losses on the left axis, the objective on the right one."""
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": list(values),
            "y": [round(value, 5) for value in values.values()],
            **({"yaxis": "y2"} if name == metric else {}),
        }
        for name, values in series.items()
    ]
    epochs = max((epoch for values in series.values() for epoch in values), default=1)
    layout = {
        "title": {"text": title},
        "xaxis": {"title": {"text": "epoch"}, "tickformat": "d", "dtick": max(1, round(epochs / 8))},
        "yaxis": {"title": {"text": "loss (nats)"}},
        "yaxis2": {"title": {"text": metric}, "overlaying": "y", "side": "right", "showgrid": False},
        "legend": {"orientation": "h", "y": -0.2},
    }
    return {"data": lines, "layout": layout}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
