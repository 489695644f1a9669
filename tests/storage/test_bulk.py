"""Trials written at once are what Optuna would have written one by one."""

from pathlib import Path

import pytest

from autotune.storage.bulk import add_trials
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.studies import create_study, load_study
from tests.storage.test_copies import tables, trial


def test_the_rows_are_those_of_optuna(tmp_path: Path) -> None:
    trials = [trial(number) for number in range(7)]
    for name, parts in (("one.db", [trials]), ("two.db", [trials[:3], trials[3:]])):
        storage = open_storage(storage_url(str(tmp_path / name)))
        study = create_study(storage, "s", True, {})
        for part in parts:
            if name == "one.db":
                study.add_trials(part)
            else:
                add_trials(storage, study, part)
    assert tables(tmp_path / "two.db", "s") == tables(tmp_path / "one.db", "s")
    assert [found.number for found in load_study(storage, "s").trials] == [0, 1, 2, 3, 4, 5, 6]


def test_a_trial_that_contradicts_itself_is_refused_and_nothing_is_added(tmp_path: Path) -> None:
    storage = open_storage(storage_url(str(tmp_path / "a.db")))
    study = create_study(storage, "s", True, {})
    wrong = trial(0)
    del wrong.distributions["x"]
    with pytest.raises(ValueError, match="distributions"):
        add_trials(storage, study, [trial(0), wrong])
    assert load_study(storage, "s").trials == []
