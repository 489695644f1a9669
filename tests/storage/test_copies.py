"""A copy of a study is compared with it table by table; what no table of the comparison holds is not copied."""

import datetime
import sqlite3
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from autotune.config import Config
from autotune.errors import StudyError
from autotune.storage.ablations import Ablation, AblationKey
from autotune.storage.confirmations import Confirmations
from autotune.storage.copies import copy_study
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.facts import Facts
from autotune.storage.leaderboard import FINAL, RESULT
from autotune.storage.records import CurvePoint, Decision, Resources
from autotune.storage.studies import create_study

OF_THE_DATABASE = {"alembic_version", "version_info", "autotune_schema"}
"""The tables that belong to no study."""

SPACE = {"x": FloatDistribution(0.1, 1.0, log=True), "name": CategoricalDistribution(["adam", None, "ü"])}


@pytest.fixture
def here(tmp_path: Path) -> str:
    """Two studies whose rows lie among each other; `reviews` has something in every table."""
    url = storage_url(str(tmp_path / "here" / "a.db"))
    storage = open_storage(url)
    studies = [create_study(storage, name, True, {"plan": name}) for name in ("news", "reviews")]
    for number in range(6):
        for study in studies:
            study.add_trial(trial(number))
    for study in studies:
        study.enqueue_trial({"x": 0.5})
        study.set_user_attr(FINAL, {"trial": 3, "text": "é" * 5000})
        storage.set_study_system_attr(study._study_id, "dashboard:note", "mine")
        running = study.ask()
        running.suggest_float("x", 0.1, 1.0, log=True)
        storage.record_heartbeat(running._trial_id)
        ablation = Ablation(storage.engine, AblationKey(study.study_name, "d" * 16, Config(), "accuracy"))
        ablation.add(Config(seed=3), "", {"score": 0.5})
        ablation.spend(7.5)
        facts = Facts(storage.engine, study.study_name)
        for number in (0, 1):
            facts.trial(number, [CurvePoint(1, 0.1 + 0.2, 2.0, 3.0, 4.0, 5.0)], Resources(1.5, 2.5, 1 << 40, None, 7, "cpu", 2))
        Confirmations(storage.engine, study.study_name).add(1, 2, {"score": 0.25})
        facts.decided([Decision(1, "pruned", study.study_name), Decision(None, "space used up", "é")])
    study = studies[1]
    study.enqueue_trial({"x": 0.25})
    model = tmp_path / "here" / "reviews" / "trials" / "3"
    model.mkdir(parents=True)
    (model / "weights.bin").write_bytes(bytes(range(256)) * 100)
    (tmp_path / "here" / "reviews" / "worker.log").write_text("all is well\n", encoding="utf-8")
    (tmp_path / "here" / "reviews" / "lock").write_text("{}")
    return url


def trial(number: int) -> optuna.trial.FrozenTrial:
    state = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL][number % 3]
    frozen = create_trial(
        state=state,
        value=[float("inf"), -1e-300, 1 / 3][number % 3] if state == TrialState.COMPLETE else None,
        params={"x": 0.1 + number / 7, "name": [None, "ü"][number % 2]},
        distributions=SPACE,
        user_attrs={RESULT: {"score": 0.1 * number, "cause": "finished"}, "nested": [1, {"a": None}]},
        system_attrs={"fixed_params": {"x": 0.5}},
        intermediate_values={1: 0.1 + 0.2, 2: float("nan"), 5: float("-inf")},
    )
    frozen.datetime_start = datetime.datetime(2026, 11, 24, 7, 0, number, 123456)
    return frozen


