"""What a search has come to: what won, by how much, and what to expect of it; as text, and for programs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotune.agent.ending.prospect import prospect
from autotune.config import MAXIMIZED, Config
from autotune.config_file import read_config
from autotune.reports.summary import Line, configuration, counts, expectation, results, verdict
from autotune.storage.engine import reading
from autotune.storage.leaderboard import StudyRow, TrialRow, model_folder, read_study
from autotune.words import brief, count


@dataclass(frozen=True)
class Result:
    """What came of a search.

    Args:
        winner: with its configuration; None: no trial has a model.
        lines: of the table, the winner first.
        notes: on the test texts, and on a better trial without a model.
        promise: what as much searching again may bring.
        verdict: a sentence where a simple model is at least as good.
    """

    study: StudyRow
    stopped: bool
    winner: tuple[TrialRow, Config] | None
    lines: list[Line]
    notes: list[str]
    promise: str | None
    verdict: str | None

    @property
    def test_rows(self) -> int | None:
        """How many texts the winner was tested on."""
        return (self.study.final or {}).get("rows") if self.winner else None

    def to_json(self) -> dict[str, Any]:
        """As plain values; docs/events.md explains them."""
        study = self.study
        winner = None
        if self.winner is not None:
            trial, config = self.winner
            winner = {"trial": trial.number, "score": trial.score, "config": config}
        confirmed = study.confirmed if self.winner and (study.confirmed or {}).get("trial") == self.winner[0].number else None
        kept = ("score", "low", "high", "rows", "resplit")
        return {
            "study": study.name,
            "stopped": self.stopped,
            "metric": study.plan["metric"],
            "trials": {state.lower(): study.count(state) for state in ("COMPLETE", "PRUNED", "FAIL")},
            "searched_seconds": study.searched_seconds,
            "winner": winner,
            "table": [
                {"name": line.name, "ours": line.ours, "validation": line.validation, "test": line.test, "interval": line.interval}
                for line in self.lines
            ],
            "test_rows": self.test_rows,
            "expected": {key: confirmed[key] for key in kept} if confirmed else None,
            "notes": self.notes,
            "promise": self.promise,
            "verdict": self.verdict,
        }

    def text(self) -> list[str]:
        """As lines."""
        study = self.study
        lines = [f"study {study.name}: {counts(study)}" + (", stopped" if self.stopped else "")]
        if self.winner is None:
            return lines
        winner, config = self.winner
        lines += ["", *_table(study.plan["metric"], self.lines, self.test_rows), *(f"note: {remark}" for remark in self.notes)]
        if sentences := [*filter(None, (expectation(study, winner) or _unconfirmed(study), self.promise))]:
            lines += ["", *sentences]
        if self.verdict:
            lines += ["", f"the baseline wins: {self.verdict}"]
        return [
            *lines,
            "",
            f"best configuration (trial {winner.number}: {brief(config)})",
            *(f"  {line}" for line in configuration(config)),
        ]


def result_of(url: str, name: str, folder: Path, stopped: bool = False, compared: int | None = None) -> Result:
    """Reads from the database what a search came to.

    Args:
        folder: of the study's files.
        stopped: whether a signal has ended it.
        compared: how many texts trials are compared on, for what more of them may bring; None: that is left out.

    Raises:
        StudyError: there is no such study.
    """
    with reading(url) as connection:
        study = read_study(connection, name)
    trial = study.kept(folder)
    if trial is None:
        return Result(study, stopped, None, [], [], None, None)
    lines = results(study, trial, study.baselines)
    notes = [*(study.final or {}).get("notes", ()), *filter(None, [study.better_without_model(folder)])]
    config = read_config(model_folder(folder, trial.number) / "config.yaml")
    promise = None if compared is None else _promise(study, compared)
    return Result(study, stopped, (trial, config), lines, notes, promise, verdict(study.plan["metric"], lines))


def _unconfirmed(study: StudyRow) -> str | None:
    """Why nothing is expected of the winner; None where nobody was to train it again, or the search has not come to its end."""
    if not study.plan.get("finalists") or study.final is None:
        return None
    return "the winner was not trained again, for want of time or trials: nothing is said of what to expect on new texts"


def _promise(study: StudyRow, compared: int) -> str | None:
    """What as much searching again may bring."""
    metric, scores = study.plan["metric"], [trial.score for trial in study.trials if trial.score is not None]
    found = prospect(scores, metric, compared)
    if found is None:
        return None
    if found[0] < 0.00005:
        return f"the best trials differ by no more than chance on {count(compared, 'text')} does: as many again promise no gain"
    gain = f"{'+' if MAXIMIZED[metric] else '-'}{found[0]:.4f} +- {found[1]:.4f}"
    return f"as much searching again may be expected to bring {metric} {gain}"


def _table(metric: str, lines: list[Line], rows: int | None) -> list[str]:
    name = max(len(line.name) for line in lines)
    test = f"test ({rows:,} texts)" if rows else ""
    table = [f"{metric:<{name}}  validation  {test}".rstrip()]
    for line in lines:
        score = f"{line.validation:.4f}" if line.validation is not None else ""
        tested = f"{line.test:.4f}" if line.test is not None else ""
        bounds = f"  (95 % interval {line.interval[0]:.4f} to {line.interval[1]:.4f})" if line.interval else ""
        table.append(f"{line.name:<{name}}  {score:<10}  {tested}{bounds}".rstrip())
    return table
