"""The finalists of a study, trained once more: what came of every run."""

import json
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from autotune.storage.schema import CONFIRMATIONS, STUDIES


class Confirmations:
    """The confirmation runs of one study, open for writing.

    Attributes:
        results: by the number of the trial and of the run: `score`, where there is one, `cause`, `seconds`, ...
    """

    def __init__(self, engine: Engine, study: str) -> None:
        self._engine = engine
        with engine.connect() as connection:
            self._study = connection.execute(select(STUDIES.c.study_id).filter_by(study_name=study)).scalar_one()
            rows = connection.execute(select(CONFIRMATIONS).filter_by(study_id=self._study)).all()
        self.results: dict[tuple[int, int], dict[str, Any]] = {(row.trial, row.run): json.loads(row.result) for row in rows}

    def add(self, trial: int, run: int, result: dict[str, Any]) -> None:
        """Stores what came of a run, in the place of what came of it before."""
        with self._engine.begin() as connection:
            connection.execute(delete(CONFIRMATIONS).filter_by(study_id=self._study, trial=trial, run=run))
            values = {"study_id": self._study, "trial": trial, "run": run, "result": json.dumps(result)}
            connection.execute(insert(CONFIRMATIONS).values(**values))
        self.results[trial, run] = result
