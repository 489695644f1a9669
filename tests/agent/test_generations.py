"""Trials of one study in another: nothing is lost, nothing is trained twice, and a kill leaves the one state or the other."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial

from autotune.agent.generations import Comparison, begin_from, begin_with_configurations, compare, fork, new_generation
from autotune.agent.ledger import Ledger
from autotune.agent.plan import SearchPlan, SpaceOrigin
from autotune.config import Metric
from autotune.data.dataset import DataSource
from autotune.errors import StorageError, StudyError
from autotune.spaces.space import Parameter, SearchSpace
from autotune.storage.engine import explained, open_storage, reading, storage_url
from autotune.storage.facts import Facts, read_curve, read_decisions, read_resources
from autotune.storage.leaderboard import FINAL, LEFT_BEHIND, ORIGIN, RESULT, SEARCHED, list_studies, read_study
from autotune.storage.records import CurvePoint, Decision, Resources
from autotune.storage.shelf import Shelf
from autotune.storage.studies import PLAN, create_study, load_study
from tests.storage.test_copies import tables

DETAILS = {"best_epoch": 2, "epochs": 2, "seconds": 1.0, "parameters": 1, "validation": {}}


def space_of(optimizers: tuple[str, ...], batches: tuple[int, ...] = (16, 32)) -> SearchSpace:
    return SearchSpace(
        "small",
        "",
        (
            Parameter("optimizer.name", "categorical", choices=optimizers, default=optimizers[0]),
            Parameter("batch_size.initial", "categorical", choices=batches, default=batches[0]),
        ),
        {"encoder.name": "none"},
    )


SIX = space_of(("adam", "sgd", "adagrad"))
FOUR = space_of(("nadam", "adam"), (16, 64))
"""One of the six configurations is among its four."""


def plan_of(space: SearchSpace = SIX, metric: Metric = "accuracy", data: str = "d" * 16, seed: int = 0) -> SearchPlan:
    return SearchPlan(DataSource("builtin"), data, space, metric, 20, 600.0, seed, 1)


@pytest.fixture
def storage(tmp_path: Path) -> RDBStorage:
    return open_storage(storage_url(str(tmp_path / "a.db")))


def ledger_of(storage: RDBStorage, folder: Path, name: str = "s") -> Ledger:
    study = load_study(storage, name)
    return Ledger(study, SearchPlan.from_json(study.user_attrs[PLAN]), Shelf(folder / name))


def train(storage: RDBStorage, folder: Path, name: str = "s", most: int = 100) -> list[int]:
    """Tries what there is to try; the later the better. Every trial has a curve, and the best have models."""
    ledger, facts, numbers = ledger_of(storage, folder, name), Facts(storage.engine, name), []
    while len(numbers) < most and (proposal := ledger.ask()) is not None:
        number, config = proposal
        score = 0.5 + number / 100
        ledger.report(number, 1, score - 0.1)
        ledger.report(number, 2, score)
        ledger.shelf.model(number).mkdir(parents=True)
        (ledger.shelf.model(number) / "weights").write_text(config.fingerprint)
        facts.trial(number, [CurvePoint(1, 1.0, 1.0, score, score, 1.0)], Resources(1.0, 1.0, None, None, 1, "cpu", 1))
        ledger.finish(number, score, "finished", DETAILS)
        facts.decided([Decision(number, "pruned", f"trial {number}")])
        numbers.append(number)
    return numbers


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study `s` of which all six configurations were tried."""
    folder = tmp_path_factory.mktemp("made")
    storage = open_storage(storage_url(str(folder / "a.db")))
    study = create_study(storage, "s", True, plan_of().to_json())
    for sample in SIX.samples():
        study.enqueue_trial(sample)
    assert train(storage, folder, most=6) == [0, 1, 2, 3, 4, 5]
    (folder / "s" / "worker.log").write_text("all is well\n")
    load_study(storage, "s").set_user_attr(SEARCHED, 12.5)
    storage.engine.dispose()
    return folder


