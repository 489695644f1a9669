"""The trials of a study, on the clock of its search."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from optuna.trial import FrozenTrial

from autotune.config import Metric, Value, better
from autotune.reports.study.parts import TrialPart
from autotune.storage.leaderboard import NOT_COUNTED, ORIGIN, RESULT

_PAUSE = 60.0
"""Seconds without any trial after which the search is taken to have paused."""

Spell = tuple[datetime, datetime]


def trial_parts(trials: Sequence[FrozenTrial], metric: Metric) -> tuple[TrialPart, ...]:
    """Every trial that counts, by number: without repeats, interrupted ones and those left behind in an earlier generation."""
    counted = [trial for trial in trials if _result(trial).get("cause") not in NOT_COUNTED]
    own = [trial for trial in counted if not _is_imported(trial)]
    spells = _spells(own)
    ended = {trial.number: _elapsed(spells, trial.datetime_complete) for trial in own if trial.datetime_complete is not None}
    leaders = _leaders(counted, ended, metric)
    return tuple(_part(trial, ended.get(trial.number), trial.number in leaders) for trial in counted)


def written(value: Any) -> Value:
    """A value as a user would write it: a step of a range may be off by the last binary digit."""
    return float(f"{value:.10g}") if isinstance(value, float) else value


def _part(trial: FrozenTrial, ended: float | None, leads: bool) -> TrialPart:
    result = _result(trial)
    return TrialPart(
        number=trial.number,
        state=trial.state.name.lower(),
        cause=str(result.get("cause", "")),
        ended=None if ended is None else round(ended, 1),
        score=result.get("score"),
        leads=leads,
        best_epoch=result.get("best_epoch"),
        seconds=result.get("seconds"),
        curve=tuple(sorted(trial.intermediate_values.items())),
        values={path: written(value) for path, value in trial.params.items()},
        imported=_is_imported(trial),
    )


def _result(trial: FrozenTrial) -> dict[str, Any]:
    found: dict[str, Any] = trial.user_attrs.get(RESULT, {})
    return found


def _is_imported(trial: FrozenTrial) -> bool:
    return ORIGIN in trial.user_attrs and RESULT in trial.user_attrs


def _leaders(trials: Sequence[FrozenTrial], ended: dict[int, float], metric: Metric) -> set[int]:
    """The trials that were the best so far when they ended; imported ones ended before all others."""
    best: float | None = None
    found = set()
    for trial in sorted(trials, key=lambda trial: (ended.get(trial.number, -1.0), trial.number)):
        score = _result(trial).get("score")
        if score is not None and trial.datetime_complete is not None and (best is None or better(metric, score, best)):
            best = score
            found.add(trial.number)
    return found


def _spells(trials: Sequence[FrozenTrial]) -> list[Spell]:
    """The times in which the search was at work, in order, without its pauses.

    A trial that was interrupted keeps its first start, so that its own seconds, counted back from its end, say more.
    """
    spells: list[Spell] = []
    for start, end in sorted(_spell(trial) for trial in trials if trial.datetime_complete is not None):
        if spells and (start - spells[-1][1]).total_seconds() < _PAUSE:
            spells[-1] = (spells[-1][0], max(spells[-1][1], end))
        else:
            spells.append((start, end))
    return spells


def _spell(trial: FrozenTrial) -> Spell:
    end, seconds = trial.datetime_complete, _result(trial).get("seconds")
    assert end is not None
    start = trial.datetime_start or end
    return (start, end) if seconds is None else (max(start, end - timedelta(seconds=seconds)), end)


def _elapsed(spells: Sequence[Spell], moment: datetime) -> float:
    return sum(max(0.0, (min(end, moment) - start).total_seconds()) for start, end in spells)
