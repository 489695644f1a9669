"""Curves, resources and decisions in a real database: what is read is what was written, and it goes with its study."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.storages import RDBStorage

from autotune.storage.engine import open_storage, reading, storage_url
from autotune.storage.facts import Facts, delete_facts, read_curve, read_decisions, read_resources
from autotune.storage.records import CurvePoint, Decision, Resources
from autotune.storage.studies import create_study, delete_study

COST = Resources(1.5, 2.5, 3 << 33, None, 12, "cpu", 2)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return storage_url(str(tmp_path / "a.db"))


@pytest.fixture
def storage(url: str) -> RDBStorage:
    storage = open_storage(url)
    for name in ("reviews", "news"):
        create_study(storage, name, True, {"metric": "accuracy"})
    return storage


def curve(epochs: int) -> list[CurvePoint]:
    return [CurvePoint(epoch, 1 / epoch, 0.1 + 0.2, 0.5, 0.4, 2.0) for epoch in range(1, epochs + 1)]


points = st.builds(CurvePoint, st.integers(1, 10**6), *[st.floats(allow_nan=False, allow_infinity=False)] * 5)
costs = st.builds(
    Resources,
    *[st.floats(0, 1e9)] * 2,
    *[st.none() | st.integers(0, 2**62)] * 3,
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=64),
    st.integers(1, 512),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.lists(points, max_size=5, unique_by=lambda point: point.epoch), costs), max_size=6))
def test_the_last_curve_counts_and_the_cost_of_all_sittings(
    storage: RDBStorage, url: str, written: list[tuple[int, list[CurvePoint], Resources]]
) -> None:
    with storage.engine.begin() as connection:
        delete_facts(connection, "reviews")
    facts = Facts(storage.engine, "reviews")
    for trial, points, cost in written:
        facts.trial(trial, points, cost)
    with reading(url) as connection:
        for trial in {trial for trial, _, _ in written}:
            curves = [points for number, points, _ in written if number == trial and points]
            assert read_curve(connection, "reviews", trial) == sorted(curves[-1] if curves else [], key=lambda point: point.epoch)
            parts = [cost for number, _, cost in written if number == trial]
            total = read_resources(connection, "reviews", trial)
            assert total is not None
            assert total.seconds == pytest.approx(sum(cost.seconds for cost in parts))
            assert total.processor_seconds == pytest.approx(sum(cost.processor_seconds for cost in parts))
            assert total.peak_memory == max((cost.peak_memory for cost in parts if cost.peak_memory is not None), default=None)
            assert (total.device, total.threads) == (parts[-1].device, parts[-1].threads)
            assert read_curve(connection, "news", trial) == []
            assert read_resources(connection, "news", trial) is None


def test_decisions_are_read_in_their_order(storage: RDBStorage, url: str) -> None:
    facts = Facts(storage.engine, "reviews")
    decisions = [Decision(4, "pruned", "too low: 0.5"), Decision(None, "space used up", "née"), Decision(2, "queued again", "cut off")]
    facts.decided(decisions[:2])
    facts.decided([])
    facts.decided(decisions[2:])
    with reading(url) as connection:
        assert read_decisions(connection, "reviews") == decisions
        assert read_decisions(connection, "reviews", 2) == decisions[2:]
        assert read_decisions(connection, "news") == []


def _deleted_by_us(storage: RDBStorage, folder: Path) -> None:
    delete_study(storage, "news", folder / "news")


def _deleted_by_another_program(storage: RDBStorage, folder: Path) -> None:
    optuna.delete_study(study_name="news", storage=storage)


@pytest.mark.parametrize("delete", [_deleted_by_us, _deleted_by_another_program])
def test_a_new_study_never_inherits_from_one_that_is_gone(
    storage: RDBStorage, url: str, tmp_path: Path, delete: Callable[[RDBStorage, Path], None]
) -> None:
    for name in ("reviews", "news"):
        facts = Facts(storage.engine, name)
        facts.trial(0, curve(3), COST)
        facts.decided([Decision(0, "pruned", "why")])
    before = storage.get_study_id_from_name("news")
    delete(storage, tmp_path)
    storage.engine.dispose()
    again = open_storage(url)
    create_study(again, "young", True, {})
    assert again.get_study_id_from_name("young") == before  # SQLite gives ids out again
    with reading(url) as connection:
        assert (read_curve(connection, "young", 0), read_resources(connection, "young", 0), read_decisions(connection, "young")) == (
            [],
            None,
            [],
        )
        assert (read_curve(connection, "reviews", 0), read_resources(connection, "reviews", 0)) == (curve(3), COST)
        assert len(read_decisions(connection, "reviews")) == 1


def test_writing_and_reading_cost_the_same_after_ten_thousand_trials(storage: RDBStorage) -> None:
    facts, small = Facts(storage.engine, "reviews"), Facts(storage.engine, "news")
    key = storage.get_study_id_from_name("reviews")
    with storage.engine.begin() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE t(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t WHERE n < 9999), e(m) AS (VALUES (1), (2), (3)) "
            f"INSERT INTO autotune_curves SELECT {key}, n, m, 1, 1, 1, 1, 1 FROM t, e"
        )

    def steps(facts: Facts, name: str, number: int) -> int:
        """How much work SQLite does for one trial, in steps of its virtual machine: a clock would measure the machine."""
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        with storage.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.set_progress_handler(count, 10)
        facts.trial(number, curve(3), COST)
        with storage.engine.connect() as connection:
            read_curve(connection, name, number)
            read_resources(connection, name, number)
            connection.connection.driver_connection.set_progress_handler(None, 10)  # type: ignore[union-attr]
        return counted

    alone, among_many = steps(small, "news", 0), steps(facts, "reviews", 5000)
    assert 0 < among_many <= 1.5 * alone


@pytest.mark.parametrize("options", [["--trial", "0"], ["--decisions"], []])
def test_looking_needs_neither_optuna_nor_torch(tmp_path: Path, options: list[str]) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.executescript((Path(__file__).parent / "schema_2.sql").read_text(encoding="utf-8"))
    program = (
        "import sys\n"
        "from autotune.cli.app import main\n"
        f"sys.argv = ['autotune', 'studies', 'show', 'reviews', '--storage', {str(tmp_path / 'a.db')!r}, *{options!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print('LOADED', *sorted({'optuna', 'torch', 'lightning', 'numpy', 'plotly', 'pandas', 'polars', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("LOADED", "")
