"""Trials read by plain SQL: the same as Optuna reads."""

import math
from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from autotune.agent.proposing.samplers import tpe
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.trial_reading import PlainStorage, proposing

NORMAL, FULL = 1, 2


def fill(study: optuna.Study, trials: int) -> None:
    """Trials in every state, with what can hang on one."""
    for number in range(trials):
        if number % 7 == 6:
            study.enqueue_trial({"width": 8, "name": "gru"}, {"why": "wanted"})
            continue
        trial = study.ask()
        trial.suggest_float("rate", 1e-5, 1.0, log=True)
        if trial.suggest_categorical("name", ["gru", "cnn", None, 3, 0.5, True]) == "gru":
            trial.suggest_int("width", 8, 64, step=8)
        trial.set_user_attr("words", {"größe": [1, 2.5, None], "number": number})
        for step, value in enumerate((0.25, math.inf, -math.inf, math.nan, number / 3)[: 1 + number % 5], 1):
            trial.report(value, step)
        if number % 5 == 4:
            trial.set_constraint("memory", 1.0)
        ended = {0: 0.1 * number, 1: None, 2: math.inf, 3: -math.inf}.get(number % 6, 0.5)
        if number % 6 == 1:
            study.tell(trial, state=(TrialState.PRUNED, TrialState.FAIL)[number % 4 == 3])
        elif number % 6 != 5:  # those go on
            study.tell(trial, ended)


def described(trial: FrozenTrial, proposed: bool = False) -> dict[str, object]:
    """Everything that a trial holds, in which two that are equal look the same, and NaN equals itself."""
    held = {name.lstrip("_"): value for name, value in vars(trial).items()}
    attributes = {key: value for key, value in trial.system_attrs.items() if proposed or not key.startswith("tpe:")}
    held["system_attrs"] = attributes
    for name in ("system_attrs", "user_attrs", "intermediate_values"):  # whose order means nothing
        held[name] = sorted(held[name].items())
    return {name: repr(value) for name, value in held.items()}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> PlainStorage:
    opened = open_storage(storage_url(str(tmp_path_factory.mktemp("studies") / "a.db")))
    assert isinstance(opened, PlainStorage)
    for name in ("other", "study"):
        fill(optuna.create_study(storage=opened, study_name=name, sampler=tpe(0)), 42)
    return opened


STATES = st.none() | st.sets(st.sampled_from(list(TrialState)))


@given(states=STATES, included=st.sets(st.integers(1, 90)), after=st.integers(-1, 85), study=st.sampled_from(["study", "other"]))
def test_the_same_trials_with_the_same_in_them(
    storage: PlainStorage, states: Collection[TrialState] | None, included: set[int], after: int, study: str
) -> None:
    study_id = storage.get_study_id_from_name(study)
    ours = storage._get_trials(study_id, states, included, after)
    # Optuna's own forgets the states where it is asked for single trials, and nobody asks for both.
    theirs = RDBStorage._get_trials(storage, study_id, states, included, after)
    for mine, its in zip(ours, theirs, strict=True):
        assert described(mine, proposed=not its.state.is_finished()) == described(its, proposed=not its.state.is_finished())


def test_all_states_are_among_them_and_more_than_are_read_at_once(storage: PlainStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    study_id = storage.get_study_id_from_name("study")
    whole = storage._get_trials(study_id, None, set(), -1)
    assert {trial.state for trial in whole} == set(TrialState)
    assert [trial.number for trial in whole] == list(range(len(whole)))
    monkeypatch.setattr("autotune.storage.trial_reading._AT_ONCE", 7)
    assert [described(trial) for trial in storage._get_trials(study_id, None, set(), -1)] == [described(trial) for trial in whole]


def test_a_finished_trial_does_not_carry_what_the_sampler_noted_for_others(storage: PlainStorage) -> None:
    noted = [trial for trial in RDBStorage._get_trials(storage, 2, None, set(), -1) if any("tpe" in key for key in trial.system_attrs)]
    assert {trial.state.is_finished() for trial in noted} == {True, False}
    by_number = {trial.number: trial for trial in storage._get_trials(2, None, set(), -1)}
    for trial in noted:
        assert any("tpe" in key for key in by_number[trial.number].system_attrs) != trial.state.is_finished()


def test_a_study_goes_on_with_what_others_store_meanwhile(tmp_path: Path) -> None:
    url = storage_url(str(tmp_path / "a.db"))
    ours = optuna.create_study(storage=open_storage(url), study_name="s")
    fill(ours, 12)
    theirs = optuna.load_study(storage=RDBStorage(url), study_name="s")
    for step in (3, 4):
        trial = next(trial for trial in ours.get_trials() if trial.state == TrialState.RUNNING)
        theirs.tell(trial.number, 0.5)
        fill(theirs, step)
        assert [described(trial) for trial in ours.get_trials()] == [described(trial) for trial in theirs.get_trials()]


def level(storage: PlainStorage) -> int:
    with storage.engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())


def test_what_is_proposed_under_one_hold_is_what_would_be_without(tmp_path: Path) -> None:
    found = []
    for held in (False, True):
        path = str(tmp_path / f"{held}.db")
        study = optuna.create_study(storage=open_storage(storage_url(path)), study_name="s", sampler=tpe(0))
        fill(study, 25)
        for number in range(8):
            study.sampler = tpe(number)
            with proposing(study) if held else nullcontext():
                trial = study.ask()
                trial.suggest_float("rate", 1e-5, 1.0, log=True)
                trial.suggest_categorical("name", ["gru", "cnn", None, 3, 0.5, True])
            if number % 2:
                study.tell(trial, 0.25)
        trials = study.get_trials()
        found.append([(trial.number, trial.state, trial.params) for trial in trials])
        assert [described(trial) for trial in trials] == [
            described(trial) for trial in optuna.load_study(storage=open_storage(storage_url(path)), study_name="s").trials
        ]
    assert found[0] == found[1]
    assert len({str(trial[2]) for trial in found[0]}) > 20


def test_the_disk_is_waited_for_but_while_a_trial_is_proposed(tmp_path: Path) -> None:
    storage = open_storage(storage_url(str(tmp_path / "a.db")))
    assert isinstance(storage, PlainStorage)
    study = optuna.create_study(storage=storage)
    assert level(storage) == FULL
    with proposing(study):
        assert level(storage) == NORMAL
    assert level(storage) == FULL
    with proposing(optuna.create_study()):  # in memory
        pass
