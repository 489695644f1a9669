"""The end of a search: what won, what to expect of it, and what to type next; as text, and for programs."""

import os
import shlex
from dataclasses import dataclass
from typing import Any

from autotune.agent.ending.prospect import prospect
from autotune.agent.plan import SearchPlan
from autotune.api.session import Session
from autotune.cli.console import out
from autotune.cli.options import DEFAULT_STORAGE, written
from autotune.config import MAXIMIZED, Config, Metric
from autotune.config_file import read_config
from autotune.reports.summary import Line, configuration, counts, expectation, results, verdict
from autotune.storage.address import sqlite_path, storage_url, without_password
from autotune.storage.engine import reading
from autotune.storage.leaderboard import StudyRow, TrialRow, ensemble_folder, model_folder, read_study
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
        commands: what may be typed next, each with a word on it.
    """

    study: StudyRow
    stopped: bool
    winner: tuple[TrialRow, Config] | None
    lines: list[Line]
    notes: list[str]
    promise: str | None
    verdict: str | None
    commands: list[tuple[str, str]]

    @property
    def test_rows(self) -> int | None:
        """How many texts the winner was tested on."""
        return (self.study.final or {}).get("rows") if self.winner else None

    def to_json(self) -> dict[str, Any]:
        """As the last of the lines of `--json`; docs/events.md explains it."""
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
            "next": [command for command, _ in self.commands],
        }

    def show(self) -> None:
        """Prints it."""
        console, study = out(), self.study
        console.print()
        console.print(f"study {study.name}: {counts(study)}" + (", stopped" if self.stopped else ""))
        if self.winner is not None:
            winner, config = self.winner
            console.print()
            for line in _table(study.plan["metric"], self.lines, self.test_rows):
                console.print(line)
            for remark in self.notes:
                console.print(f"note: {remark}")
            if sentences := [*filter(None, (expectation(study, winner), self.promise))]:
                console.print("\n" + "\n".join(sentences))
            if self.verdict:
                console.print(f"\nthe baseline wins: {self.verdict}")
            console.print(f"\nbest configuration (trial {winner.number}: {brief(config)})")
            for line in configuration(config):
                console.print(f"  {line}")
        console.print("\nnext")
        for command, why in self.commands:
            console.print(f"  {command}" + (f"   # {why}" if why else ""))


def result_of(session: Session, baselines: dict[str, dict[Metric, float]], stopped: bool) -> Result:
    """Reads from the database what a search came to."""
    with reading(session.url) as connection:
        study = read_study(connection, session.name)
    trial = study.kept(session.folder)
    if trial is None:
        return Result(study, stopped, None, [], [], None, None, _commands(session, False, stopped))
    lines = results(study, trial, baselines)
    notes = [*(study.final or {}).get("notes", ()), *filter(None, [study.better_without_model(session.folder)])]
    config = best_config(session, trial.number)
    against = verdict(session.plan.metric, lines)
    return Result(study, stopped, (trial, config), lines, notes, _promise(session, study), against, _commands(session, True, stopped))


def best_config(session: Session, number: int) -> Config:
    """The configuration of a trial whose model is kept."""
    return read_config(model_folder(session.folder, number) / "config.yaml")


def _commands(session: Session, won: bool, stopped: bool) -> list[tuple[str, str]]:
    where, name = storage_option(session.url), session.name
    commands = [(f"autotune resume {name}{where}", "")] if stopped else []
    if won:
        commands.append((f"autotune export {name}{where} --to best/", "the model, ready for `autotune predict best/ texts.csv`"))
        if ensemble_folder(session.folder).is_dir():
            commands.append((f"autotune export {name}{where} --ensemble --to best/", "the best networks as one"))
        commands.append((f"autotune report {name}{where}", "all of it on one page"))
    if not stopped:
        commands.append((f"autotune resume {name}{where} {_more(session.plan)}", "search on"))
    return [*commands, (f"autotune dashboard{where}", "look at the trials")]


def _promise(session: Session, study: StudyRow) -> str | None:
    """What as much searching again may bring."""
    metric, scores = session.plan.metric, [trial.score for trial in study.trials if trial.score is not None]
    found = prospect(scores, metric, len(session.dataset.validation))
    if found is None:
        return None
    if found[0] < 0.00005:
        texts = count(len(session.dataset.validation), "text")
        return f"the best trials differ by no more than chance on {texts} does: as many again promise no gain"
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


def storage_option(url: str) -> str:
    """The option that names the database, with a space before it; nothing for the usual one. A password has to be written anew."""
    usual = os.environ.get("AUTOTUNE_STORAGE") or DEFAULT_STORAGE
    if url == storage_url(usual):
        return ""
    return f" --storage {shlex.quote(str(sqlite_path(url) or without_password(url)))}"


def _more(plan: SearchPlan) -> str:
    parts = []
    if plan.seconds:
        parts.append(f"--budget {written(2 * plan.seconds)}")
    if plan.trials:
        parts.append(f"--trials {2 * plan.trials}")
    return " ".join(parts)
