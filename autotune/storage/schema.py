"""autotune's own tables beside Optuna's, their version, and the steps from one version to the next."""

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.schema import Column, ForeignKey

from autotune.errors import StorageError

SCHEMA_VERSION = 4
"""Of autotune's own tables and of what it writes into Optuna's attributes."""

_tables = MetaData()
_schema = Table("autotune_schema", _tables, Column("version", String(16), primary_key=True))

ABLATIONS = Table(
    "autotune_ablations",
    _tables,
    Column("id", Integer, primary_key=True),
    Column("study", String(512), nullable=False),  # empty: the ablation of a configuration file
    Column("data", String(16), nullable=False),  # fingerprint
    Column("base", String(16), nullable=False),  # fingerprint
    Column("metric", String(16), nullable=False),
    Column("config", Text, nullable=False),  # the base in canonical form, as JSON
    Column("seconds", Float, nullable=False),
    UniqueConstraint("study", "data", "base", "metric"),
)
"""One configuration on one data set, taken apart."""

ABLATION_RUNS = Table(
    "autotune_ablation_runs",
    _tables,
    Column("ablation", Integer, ForeignKey(ABLATIONS.c.id), primary_key=True),
    Column("fingerprint", String(16), primary_key=True),  # of the configuration, seed included
    Column("change", Text, nullable=False),  # as in optimizer.name=sgd; empty: the base itself
    Column("seed", Integer, nullable=False),
    Column("result", Text, nullable=False),  # JSON, of the same form as the result of a trial
)
"""One configuration trained with one seed."""

STUDIES = Table("studies", _tables, Column("study_id", Integer, primary_key=True), Column("study_name", String(512)))
"""Optuna's: what of it is used here."""


CURVES = Table(
    "autotune_curves",
    _tables,
    Column("study_id", Integer, ForeignKey(STUDIES.c.study_id, ondelete="CASCADE"), primary_key=True),
    Column("trial", Integer, primary_key=True, autoincrement=False),  # its number in the study
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("train_loss", Float, nullable=False),
    Column("validation_loss", Float, nullable=False),
    Column("accuracy", Float, nullable=False),
    Column("macro_f1", Float, nullable=False),
    Column("log_loss", Float, nullable=False),
)
"""One epoch of a trial. Losses are mean cross-entropy in nats; all but the first are of the validation texts."""

RESOURCES = Table(
    "autotune_resources",
    _tables,
    Column("study_id", Integer, ForeignKey(STUDIES.c.study_id, ondelete="CASCADE"), primary_key=True),
    Column("trial", Integer, primary_key=True, autoincrement=False),
    Column("seconds", Float, nullable=False),
    Column("processor_seconds", Float, nullable=False),
    Column("peak_memory", BigInteger),  # bytes
    Column("peak_gpu_memory", BigInteger),  # bytes
    Column("parameters", BigInteger),
    Column("device", String(64), nullable=False),
    Column("threads", Integer, nullable=False),
)
"""What a trial cost."""

DECISIONS = Table(
    "autotune_decisions",
    _tables,
    Column("id", Integer, primary_key=True),
    Column("study_id", Integer, ForeignKey(STUDIES.c.study_id, ondelete="CASCADE"), nullable=False, index=True),
    Column("trial", Integer),  # none: a decision on the whole study
    Column("at", DateTime, nullable=False),  # UTC
    Column("kind", String(32), nullable=False),
    Column("evidence", Text, nullable=False),
)
"""What a search decided by itself, and why, in one sentence."""

CONFIRMATIONS = Table(
    "autotune_confirmations",
    _tables,
    Column("study_id", Integer, ForeignKey(STUDIES.c.study_id, ondelete="CASCADE"), primary_key=True),
    Column("trial", Integer, primary_key=True, autoincrement=False),
    Column("run", Integer, primary_key=True, autoincrement=False),  # 1, 2, ...: with other seeds, and on other splits where data is scarce
    Column("result", Text, nullable=False),  # JSON, of the same form as the result of a trial
)
"""A finalist trained once more."""

FACTS = (CURVES, RESOURCES, DECISIONS)
"""What is known of the trials of a study; a new generation of it takes along what concerns its trials."""

OF_A_STUDY = (*FACTS, CONFIRMATIONS)
"""The tables whose rows belong to a study by its id, and go with it where the database sees to that (SQLite does not)."""


def migrate(connection: Connection) -> None:
    """Brings autotune's tables to this version, from whichever older one, or makes them.

    Each step runs in the transaction of the connection, so that a database is at one version or at the next.

    Raises:
        StorageError: written by a newer version.
    """
    check_version(connection)
    _schema.create(connection, checkfirst=True)
    found = connection.execute(select(_schema.c.version)).scalar()
    version = 0 if found is None else int(found)
    for number, step in _STEPS.items():
        if version < number:
            step(connection)
    if found is None:
        connection.execute(insert(_schema).values(version=str(SCHEMA_VERSION)))
    elif version < SCHEMA_VERSION:
        connection.execute(update(_schema).values(version=str(SCHEMA_VERSION)))
    _remove_orphans(connection)


def check_version(connection: Connection) -> None:
    """Refuses a database of a newer version.

    Raises:
        StorageError: with both versions.
    """
    if not inspect(connection).has_table(_schema.name):
        return
    version = connection.execute(select(_schema.c.version)).scalar()
    if version is not None and int(version) > SCHEMA_VERSION:
        raise StorageError(
            f"{connection.engine.url.database} was written by a newer autotune (schema {version}, this one knows {SCHEMA_VERSION})",
            "upgrade autotune, or say --storage for another database",
        )


def _with_ablations(connection: Connection) -> None:
    for table in (ABLATIONS, ABLATION_RUNS):
        table.create(connection)


def _with_facts(connection: Connection) -> None:
    for table in FACTS:
        table.create(connection)


def _with_confirmations(connection: Connection) -> None:
    CONFIRMATIONS.create(connection)


def _remove_orphans(connection: Connection) -> None:
    """Removes what another program left of a study that it deleted: SQLite gives the id to the next study."""
    for table in OF_A_STUDY:
        left = connection.execute(select(table.c.study_id).distinct().where(table.c.study_id.not_in(select(STUDIES.c.study_id)))).scalars()
        for study in list(left):
            connection.execute(delete(table).filter_by(study_id=study))


_STEPS: dict[int, Callable[[Connection], None]] = {2: _with_ablations, 3: _with_facts, 4: _with_confirmations}
"""What leads to each version from the one before. A version that changes a table freezes the older steps' idea of it first."""
