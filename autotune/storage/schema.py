"""autotune's own tables beside Optuna's, their version, and the steps from one version to the next."""

from collections.abc import Callable

from sqlalchemy import Float, Integer, MetaData, String, Table, Text, UniqueConstraint, insert, inspect, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.schema import Column, ForeignKey

from autotune.errors import StorageError

SCHEMA_VERSION = 2
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


_STEPS: dict[int, Callable[[Connection], None]] = {2: _with_ablations}
"""What leads to each version from the one before. A version that changes a table freezes the older steps' idea of it first."""