def tables(path: Path, study: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a database that has rows of the study, its rows with names and numbers in the place of ids."""
    with sqlite3.connect(path) as connection:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            source = f"{table} x"
            if table == "trials":
                columns, condition = (
                    [name for name in names if name not in ("trial_id", "study_id")],
                    "study_id IN (SELECT study_id FROM studies WHERE study_name = ?)",
                )
            elif "trial_id" in names:
                columns = ["t.number", *(name for name in names[1:] if name != "trial_id")]
                source += " JOIN trials t USING (trial_id)"
                condition = "t.study_id = (SELECT study_id FROM studies WHERE study_name = ?)"
            elif "study_id" in names:
                columns = [name for name in names[1:] if name != "study_id"]
                condition = "study_id = (SELECT study_id FROM studies WHERE study_name = ?)"
            elif table == "autotune_ablation_runs":
                columns, condition = names[1:], "ablation IN (SELECT id FROM autotune_ablations WHERE study = ?)"
            elif table in OF_THE_DATABASE:
                continue
            else:
                columns, condition = names[1:], "study = ?"
            rows = connection.execute(f"SELECT {', '.join(columns)} FROM {source} WHERE {condition}", (study,))
            found[table] = sorted((tuple(map(_same_time, row)) for row in rows), key=repr)
        return found


def _same_time(value: Any) -> Any:
    """SQLite's own clock leaves out the fraction of a second that SQLAlchemy writes."""
    return value.removesuffix(".000000") if isinstance(value, str) else value


def everything(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump())


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_holds_every_row_and_every_file(here: str, tmp_path: Path) -> None:
    before = everything(tmp_path / "here" / "a.db")
    there = storage_url(str(tmp_path / "there" / "b.db"))
    copy_study(here, there, "reviews")
    original, copied = tables(tmp_path / "here" / "a.db", "reviews"), tables(tmp_path / "there" / "b.db", "reviews")
    assert copied == original
    assert [table for table, rows in original.items() if not rows] == []
    assert len(original["trials"]) == 8
    kept = files(tmp_path / "here" / "reviews")
    del kept["lock"]
    assert files(tmp_path / "there" / "reviews") == kept
    assert sorted(path.name for path in (tmp_path / "there").iterdir() if not path.name.startswith("b.db")) == ["reviews"]
    assert everything(tmp_path / "here" / "a.db") == before
    assert tables(tmp_path / "there" / "b.db", "news")["trials"] == []


def test_optuna_reads_the_copy_as_it_reads_the_study(here: str, tmp_path: Path) -> None:
    there = storage_url(str(tmp_path / "there" / "b.db"))
    copy_study(here, there, "reviews")
    one, other = (optuna.load_study(study_name="reviews", storage=open_storage(url)) for url in (here, there))
    facts = [(trial.number, trial.state, trial.params, trial.distributions, trial.datetime_start) for trial in one.trials]
    assert facts == [(trial.number, trial.state, trial.params, trial.distributions, trial.datetime_start) for trial in other.trials]
    assert other.user_attrs == one.user_attrs
    other.tell(other.ask(), 0.5)  # and goes on with it
    assert len(other.trials) == len(one.trials) == 8


def test_a_copy_goes_into_a_database_in_use_and_back(here: str, tmp_path: Path) -> None:
    there = storage_url(str(tmp_path / "there" / "b.db"))
    copy_study(here, there, "news")
    news = tables(tmp_path / "there" / "b.db", "news")
    copy_study(here, there, "reviews")
    assert tables(tmp_path / "there" / "b.db", "news") == news
    again = storage_url(str(tmp_path / "again" / "a.db"))
    copy_study(there, again, "reviews")
    assert tables(tmp_path / "again" / "a.db", "reviews") == tables(tmp_path / "here" / "a.db", "reviews")


def test_a_name_that_exists_there_is_refused_and_nothing_touched(here: str, tmp_path: Path) -> None:
    there = storage_url(str(tmp_path / "there" / "b.db"))
    create_study(open_storage(there), "reviews", False, {"mine": 1})
    before = everything(tmp_path / "there" / "b.db")
    with pytest.raises(StudyError, match="'reviews' exists already in"):
        copy_study(here, there, "reviews")
    assert everything(tmp_path / "there" / "b.db") == before
    assert not (tmp_path / "there" / "reviews").exists()


def test_places_that_would_mix_two_studies_are_refused(here: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="would lie where"):
        copy_study(here, storage_url(str(tmp_path / "here" / "other.db")), "reviews")
    assert not (tmp_path / "here" / "other.db").exists()
    (tmp_path / "there" / "reviews").mkdir(parents=True)
    with pytest.raises(StudyError, match="is in the way"):
        copy_study(here, storage_url(str(tmp_path / "there" / "b.db")), "reviews")
    with pytest.raises(StudyError, match="no study 'review'"):
        copy_study(here, storage_url(str(tmp_path / "elsewhere" / "b.db")), "review")


def test_a_copy_that_fails_half_way_leaves_nothing(here: str, tmp_path: Path) -> None:
    there = storage_url(str(tmp_path / "there" / "b.db"))
    open_storage(there)
    with sqlite3.connect(tmp_path / "there" / "b.db") as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON trial_params BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    before = everything(tmp_path / "there" / "b.db")
    with pytest.raises(Exception, match="cannot grow"):
        copy_study(here, there, "reviews")
    assert everything(tmp_path / "there" / "b.db") == before
    assert not (tmp_path / "there" / "reviews").exists()
    assert not [path for path in (tmp_path / "there").iterdir() if path.is_dir()]
