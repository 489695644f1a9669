"""One trial as Optuna's tables hold it, read by plain SQL: what it costs does not grow with its study."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autotune.config import Config, Value
from autotune.errors import ConfigError, SpaceError, StudyError
from autotune.spaces.space import SearchSpace
from autotune.storage.leaderboard import RESULT, find_study
from autotune.storage.studies import PLAN

SEED = "autotune:seed"
"""The trial attribute with the seed of a trial that has not the seed of the search."""


@dataclass(frozen=True)
class Trial:
    """One trial, in whatever state.

    Args:
        plan: of its study, as it is stored.
        values: the objective after each epoch.
        sample: what was drawn for it, by path.
        config: what that stands for in the space of the study; None where nothing was drawn, or from another space than that of today.
        cause: why it ended; empty as long as it has not.
    """

    number: int
    state: str
    plan: dict[str, Any]
    result: dict[str, Any]
    values: dict[int, float]
    sample: dict[str, Value]
    config: Config | None

    @property
    def cause(self) -> str:
        """Why it ended; empty where that is not known."""
        return str(self.result.get("cause", ""))


def read_trial(connection: Connection, study: str, number: int) -> Trial:
    """One trial of a study.

    Raises:
        StudyError: there is no such study or trial.
    """
    study_id, _, attributes = find_study(connection, study)
    plan = attributes[PLAN]
    row = connection.execute(
        text("SELECT trial_id, state FROM trials WHERE study_id = :study AND number = :number"), {"study": study_id, "number": number}
    ).first()
    if row is None:
        raise StudyError(f"study '{study}' has no trial {number}", f"`autotune studies show {study}` lists the best ones")
    key = {"trial": row.trial_id}
    notes = connection.execute(text("SELECT key, value_json FROM trial_user_attributes WHERE trial_id = :trial"), key)
    known = {note.key: json.loads(note.value_json) for note in notes}
    values = connection.execute(
        text("SELECT step, intermediate_value FROM trial_intermediate_values WHERE trial_id = :trial ORDER BY step"), key
    )
    drawn = connection.execute(text("SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = :trial"), key)
    sample = {parameter.param_name: _value(parameter.param_value, parameter.distribution_json) for parameter in drawn}
    return Trial(
        number=number,
        state=row.state,
        plan=plan,
        result=known.get(RESULT, {}),
        values={value.step: value.intermediate_value for value in values},
        sample=sample,
        config=_config(plan, sample, known.get(SEED, plan["seed"])),
    )


def read_samples(connection: Connection, study: str) -> dict[int, dict[str, Value]]:
    """What was drawn for every trial of a study, by its number and by path.

    Raises:
        StudyError: there is no such study.
    """
    study_id, _, _ = find_study(connection, study)
    rows = connection.execute(
        text(
            "SELECT t.number, p.param_name, p.param_value, p.distribution_json FROM trials t "
            "JOIN trial_params p ON p.trial_id = t.trial_id WHERE t.study_id = :study ORDER BY t.number"
        ),
        {"study": study_id},
    )
    samples: dict[int, dict[str, Value]] = {}
    for row in rows:
        samples.setdefault(row.number, {})[row.param_name] = _value(row.param_value, row.distribution_json)
    return samples


def as_written(space: SearchSpace, params: Mapping[str, Any]) -> dict[str, Value]:
    """The sample that Optuna stored as `params`, in which a step of a range may be off by the last binary digit."""
    return space.suggest(_Drawn(dict(params)))


def _config(plan: dict[str, Any], sample: dict[str, Value], seed: int) -> Config | None:
    try:
        space = SearchSpace.from_json(plan["space"])
        return space.config(as_written(space, sample), seed=seed)
    except (KeyError, SpaceError, ConfigError):
        return None


@dataclass(frozen=True)
class _Drawn:
    """Answers the questions of a search space with the values of a trial, as Optuna did when it was started."""

    sample: dict[str, Any]

    def suggest_float(self, name: str, *_: object, **__: object) -> float:
        return float(self.sample[name])

    def suggest_int(self, name: str, *_: object, **__: object) -> int:
        return int(self.sample[name])

    def suggest_categorical(self, name: str, *_: object) -> Value:
        value: Value = self.sample[name]
        return value


def _value(stored: float, distribution: str) -> Value:
    """Optuna stores a choice by its index."""
    described = json.loads(distribution)
    choice: Value = described["attributes"]["choices"][int(stored)] if described["name"] == "CategoricalDistribution" else stored
    return choice
