"""Optuna's storage with its trials read by plain SQL, of which a search needs all at its start and the open ones at every step."""

import gc
import json
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from sys import intern
from typing import Any

from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import ColumnElement, Row, and_, bindparam, or_, select
from sqlalchemy.engine import Connection

UNHURRIED = "autotune_unhurried"
"""The option of an engine whose transactions need not wait for the disk."""

_TRIALS = models.TrialModel.__table__
_PARTS = (
    models.TrialParamModel,
    models.TrialValueModel,
    models.TrialIntermediateValueModel,
    models.TrialUserAttributeModel,
    models.TrialSystemAttributeModel,
)
_AT_ONCE = 500  # trials whose rows are in memory together
_PROPOSED = "tpe:relative_params"
"""What the sampler stores of a trial for others that sample while it is open."""


class PlainStorage(RDBStorage):
    """Reads what Optuna's own storage reads, without an object for every parameter and value in between.

    10,000 trials take a fifth of the time and a tenth of the memory. What the sampler stores of an open trial is left out once it is
    over, and trials share their distributions.
    """

    _proposing = _settled = False

    @contextmanager
    def proposing(self) -> Iterator[None]:
        """To be held while a trial is proposed, for which Optuna writes and reads some dozens of times.

        Meanwhile nothing else may change, so that the other trials are read once. A power cut may lose the trial, no other: it would be
        proposed again as it was. Whatever is stored later takes it to the disk.
        """
        self.engine.update_execution_options(**{UNHURRIED: True})
        self._proposing = True
        try:
            yield
        finally:
            self._proposing = self._settled = False
            self.engine.update_execution_options(**{UNHURRIED: False})

    def _get_trials(
        self,
        study_id: int,
        states: Container[TrialState] | None,
        included_trial_ids: set[int],
        trial_id_greater_than: int,
    ) -> list[FrozenTrial]:
        if self._settled:
            return []  # Optuna's cache, which asks for what is new, has them
        self._settled = self._proposing
        wanted: ColumnElement[bool] = _TRIALS.c.trial_id > trial_id_greater_than
        if early := sorted(trial for trial in included_trial_ids if trial <= trial_id_greater_than):
            wanted = or_(wanted, _TRIALS.c.trial_id.in_(early))
        with self.engine.begin() as connection:
            trials = _read(connection, and_(_TRIALS.c.study_id == study_id, wanted))
        return [trial for trial in trials if states is None or trial.state in states]


def proposing(study: Study) -> AbstractContextManager[None]:
    """The same for a study; nothing where it is stored elsewhere."""
    backend = getattr(study._storage, "_backend", None)
    return backend.proposing() if isinstance(backend, PlainStorage) else nullcontext()


def read_trials(connection: Connection, study: int) -> list[FrozenTrial]:
    """All trials of a study, given by its id, in their order; for looking at them beside what other tables say."""
    return _read(connection, _TRIALS.c.study_id == study)


def _read(connection: Connection, wanted: ColumnElement[bool]) -> list[FrozenTrial]:
    rows = connection.execute(select(_TRIALS).where(wanted).order_by(_TRIALS.c.trial_id)).all()
    with _nothing_collected() if len(rows) > _AT_ONCE else nullcontext():
        return [trial for start in range(0, len(rows), _AT_ONCE) for trial in _frozen_all(connection, rows[start : start + _AT_ONCE])]


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Many objects are made, none of them is garbage, and Python would walk through them all again and again to see that."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _frozen_all(connection: Connection, rows: Sequence[Row[Any]]) -> list[FrozenTrial]:
    trials = [row.trial_id for row in rows]
    found = {model: _by_trial(connection.execute(_part(model), {"trials": trials}).all()) for model in _PARTS}
    return [_frozen(row, {model: parts.get(row.trial_id, []) for model, parts in found.items()}) for row in rows]


@lru_cache
def _part(model: Any) -> Any:
    """What one of the tables that hang on the trials says of some, in the order in which it was stored."""
    table = model.__table__
    return select(table).where(table.c.trial_id.in_(bindparam("trials", expanding=True))).order_by(*table.primary_key)


def _by_trial(rows: Sequence[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.trial_id].append(row)
    return found


def _frozen(row: Row[Any], parts: dict[Any, list[Row[Any]]]) -> FrozenTrial:
    values = {
        part.objective: models.TrialValueModel.stored_repr_to_value(part.value, part.value_type) for part in parts[models.TrialValueModel]
    }
    params: dict[str, Any] = {}
    distributions: dict[str, BaseDistribution] = {}
    for part in parts[models.TrialParamModel]:
        name, distribution = intern(part.param_name), _distribution(part.distribution_json)
        params[name] = distribution.to_external_repr(part.param_value)
        distributions[name] = distribution
    reaching = models.TrialIntermediateValueModel.stored_repr_to_intermediate_value
    return FrozenTrial(
        number=row.number,
        state=row.state,
        value=None,
        values=[values[objective] for objective in sorted(values)] or None,
        datetime_start=row.datetime_start,
        datetime_complete=row.datetime_complete,
        params=params,
        distributions=distributions,
        user_attrs={intern(part.key): json.loads(part.value_json) for part in parts[models.TrialUserAttributeModel]},
        system_attrs={
            intern(part.key): json.loads(part.value_json)
            for part in parts[models.TrialSystemAttributeModel]
            if not (row.state.is_finished() and part.key.startswith(_PROPOSED))
        },
        intermediate_values={
            part.step: reaching(part.intermediate_value, part.intermediate_value_type) for part in parts[models.TrialIntermediateValueModel]
        },
        trial_id=row.trial_id,
    )


@lru_cache(maxsize=10_000)
def _distribution(stored: str) -> BaseDistribution:
    return json_to_distribution(stored)
