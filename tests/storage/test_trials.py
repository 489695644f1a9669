"""A trial read by plain SQL is the trial that was asked for."""

import json
import sqlite3
from pathlib import Path

import pytest

from autotune.errors import StudyError
from autotune.storage.engine import reading, storage_url
from autotune.storage.trials import read_trial
from tests.agent.test_ledger import DETAILS, asked, make, plan_of


@pytest.mark.parametrize("space", ["quick", "full"])
def test_its_configuration_is_the_one_that_was_trained(tmp_path: Path, space: str) -> None:
    ledger = make(tmp_path, plan_of(space=space))
    proposals = dict(asked(ledger) for _ in range(12))
    for number in proposals:
        ledger.report(number, 1, number / 100)
        ledger.finish(number, number / 100, "finished", DETAILS)
    with reading(storage_url(str(tmp_path / "a.db"))) as connection:
        for number, config in proposals.items():
            trial = read_trial(connection, "s", number)
            assert trial.config == config
            assert (trial.state, trial.cause, trial.values) == ("COMPLETE", "finished", {1: number / 100})
            assert trial.result["score"] == number / 100
        with pytest.raises(StudyError, match="'s' has no trial 12"):
            read_trial(connection, "s", 12)
        with pytest.raises(StudyError, match="no study 't'"):
            read_trial(connection, "t", 0)


def test_a_trial_of_another_space_has_no_configuration_but_what_was_drawn(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, _ = asked(ledger)
    with sqlite3.connect(tmp_path / "a.db") as connection:
        (plan,) = connection.execute("SELECT value_json FROM study_user_attributes WHERE key = 'autotune:plan'").fetchone()
        changed = json.loads(plan)
        changed["space"]["parameters"]["optimizer.beta1"] = {"type": "float", "low": 0.1, "high": 0.9, "default": 0.9}
        connection.execute("UPDATE study_user_attributes SET value_json = ? WHERE key = 'autotune:plan'", (json.dumps(changed),))
    with reading(storage_url(str(tmp_path / "a.db"))) as connection:
        trial = read_trial(connection, "s", number)
    assert trial.config is None
    assert trial.sample["text.unit"] in ("word", "subword", "character")
    assert trial.state == "RUNNING"
