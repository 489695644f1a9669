from pathlib import Path

import pytest
from optuna.storages import RDBStorage
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from autotune.config import Config
from autotune.storage.ablations import Ablation, AblationKey
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.studies import create_study, delete_study

BASE = Config()
SGD = Config.from_values({"optimizer.name": "sgd", "seed": 1})
RESULT = {"score": 0.5, "cause": "patience", "epochs": 3, "validation": {"accuracy": 0.5}}


@pytest.fixture
def storage(tmp_path: Path) -> RDBStorage:
    return open_storage(storage_url(str(tmp_path / "a.db")))


def key(study: str = "reviews", data: str = "d" * 16, base: Config = BASE, metric: str = "accuracy") -> AblationKey:
    return AblationKey(study, data, base, metric)  # type: ignore[arg-type]


def test_what_was_stored_is_there_again(storage: RDBStorage, tmp_path: Path) -> None:
    first = Ablation(storage.engine, key())
    assert (first.results, first.seconds) == ({}, 0.0)
    first.add(SGD, "optimizer.name=sgd", RESULT)
    first.spend(12.34)
    again = Ablation(open_storage(storage_url(str(tmp_path / "a.db"))).engine, key())
    assert (again.results, again.seconds) == ({SGD.fingerprint: RESULT}, 12.3)
    with storage.engine.connect() as connection:
        assert connection.execute(text("SELECT change, seed FROM autotune_ablation_runs")).all() == [("optimizer.name=sgd", 1)]


@pytest.mark.parametrize("other", [key(study="s"), key(study=""), key(data="e" * 16), key(base=SGD), key(metric="log_loss")])
def test_another_study_data_base_or_metric_is_another_ablation(storage: RDBStorage, other: AblationKey) -> None:
    Ablation(storage.engine, key()).add(SGD, "optimizer.name=sgd", RESULT)
    assert Ablation(storage.engine, other).results == {}
    assert Ablation(storage.engine, key()).results != {}


def test_no_run_is_stored_twice(storage: RDBStorage) -> None:
    one, other = Ablation(storage.engine, key()), Ablation(storage.engine, key())
    one.add(SGD, "optimizer.name=sgd", RESULT)
    with pytest.raises(IntegrityError):
        other.add(SGD, "optimizer.name=sgd", {"cause": "diverged"})
    assert Ablation(storage.engine, key()).results == {SGD.fingerprint: RESULT}


def test_deleting_a_study_removes_its_ablations_and_no_others(storage: RDBStorage, tmp_path: Path) -> None:
    create_study(storage, "reviews", True, {})
    kept = [key(study="news"), key(study="")]
    for entry in (key(), key(metric="log_loss"), *kept):
        Ablation(storage.engine, entry).add(SGD, "optimizer.name=sgd", RESULT)
    delete_study(storage, "reviews", tmp_path / "reviews")
    for entry in kept:
        assert Ablation(storage.engine, entry).results == {SGD.fingerprint: RESULT}
    with storage.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM autotune_ablations")).scalar() == 2
        assert connection.execute(text("SELECT count(*) FROM autotune_ablation_runs")).scalar() == 2
