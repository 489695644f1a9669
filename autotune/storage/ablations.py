"""Ablations as they are stored: which configuration was taken apart on which data, and what came of every run."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, inspect, select, update
from sqlalchemy.engine import Connection

from autotune.config import Config, Metric
from autotune.storage.schema import ABLATION_RUNS, ABLATIONS


@dataclass(frozen=True)
class AblationKey:
    """What an ablation is of. Another winner, other data or another metric make another ablation.

    Args:
        study: its name; empty for a configuration from a file.
        data: fingerprint of the data.
        base: the configuration that is taken apart.
    """

    study: str
    data: str
    base: Config
    metric: Metric


class Ablation:
    """One ablation, open for writing; made where it is not there yet. One process at a time writes (see `study_lock`)."""

    def __init__(self, engine: Engine, key: AblationKey) -> None:
        self._engine = engine
        columns = {"study": key.study, "data": key.data, "base": key.base.fingerprint, "metric": key.metric}
        with engine.begin() as connection:
            found = connection.execute(select(ABLATIONS.c.id, ABLATIONS.c.seconds).filter_by(**columns)).first()
            if found is None:
                config = json.dumps(key.base.canonical())
                made = connection.execute(insert(ABLATIONS).values(**columns, config=config, seconds=0.0))
                assert made.inserted_primary_key is not None
                self._id, self.seconds = made.inserted_primary_key[0], 0.0
            else:
                self._id, self.seconds = found.id, found.seconds
            rows = connection.execute(select(ABLATION_RUNS.c.fingerprint, ABLATION_RUNS.c.result).filter_by(ablation=self._id))
            self.results: dict[str, dict[str, Any]] = {row.fingerprint: json.loads(row.result) for row in rows}
            """What came of each configuration, by its fingerprint: `score`, where there is one, `cause`, `epochs`, `seconds`, ..."""

    def add(self, config: Config, change: str, result: dict[str, Any]) -> None:
        """Stores what came of a run.

        Args:
            change: of the base, as in `optimizer.name=sgd`; empty: none.
        """
        values = {"ablation": self._id, "fingerprint": config.fingerprint, "change": change, "seed": config.seed}
        with self._engine.begin() as connection:
            connection.execute(insert(ABLATION_RUNS).values(**values, result=json.dumps(result)))
        self.results[config.fingerprint] = result

    def spend(self, seconds: float) -> None:
        """Stores how long the ablation has taken, over all sittings."""
        with self._engine.begin() as connection:
            connection.execute(update(ABLATIONS).filter_by(id=self._id).values(seconds=round(seconds, 1)))
        self.seconds = seconds


@dataclass(frozen=True)
class StoredRun:
    """One run of an ablation as it is stored; `change` is empty for the base."""

    change: str
    seed: int
    result: dict[str, Any]


def read_ablation(connection: Connection, key: AblationKey) -> list[StoredRun]:
    """The runs of an ablation one entry a run; none where there is no such ablation."""
    if not inspect(connection).has_table(ABLATION_RUNS.name):  # a database of before ablations
        return []
    wanted = {"study": key.study, "data": key.data, "base": key.base.fingerprint, "metric": key.metric}
    number = select(ABLATIONS.c.id).filter_by(**wanted).scalar_subquery()
    query = select(ABLATION_RUNS.c.change, ABLATION_RUNS.c.seed, ABLATION_RUNS.c.result).where(ABLATION_RUNS.c.ablation == number)
    return [StoredRun(row.change, row.seed, json.loads(row.result)) for row in connection.execute(query)]


def delete_ablations(connection: Connection, study: str) -> None:
    """Removes what was stored of the ablations of a study."""
    gone = select(ABLATIONS.c.id).filter_by(study=study)
    connection.execute(delete(ABLATION_RUNS).where(ABLATION_RUNS.c.ablation.in_(gone)))
    connection.execute(delete(ABLATIONS).filter_by(study=study))
