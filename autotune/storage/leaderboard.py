"""Studies and their trials by plain SQL: sixty times faster than loading them as objects."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autotune.config import Metric
from autotune.errors import StudyError
from autotune.storage.studies import PLAN, unknown_study

RESULT = "autotune:result"
"""The trial attribute that holds what came of it: score, best epoch, seconds, why it ended."""

UNSAVED = "unsaved"
"""The key in a result that says why the trial has a score but no model."""

LEFT_BEHIND = "left behind"
"""The cause of what stands in the place of a trial of an earlier generation whose configuration the space does not hold any more."""

NOT_COUNTED = ("interrupted", "repeat", "retried", LEFT_BEHIND)
"""The causes of trials that came to nothing and are no failures: their configurations are trained under another number.

A proposal that had been tried already; left behind in an earlier generation of the study; and in studies of before trials went on under
their number, interrupted by the end of the process, or trained again after its worker had died.
"""

ORIGIN = "autotune:from"
"""The attribute of a trial that was imported, with the study and the number where it was trained; and of a study that began so, with the
study, the number of trials that were imported and why how many others were left behind."""

SEARCHED = "autotune:searched_seconds"
FINAL = "autotune:final"
BASELINES = "autotune:baselines"
"""The study attribute with the scores of the simple models on the validation texts, by their names."""

CONFIRMED = "autotune:confirmed"
"""The study attribute with the winner among the finalists that were trained again, and what is expected of it."""


@dataclass(frozen=True)
class TrialRow:
    """One trial as it is stored; `result` is empty while it runs and where it failed before its first epoch."""

    number: int
    state: str
    result: dict[str, Any]

    @property
    def score(self) -> float | None:
        """The objective after the best epoch, where there is one."""
        return self.result.get("score")

    @property
    def cause(self) -> str:
        """Why the trial ended."""
        return str(self.result.get("cause", ""))


@dataclass(frozen=True)
class StudyRow:
    """One study as it is stored."""

    name: str
    maximize: bool
    plan: dict[str, Any]
    searched_seconds: float
    final: dict[str, Any] | None
    trials: list[TrialRow] = field(repr=False)
    origin: dict[str, Any] | None = None
    """What it began with, where that was another study or an earlier generation of it."""
    confirmed: dict[str, Any] | None = None
    """The winner among the finalists that were trained again, since the last trial."""
    baselines: dict[str, dict[Metric, float]] = field(default_factory=dict)
    """Scores of the simple models on the validation texts, by their names."""

    def ranked(self) -> list[TrialRow]:
        """The trials with a score, the best first; of equals the earlier."""
        scored = [(trial.score, trial) for trial in self.trials if trial.score is not None]
        return [trial for _, trial in sorted(scored, key=lambda pair: (-pair[0] if self.maximize else pair[0], pair[1].number))]

    @property
    def best(self) -> TrialRow | None:
        """The trial with the best score."""
        return next(iter(self.ranked()), None)

    def kept(self, folder: Path) -> TrialRow | None:
        """The winner: the confirmed trial, or else the best, whose model is on the disk; `folder` is the study's."""
        if self.confirmed is not None and model_folder(folder, self.confirmed["trial"]).is_dir():
            return next(trial for trial in self.trials if trial.number == self.confirmed["trial"])
        return next((trial for trial in self.ranked() if model_folder(folder, trial.number).is_dir()), None)

    def winner(self, folder: Path) -> TrialRow:
        """The same.

        Raises:
            StudyError: no trial has a score yet, or no model is left.
        """
        if self.best is None:
            raise StudyError(f"study '{self.name}' has no result yet", f"`autotune resume {self.name}` goes on with it")
        kept = self.kept(folder)
        if kept is None:
            raise StudyError(f"study '{self.name}' has no model: {self._fate(self.best)}", f"`autotune resume {self.name}` trains on")
        return kept

    def better_without_model(self, folder: Path) -> str | None:
        """A sentence where a trial with a better score than `kept` has no model."""
        kept = self.kept(folder)
        if self.best is None or kept is None or kept.number == self.best.number:
            return None
        if self.confirmed is not None and self.confirmed["trial"] == kept.number:
            return None
        return f"{self._fate(self.best)}, so trial {kept.number} stands in for it"

    @staticmethod
    def _fate(trial: TrialRow) -> str:
        why = f"could not be saved ({trial.result[UNSAVED]})" if UNSAVED in trial.result else "is not on the disk any more"
        return f"the model of trial {trial.number} ({trial.score:.4f}) {why}"

    def count(self, state: str) -> int:
        """How many trials are in a state; those that are no failures, such as interrupted ones, do not count as failed."""
        return sum(trial.state == state and trial.cause not in NOT_COUNTED for trial in self.trials)

    @property
    def done(self) -> int:
        """How many trials are over and count."""
        return sum(map(self.count, ("COMPLETE", "PRUNED", "FAIL")))


def model_folder(folder: Path, number: int) -> Path:
    """Where the model of a trial is kept, if it is among the best; `folder` is the study's."""
    return folder / "trials" / str(number)


def ensemble_folder(folder: Path) -> Path:
    """Where the ensemble is that the search wrote at its end, if it did; `folder` is the study's."""
    return folder / "ensemble"


def list_studies(connection: Connection) -> list[StudyRow]:
    """Every study that autotune made, in the order in which they were made."""
    names = connection.execute(
        text(
            "SELECT s.study_name FROM studies s JOIN study_user_attributes a "
            "ON a.study_id = s.study_id AND a.key = :plan ORDER BY s.study_id"
        ),
        {"plan": PLAN},
    ).scalars()
    return [read_study(connection, name) for name in list(names)]


def read_study(connection: Connection, name: str) -> StudyRow:
    """One study with all its trials.

    Raises:
        StudyError: unknown.
    """
    study_id, maximize, attributes = find_study(connection, name)
    rows = connection.execute(
        text(
            "SELECT t.number, t.state, r.value_json FROM trials t "
            "LEFT JOIN trial_user_attributes r ON r.trial_id = t.trial_id AND r.key = :result "
            "WHERE t.study_id = :study ORDER BY t.number"
        ),
        {"study": study_id, "result": RESULT},
    )
    return StudyRow(
        name=name,
        maximize=maximize,
        plan=attributes[PLAN],
        searched_seconds=attributes.get(SEARCHED, 0.0),
        final=attributes.get(FINAL),
        origin=attributes.get(ORIGIN),
        confirmed=attributes.get(CONFIRMED),
        baselines=attributes.get(BASELINES, {}),
        trials=[TrialRow(row.number, row.state, json.loads(row.value_json) if row.value_json else {}) for row in rows],
    )


def find_study(connection: Connection, name: str) -> tuple[int, bool, dict[str, Any]]:
    """A study without its trials: its id, whether the objective is maximized, and its attributes, the plan among them.

    Raises:
        StudyError: unknown.
    """
    found = connection.execute(
        text("SELECT s.study_id, d.direction FROM studies s JOIN study_directions d ON d.study_id = s.study_id WHERE s.study_name = :name"),
        {"name": name},
    ).first()
    attributes = {} if found is None else _study_attributes(connection, found.study_id)
    if found is None or PLAN not in attributes:
        raise unknown_study(name, list(connection.execute(text("SELECT study_name FROM studies")).scalars()))
    return found.study_id, found.direction == "MAXIMIZE", attributes


def _study_attributes(connection: Connection, study_id: int) -> dict[str, Any]:
    rows = connection.execute(text("SELECT key, value_json FROM study_user_attributes WHERE study_id = :study"), {"study": study_id})
    return {row.key: json.loads(row.value_json) for row in rows}
