import multiprocessing
from pathlib import Path

import pytest
from optuna.storages import RDBStorage

from autotune.errors import StudyError
from autotune.storage.engine import open_storage, reading, storage_url
from autotune.storage.leaderboard import RESULT, list_studies, read_study
from autotune.storage.lock import study_lock
from autotune.storage.studies import create_study, delete_study, free_name, load_study

PLAN = {"metric": "accuracy", "trials": 3, "seconds": None}


@pytest.fixture
def storage(tmp_path: Path) -> RDBStorage:
    return open_storage(storage_url(str(tmp_path / "a.db")))


def test_a_name_is_used_once(storage: RDBStorage) -> None:
    create_study(storage, "reviews", True, PLAN)
    with pytest.raises(StudyError, match="exists already") as caught:
        create_study(storage, "reviews", True, PLAN)
    assert "autotune resume reviews" in str(caught.value.hint)


def test_a_free_name_is_counted_up(storage: RDBStorage) -> None:
    assert free_name(storage, "my data.v1!") == "my-data.v1"
    create_study(storage, "x", True, PLAN)
    create_study(storage, "x-2", True, PLAN)
    assert free_name(storage, "x") == "x-3"
    assert free_name(storage, "???") == "study"


@pytest.mark.parametrize("name", ["../evil", "", "a/b", ".hidden", "x" * 65, "a b"])
def test_a_name_that_could_not_be_a_folder_is_refused(storage: RDBStorage, name: str) -> None:
    with pytest.raises(StudyError, match="cannot be a study's name"):
        create_study(storage, name, True, PLAN)


def test_an_unknown_study_is_told_with_the_nearest(storage: RDBStorage) -> None:
    create_study(storage, "reviews", True, PLAN)
    with pytest.raises(StudyError, match="no study 'review'") as caught:
        load_study(storage, "review")
    assert caught.value.hint == "did you mean 'reviews'?"


def test_a_study_of_plain_optuna_is_not_taken_for_ours(storage: RDBStorage) -> None:
    import optuna

    optuna.create_study(storage=storage, study_name="other")
    with pytest.raises(StudyError, match="was not made by autotune"):
        load_study(storage, "other")
    with reading(str(storage.url)) as connection:
        assert list_studies(connection) == []


def test_deleting_removes_the_files_too(storage: RDBStorage, tmp_path: Path) -> None:
    create_study(storage, "reviews", True, PLAN)
    (tmp_path / "reviews" / "trials").mkdir(parents=True)
    delete_study(storage, "reviews", tmp_path / "reviews")
    assert not (tmp_path / "reviews").exists()
    with pytest.raises(StudyError):
        delete_study(storage, "reviews", tmp_path / "reviews")


@pytest.mark.parametrize(("maximize", "best"), [(True, 2), (False, 1)])
def test_the_leaderboard_ranks_complete_and_pruned_trials_by_score(storage: RDBStorage, maximize: bool, best: int) -> None:
    study = create_study(storage, "reviews", maximize, PLAN)
    for score, state in ((0.5, "COMPLETE"), (0.4, "PRUNED"), (0.9, "PRUNED"), (0.9, "COMPLETE")):
        trial = study.ask()
        trial.set_user_attr(RESULT, {"score": score, "cause": "finished"})
        import optuna

        study.tell(trial, score if state == "COMPLETE" else None, state=optuna.trial.TrialState[state])
    study.ask()
    with reading(str(storage.url)) as connection:
        row = read_study(connection, "reviews")
    assert row.best is not None
    assert row.best.number == best
    assert [row.count(state) for state in ("COMPLETE", "PRUNED", "FAIL", "RUNNING")] == [2, 2, 0, 1]
    assert row.plan == PLAN


def _hold(folder: Path, ready: "multiprocessing.synchronize.Event", release: "multiprocessing.synchronize.Event") -> None:
    with study_lock(folder, "s"):
        ready.set()
        release.wait(30)


def test_a_second_process_is_told_who_holds_the_study(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path, ready, release))
    process.start()
    try:
        assert ready.wait(60)
        with pytest.raises(StudyError, match=f"process {process.pid} since"), study_lock(tmp_path, "s"):
            pass
    finally:
        process.kill()
        process.join()
    with study_lock(tmp_path, "s"):  # the dead hold nothing
        pass
