"""What a search knows beyond Optuna's tables: the learning curve of every trial, what it cost, and what was decided on which evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Engine, ScalarSelect, Table, delete, insert, inspect, select
from sqlalchemy.engine import Connection

from autotune.storage.records import CurvePoint, Decision, Resources
from autotune.storage.schema import CURVES, DECISIONS, FACTS, OF_A_STUDY, RESOURCES, STUDIES


class Facts:
    """The facts of one study, open for writing. What a report costs does not grow with the number of trials."""

    def __init__(self, engine: Engine, study: str) -> None:
        self._engine = engine
        with engine.connect() as connection:
            self._study = connection.execute(select(_id(study))).scalar_one()

    def trial(self, number: int, curve: Sequence[CurvePoint], resources: Resources) -> None:
        """Stores what is known of a trial in one transaction.

        Args:
            curve: whole, of all sittings, in the place of what is stored; empty: that stays.
            resources: of this sitting; added to those of earlier ones.
        """
        key = {"study_id": self._study, "trial": number}
        with self._engine.begin() as connection:
            if curve:
                connection.execute(delete(CURVES).filter_by(**key))
                connection.execute(insert(CURVES), [{**key, **asdict(point)} for point in curve])
            for row in _rows(connection, RESOURCES, Resources, **key):
                resources = Resources(**row) + resources
            connection.execute(delete(RESOURCES).filter_by(**key))
            connection.execute(insert(RESOURCES), {**key, **asdict(resources)})

    def decided(self, decisions: Sequence[Decision]) -> None:
        """Stores decisions in their order; one transaction, none for none."""
        if decisions:
            with self._engine.begin() as connection:
                connection.execute(insert(DECISIONS), [{"study_id": self._study, **asdict(decision)} for decision in decisions])


def read_curve(connection: Connection, study: str, trial: int) -> list[CurvePoint]:
    """The epochs of a trial in their order; none for a trial of before curves were stored, or one that was killed."""
    return [CurvePoint(**row) for row in _rows(connection, CURVES, CurvePoint, study_id=_id(study), trial=trial)]


def read_resources(connection: Connection, study: str, trial: int) -> Resources | None:
    """What a trial cost, where it is known."""
    return next((Resources(**row) for row in _rows(connection, RESOURCES, Resources, study_id=_id(study), trial=trial)), None)


def read_decisions(connection: Connection, study: str, trial: int | None = None) -> list[Decision]:
    """The decisions of a study in their order, or those on one trial."""
    wanted = {} if trial is None else {"trial": trial}
    return [Decision(**row) for row in _rows(connection, DECISIONS, Decision, study_id=_id(study), **wanted)]


def delete_facts(connection: Connection, study: str) -> None:
    """Removes what is known of a study's trials."""
    for table in OF_A_STUDY:
        connection.execute(delete(table).where(table.c.study_id == _id(study)))


def copy_facts(connection: Connection, study: str, target: int, numbers: Mapping[int, int]) -> None:
    """Copies what is known of some trials of a study to another study.

    Args:
        target: the id of the other study.
        numbers: of the trials, there to here.
    """
    for table in FACTS:
        wanted = select(table).where(table.c.study_id == _id(study)).order_by(*table.primary_key)
        rows = [
            {**{name: value for name, value in row.items() if name != "id"}, "study_id": target, "trial": numbers[row["trial"]]}
            for row in connection.execute(wanted).mappings()
            if row["trial"] in numbers
        ]
        if rows:
            connection.execute(insert(table), rows)


def _id(study: str) -> ScalarSelect[Any]:
    return select(STUDIES.c.study_id).where(STUDIES.c.study_name == study).scalar_subquery()


def _rows(connection: Connection, table: Table, kind: type[Any], **wanted: Any) -> list[dict[str, Any]]:
    """Rows as the arguments of a dataclass, ordered by key; none where the database is of a version that has no such table."""
    if not inspect(connection).has_table(table.name):
        return []
    query = select(*(table.c[item.name] for item in fields(kind))).filter_by(**wanted).order_by(*table.primary_key)
    return [dict(row) for row in connection.execute(query).mappings()]