@pytest.fixture
def searched(made: Path, tmp_path: Path) -> RDBStorage:
    """A copy of it to work on."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return open_storage(storage_url(str(tmp_path / "a.db")))


def trials(storage: RDBStorage, name: str = "s") -> list[FrozenTrial]:
    return list(load_study(storage, name).trials)


def scored(storage: RDBStorage, name: str = "s") -> dict[int, float]:
    return {
        trial.number: trial.user_attrs[RESULT]["score"] for trial in trials(storage, name) if "score" in trial.user_attrs.get(RESULT, {})
    }


def other_generation(storage: RDBStorage, space: SearchSpace = FOUR) -> tuple[str, Comparison]:
    compared = compare(storage, "s", space)
    return new_generation(storage, compared, plan_of(space)), compared


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_a_plan_knows_of_its_space_survives_storing_and_older_plans_know_nothing() -> None:
    plan = replace(plan_of(), origin=SpaceOrigin("/there/mine.yaml", {"optimizer.name": "adam"}), imported=3)
    stored = plan.to_json()
    assert stored["space_fingerprint"] == SIX.fingerprint
    assert SearchPlan.from_json(stored) == plan
    for key in ("space_fingerprint", "space_origin", "imported"):
        del stored[key]
    assert SearchPlan.from_json(stored) == plan_of()


def test_a_new_generation_goes_on_with_what_fits_and_keeps_the_old_one(searched: RDBStorage, tmp_path: Path) -> None:
    before, old_files = trials(searched), files(tmp_path / "s")
    old_tables = tables(tmp_path / "a.db", "s")
    former, compared = other_generation(searched)
    assert former == "s@1"
    assert len(compared.fitting) == 1
    assert compared.left == {
        "optimizer.name sgd is no choice": 2,
        "optimizer.name adagrad is no choice": 2,
        "batch_size.initial 32 is no choice": 1,
    }

    # The old generation is what it was, but for its name.
    assert {table: rows for table, rows in tables(tmp_path / "a.db", "s@1").items() if table != "studies"} == {
        table: rows for table, rows in old_tables.items() if table != "studies"
    }
    assert files(tmp_path / "s@1") == old_files

    after = trials(searched)
    assert len(after) == len(before)
    (fitting,) = compared.fitting
    number = fitting.trial.number
    old, new = before[number], after[number]
    assert (new.state, new.params, new.values, new.intermediate_values) == (old.state, old.params, old.values, old.intermediate_values)
    assert (new.datetime_start, new.datetime_complete) == (old.datetime_start, old.datetime_complete)
    assert new.user_attrs == {**old.user_attrs, ORIGIN: {"study": "s@1", "trial": number}}
    assert new.distributions["batch_size.initial"].choices == (16, 64)  # type: ignore[attr-defined]
    left = [trial for trial in after if trial.number != number]
    assert {trial.user_attrs[RESULT]["cause"] for trial in left} == {LEFT_BEHIND}
    assert all("no choice" in trial.user_attrs[RESULT]["why"] for trial in left)
    with reading(str(searched.url)) as connection:
        assert [study.name for study in list_studies(connection)] == ["s@1", "s"]
        row = read_study(connection, "s")
        assert len(read_curve(connection, "s", number)) == 1
        assert read_resources(connection, "s", number) == read_resources(connection, "s@1", number) is not None
        assert [decision.trial for decision in read_decisions(connection, "s")] == [number]
        assert len(read_decisions(connection, "s@1")) == 6
    assert row.count("COMPLETE") == 1
    assert row.count("FAIL") == 0
    assert row.searched_seconds == 12.5
    assert row.origin == {"study": "s@1", "imported": 1, "left": compared.left}


def test_nothing_that_was_imported_is_trained_again(searched: RDBStorage, tmp_path: Path) -> None:
    other_generation(searched)
    ledger = ledger_of(searched, tmp_path)
    assert ledger.finished == 1
    assert ledger.recover() == 0
    ledger.start()
    numbers = train(searched, tmp_path)
    assert len(numbers) == 3  # of four
    assert min(numbers) >= 6
    prints = [trial.user_attrs["fingerprint"] for trial in trials(searched) if "score" in trial.user_attrs.get(RESULT, {})]
    assert len(set(prints)) == len(prints) == 4


def test_what_was_left_behind_comes_back_with_the_space(searched: RDBStorage, tmp_path: Path) -> None:
    before, models = scored(searched), files(tmp_path / "s" / "trials")
    other_generation(searched)
    train(searched, tmp_path)
    former, compared = other_generation(searched, SIX)
    assert former == "s@2"
    assert len(compared.fitting) == 6
    assert {number: score for number, score in scored(searched).items() if number < 6} == before
    assert {trial.user_attrs[ORIGIN]["study"] for trial in trials(searched)[:6]} == {"s@1"}
    assert sum(trial.user_attrs[RESULT]["cause"] == LEFT_BEHIND for trial in trials(searched)[6:]) == 3
    there = files(tmp_path / "s" / "trials")
    assert {name: there[name] for name in models} == models
    with reading(str(searched.url)) as connection:
        assert all(len(read_curve(connection, "s", number)) == 1 for number in range(6))


def test_a_former_generation_that_was_deleted_leaves_the_places_empty(searched: RDBStorage, tmp_path: Path) -> None:
    other_generation(searched)
    optuna.delete_study(study_name="s@1", storage=searched)
    _, compared = other_generation(searched, SIX)
    assert len(compared.fitting) == 1
    assert len(scored(searched)) == 1
    assert [trial.user_attrs[ORIGIN]["study"] for trial in trials(searched)] == ["s@1"] * 6


def test_trials_in_the_middle_of_their_training_go_on(searched: RDBStorage, tmp_path: Path) -> None:
    create_study(searched, "t", True, plan_of().to_json())
    ledger = ledger_of(searched, tmp_path, "t")
    chosen = {"optimizer.name": "adam", "batch_size.initial": 16}
    for sample in (chosen, {**chosen, "optimizer.name": "sgd"}, {**chosen, "batch_size.initial": 32}):
        load_study(searched, "t").enqueue_trial(sample)
    ledger = ledger_of(searched, tmp_path, "t")
    asked = [ledger.ask(), ledger.ask()]
    for proposal in asked:
        assert proposal is not None
        ledger.report(proposal[0], 1, 0.75)
    checkpoint = ledger.shelf.checkpoint(0)
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("epoch 1")
    compared = compare(searched, "t", space_of(("nadam", "adam")))
    assert compared.left == {"optimizer.name sgd is no choice": 1}
    assert new_generation(searched, compared, plan_of(space_of(("nadam", "adam")))) == "t@1"
    assert [trial.state.name for trial in trials(searched, "t")] == ["RUNNING", "FAIL", "WAITING", "WAITING"]  # and the defaults
    assert [trial.state.name for trial in trials(searched, "t@1")] == ["RUNNING", "RUNNING", "WAITING"]
    ledger = ledger_of(searched, tmp_path, "t")
    assert ledger.recover() == 1
    first, second = ledger.ask(), ledger.ask()
    assert first == asked[0]
    assert second is not None
    assert (second[0], second[1].batch_size.initial, second[1].optimizer.name) == (2, 32, "adam")
    assert trials(searched, "t")[0].intermediate_values == {1: 0.75}
    assert checkpoint.read_text() == (tmp_path / "t@1" / "checkpoints" / "0.pt").read_text() == "epoch 1"


@pytest.mark.parametrize("fits", [True, False])
def test_the_score_on_the_test_texts_goes_on_with_the_trial_that_it_is_of(searched: RDBStorage, fits: bool) -> None:
    (fitting,) = compare(searched, "s", FOUR).fitting
    final = {"trial": fitting.trial.number if fits else (fitting.trial.number + 1) % 6}
    load_study(searched, "s").set_user_attr(FINAL, final)
    other_generation(searched)
    assert load_study(searched, "s").user_attrs.get(FINAL) == (final if fits else None)


def test_a_generation_without_any_trial_begins_with_the_defaults(searched: RDBStorage, tmp_path: Path) -> None:
    space = space_of(("nadam", "rmsprop"))
    other_generation(searched, space)
    proposal = ledger_of(searched, tmp_path).ask()
    assert proposal == (6, space.config(space.defaults()))


def test_a_fork_leaves_the_study_as_it_is(searched: RDBStorage, tmp_path: Path) -> None:
    before, there = tables(tmp_path / "a.db", "s"), files(tmp_path / "s")
    compared = compare(searched, "s", space_of(("adagrad", "adam")))
    fork(searched, compared, "t", plan_of(space_of(("adagrad", "adam"))))
    assert tables(tmp_path / "a.db", "s") == before
    assert files(tmp_path / "s") == there
    assert scored(searched, "t") == {candidate.trial.number: candidate.result["score"] for candidate in compared.fitting}
    assert len(scored(searched, "t")) == 4
    with reading(str(searched.url)) as connection:
        winner = read_study(connection, "t").winner(tmp_path / "t")
    fingerprint = trials(searched, "t")[winner.number].user_attrs["fingerprint"]
    assert (tmp_path / "t" / "trials" / str(winner.number) / "weights").read_text() == fingerprint
    assert train(searched, tmp_path, "t") == []


def test_names_and_places_that_are_taken_are_refused(searched: RDBStorage, tmp_path: Path) -> None:
    compared = compare(searched, "s", FOUR)
    (tmp_path / "u" / "trials").mkdir(parents=True)
    for name, words in (("s", "exists already"), ("u", "is in the way"), ("s@1", "cannot be a study's name")):
        with pytest.raises(StudyError, match=words):
            fork(searched, compared, name, plan_of(FOUR))
    former, _ = other_generation(searched)
    with pytest.raises(StudyError, match="is an old generation"):
        new_generation(searched, compare(searched, former, SIX), plan_of())


def test_a_search_from_another_study_learns_from_it_and_counts_its_own_trials_alone(searched: RDBStorage, tmp_path: Path) -> None:
    space = space_of(("adam", "sgd", "nadam"))
    compared = compare(searched, "s", space)
    plan = begin_from(searched, compared, "t", plan_of(space, seed=7))
    assert plan.imported == 4
    assert SearchPlan.from_json(load_study(searched, "t").user_attrs[PLAN]) == plan
    assert sorted(scored(searched, "t").values()) == sorted(candidate.result["score"] for candidate in compared.fitting)
    for number, trial in enumerate(trials(searched, "t")):
        origin = trial.user_attrs[ORIGIN]
        old = trials(searched)[origin["trial"]]
        assert (origin["study"], trial.number, trial.params, trial.intermediate_values) == (
            "s",
            number,
            old.params,
            old.intermediate_values,
        )
        # Its configuration under the seed of this search, and the seed that it was trained with.
        assert trial.user_attrs["fingerprint"] == space.config(trial.params, seed=7).fingerprint
        assert trial.user_attrs["autotune:seed"] == 0
    for model in (tmp_path / "s" / "trials").iterdir():
        copies = [path for path in (tmp_path / "t" / "trials").iterdir() if os.path.samefile(path / "weights", model / "weights")]
        assert len(copies) == (trials(searched)[int(model.name)].params["optimizer.name"] != "adagrad")
    ledger = ledger_of(searched, tmp_path, "t")
    assert ledger.finished == 0
    assert ledger.has_score
    assert len(train(searched, tmp_path, "t")) == 2  # nadam
    assert ledger_of(searched, tmp_path, "t").finished == 2

    # What did not count in the study does not count in its next generation.
    compared = compare(searched, "t", FOUR)
    assert (len(compared.fitting), compared.given) == (2, 1)
    new_generation(searched, compared, replace(plan_of(FOUR, seed=7), imported=compared.given))
    assert ledger_of(searched, tmp_path, "t").finished == 1
    compared = compare(searched, "t", space)
    assert (len(compared.fitting), compared.given) == (6, 4)


@pytest.mark.parametrize("metric", ["accuracy", "log_loss"])
def test_where_scores_mean_nothing_the_best_configurations_are_tried_first(storage: RDBStorage, tmp_path: Path, metric: Metric) -> None:
    create_study(storage, "s", metric != "log_loss", plan_of(SIX, metric).to_json())
    train(storage, tmp_path)
    wider = space_of(("rmsprop", "adam", "sgd", "adagrad"), (16, 32, 64))
    compared = compare(storage, "s", wider)
    assert begin_with_configurations(storage, compared, "t", plan_of(wider, data="e" * 16)) == 5
    ledger = ledger_of(storage, tmp_path, "t")
    ledger.start()
    ranked = sorted(compared.fitting, key=lambda candidate: candidate.result["score"], reverse=metric == "accuracy")
    for candidate in ranked[:5]:
        proposal = ledger.ask()
        assert proposal is not None
        assert proposal[1] == SIX.config(candidate.trial.params)
    assert scored(storage, "t") == {}


def whole(folder: Path) -> tuple[Any, Any]:
    """Everything that belongs to a study, and whether anything lies about."""
    return tables(folder / "a.db", "s"), sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_a_database_that_is_full_at_the_last_moment_leaves_everything_as_it_was(searched: RDBStorage, tmp_path: Path) -> None:
    before, there = whole(tmp_path), files(tmp_path / "s")
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON study_user_attributes WHEN new.key = 'autotune:plan' "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with pytest.raises(StorageError, match="cannot grow"), explained(str(searched.url)):
        other_generation(searched)
    assert whole(tmp_path) == before
    assert files(tmp_path / "s") == there
    assert [study.study_name for study in searched.get_all_studies()] == ["s"]


KILLED = """
import sys
from pathlib import Path
from tests.agent.test_generations import *
storage = open_storage(storage_url(sys.argv[1]))
other_generation(storage)
"""


def kill_in_the_middle(folder: Path) -> None:
    """Makes a generation in another process, and kills it while it gives the names, which a trigger makes take for ever."""
    with sqlite3.connect(folder / "a.db") as connection:
        many = ", ".join(f"sqlite_master m{number}" for number in range(8))
        connection.execute(f"CREATE TRIGGER slow BEFORE UPDATE ON studies WHEN new.study_name = 's' BEGIN SELECT COUNT(*) FROM {many}; END")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder / "a.db")], cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 60
    last = "SELECT 1 FROM study_user_attributes a JOIN studies s ON s.study_id = a.study_id WHERE s.study_name = 's@draft' AND a.key = ?"
    with sqlite3.connect(folder / "a.db") as connection:
        while not connection.execute(last, (ORIGIN,)).fetchall():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with sqlite3.connect(folder / "a.db") as connection:
        assert {row[0] for row in connection.execute("SELECT study_name FROM studies")} == {"s", "s@draft"}
        connection.execute("DROP TRIGGER slow")


def test_a_kill_in_the_middle_leaves_the_study_as_it_was(searched: RDBStorage, tmp_path: Path) -> None:
    study = load_study(searched, "s")
    study.add_trials([optuna.trial.create_trial(state=optuna.trial.TrialState.FAIL, user_attrs={RESULT: {"cause": "repeat"}})] * 60)
    before, there = tables(tmp_path / "a.db", "s"), files(tmp_path / "s")
    kill_in_the_middle(tmp_path)
    assert tables(tmp_path / "a.db", "s") == before
    assert files(tmp_path / "s") == there
    with reading(str(searched.url)) as connection:
        assert [row.name for row in list_studies(connection)] == ["s"]
    other_generation(searched)
    with reading(str(searched.url)) as connection:
        assert [row.name for row in list_studies(connection)] == ["s@1", "s"]
    assert {row.study_name for row in searched.get_all_studies()} == {"s", "s@1"}
    assert len(trials(searched)) == len(trials(searched, "s@1")) == 66
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["s", "s@1"]
