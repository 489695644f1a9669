import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.agent.ledger import Ledger
from autotune.agent.plan import SearchPlan
from autotune.config import Config
from autotune.data.dataset import DataSource
from autotune.errors import StudyError, UsageError
from autotune.spaces.files import read_space
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.leaderboard import RESULT, UNSAVED
from autotune.storage.liveness import PROCESS, Process
from autotune.storage.reopening import reopen_cut_off
from autotune.storage.shelf import KEPT_MODELS, Shelf
from autotune.storage.studies import create_study, load_study

DETAILS = {"best_epoch": 1, "epochs": 1, "seconds": 1.0, "parameters": 1, "train_loss": 0.5, "validation": {"log_loss": 0.6}}


def plan_of(metric: str = "accuracy", space: str = "quick") -> SearchPlan:
    return SearchPlan(DataSource("builtin"), "f" * 16, read_space(space), metric, 10, None, 0, 1)  # type: ignore[arg-type]


def make(folder: Path, plan: SearchPlan | None = None) -> Ledger:
    plan = plan or plan_of()
    study = create_study(open_storage(storage_url(str(folder / "a.db"))), "s", plan.metric != "log_loss", plan.to_json())
    return Ledger(study, plan, Shelf(folder / "s"))


def again(folder: Path) -> Ledger:
    study = load_study(open_storage(storage_url(str(folder / "a.db"))), "s")
    return Ledger(study, plan_of(), Shelf(folder / "s"))


def finish(ledger: Ledger, score: float) -> int:
    """A whole trial, its model on the disk."""
    number, _ = asked(ledger)
    ledger.shelf.model(number).mkdir(parents=True)
    ledger.finish(number, score, "finished", DETAILS)
    return number


def asked(ledger: Ledger) -> tuple[int, Config]:
    proposal = ledger.ask()
    assert proposal is not None
    return proposal


def states(folder: Path) -> list[str]:
    storage = open_storage(storage_url(str(folder / "a.db")))
    return [trial.state.name for trial in optuna.load_study(study_name="s", storage=storage).trials]


def test_a_plan_survives_storing() -> None:
    plan = plan_of(space="full")
    assert SearchPlan.from_json(plan.to_json()) == plan


def test_a_plan_of_before_trials_had_a_limit_still_loads() -> None:
    stored = plan_of().to_json()
    del stored["trial_seconds"]
    assert SearchPlan.from_json(stored) == plan_of()


@settings(max_examples=200)
@given(
    trials=st.none() | st.integers(1, 50),
    budget=st.none() | st.integers(1, 50),
    more=st.tuples(st.none() | st.integers(1, 20), st.none() | st.integers(1, 20)).filter(any),
    done=st.integers(0, 60),
    spent=st.integers(0, 60),
)
def test_more_is_always_more(trials: int | None, budget: int | None, more: tuple[int | None, int | None], done: int, spent: int) -> None:
    plan = replace(plan_of(), trials=trials, seconds=budget)
    try:
        longer = plan.extended(*more, done, spent)
    except UsageError:
        assert (more[1] is None and budget is not None and spent >= budget) or (more[0] is None and trials is not None and done >= trials)
        return
    for extra, before, after, used in ((more[0], trials, longer.trials, done), (more[1], budget, longer.seconds, spent)):
        if extra is None:
            assert after == before
        else:
            assert after is not None
            assert after - max(before or 0, used) == extra
        assert after is None or after > used


def test_the_first_trial_is_the_default_configuration(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    ledger.start()
    space = ledger.plan.space
    assert asked(ledger)[1] == space.config(space.defaults())
    ledger.start()
    assert asked(ledger)[1] != space.config(space.defaults())


def test_a_trial_left_running_by_a_dead_process_goes_on_under_its_number(tmp_path: Path) -> None:
    dead = make(tmp_path)
    number, config = asked(dead)
    dead.report(number, 1, 0.5)
    alive = again(tmp_path)
    assert alive.recover() == 1
    assert alive.finished == 0
    assert states(tmp_path) == ["WAITING"]
    assert alive.ask() == (number, config)
    assert alive.recover() == 1  # nothing is lost, however often


def test_a_retry_that_is_interrupted_is_still_a_retry(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, config = asked(ledger)
    assert ledger.retry(number, "the worker died (SIGKILL)")
    assert asked(ledger) == (number, config)
    ledger.interrupt(number)
    assert asked(again(tmp_path)) == (number, config)
    killed = again(tmp_path)
    assert killed.recover() == 1
    assert asked(killed) == (number, config)
    assert not killed.retry(number, "the worker died (SIGKILL)")
    killed.fail(number, "the worker died (SIGKILL)")
    assert killed.finished == again(tmp_path).finished == 1
    assert killed.causes_of_failure() == ["the worker died (SIGKILL)"]


def test_the_best_is_found_again_after_opening(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    for score in (0.5, 0.8, 0.7):
        finish(ledger, score)
    assert ledger.best == again(tmp_path).best == (1, 0.8)
    assert again(tmp_path).finished == 3


def test_smaller_is_better_for_log_loss(tmp_path: Path) -> None:
    ledger = make(tmp_path, plan_of("log_loss"))
    for score in (0.5, 0.3, 0.7):
        finish(ledger, score)
    assert ledger.best == (1, 0.3)
    assert ledger.rank(3, 0.4) == 1
    assert ledger.rank(3, 0.3) == 1
    assert ledger.rank(0, 0.3) == 0


@pytest.mark.parametrize(
    ("cause", "state"),
    [
        ("finished", "COMPLETE"),
        ("patience", "COMPLETE"),
        ("pruned", "PRUNED"),
        ("time", "PRUNED"),
        ("trial timeout", "PRUNED"),
        ("diverged", "PRUNED"),
    ],
)
def test_how_a_trial_ended_decides_its_state(tmp_path: Path, cause: str, state: str) -> None:
    ledger = make(tmp_path)
    number, _ = asked(ledger)
    ledger.report(number, 1, 0.5)
    ledger.finish(number, 0.5, cause, DETAILS)
    assert states(tmp_path) == [state]


def test_failures_are_recorded_with_their_cause_and_what_lies_in_the_configuration_teaches_the_sampler(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    for cause in ("out of memory", "diverged"):
        number, _ = asked(ledger)
        ledger.fail(number, cause)
    assert states(tmp_path) == ["PRUNED", "PRUNED"]
    assert ledger.causes_of_failure() == ["out of memory", "diverged"]
    assert [trial.constraints for trial in ledger._stored()] == [{"memory": 1.0}, {}]  # the sampler knows it as infeasible
    assert ledger.best is None
    assert ledger.finished == 2


def test_only_the_best_models_stay_on_the_disk(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    (tmp_path / "s" / "trials" / ".7.half-written").mkdir(parents=True)
    for score in (0.1, 0.9, 0.2, 0.8, 0.7, 0.3):
        finish(ledger, score)
    kept = sorted(path.name for path in (tmp_path / "s" / "trials").iterdir())
    assert kept == ["1", "3", "4"]
    assert len(kept) == KEPT_MODELS


def test_a_trial_without_a_model_counts_but_wins_nothing(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, _ = asked(ledger)
    ledger.finish(number, 0.9, "finished", {**DETAILS, UNSAVED: "disk: No space left on device"})
    assert ledger.best is None
    assert ledger.has_score
    assert ledger.finished == 1
    assert ledger.causes_of_failure() == []
    for score in (0.5, 0.6, 0.7, 0.8):
        assert ledger.rank(99, score) == 0  # worth saving, whatever the one without a model has
        finish(ledger, score)
    assert again(tmp_path).best == (4, 0.8)
    shutil.rmtree(ledger.shelf.model(4))
    assert ledger.best == again(tmp_path).best == (3, 0.7)


def test_a_later_session_proposes_something_else(tmp_path: Path) -> None:
    first = make(tmp_path)
    number, config = asked(first)
    first.finish(number, 0.5, "finished", DETAILS)
    assert asked(again(tmp_path))[1] != config


def test_every_proposal_is_stored_whole_before_it_can_be_judged(tmp_path: Path) -> None:
    ledger = make(tmp_path, plan_of(space="full"))
    for _ in range(12):
        number, config = asked(ledger)
        stored = load_study(open_storage(storage_url(str(tmp_path / "a.db"))), "s").trials[number]
        sampled = {path: value for path, value in config.canonical().items() if path in stored.params and path != "encoder.kernel_sizes"}
        assert all(
            stored.params[path] == pytest.approx(value) if isinstance(value, float) else stored.params[path] == value
            for path, value in sampled.items()
        )
        ledger.finish(number, 0.5, "pruned", DETAILS)


def test_a_kill_between_storing_a_result_and_telling_it_costs_nothing(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    ledger.start()
    finish(ledger, 0.5)
    number, _ = asked(ledger)
    ledger.shelf.model(number).mkdir(parents=True)
    ledger._running[number].trial.set_user_attr(RESULT, {"score": 0.75, "cause": "patience", "seed": 0, **DETAILS})
    after = again(tmp_path)
    assert after.recover() == 0
    assert (after.finished, after.best) == (2, (number, 0.75))
    assert states(tmp_path) == ["COMPLETE", "COMPLETE"]


def test_a_trial_taken_up_at_a_checkpoint_passes_its_rungs_again_and_is_judged_at_the_last(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    for value in (0.6, 0.7, 0.8):
        number, _ = asked(ledger)
        assert not ledger.report(number, 1, value)
        ledger.report(number, 2, value)
        ledger.finish(number, value, "finished", DETAILS)
    number, _ = asked(ledger)
    ledger.report(number, 1, 0.5)
    ledger._running[number].trial.report(0.5, 2)  # killed before it was judged
    killed = again(tmp_path)
    assert killed.recover() == 1
    assert asked(killed)[0] == number
    assert not killed.report(number, 1, 0.5)
    assert killed.report(number, 2, 0.5)
    assert killed._stored()[number].intermediate_values == {1: 0.5, 2: 0.5}


def test_a_rung_that_was_passed_is_not_judged_again(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, _ = asked(ledger)
    for epoch in (1, 2, 3):
        assert not ledger.report(number, epoch, 0.5)
    for value in (0.6, 0.7, 0.8):
        better, _ = asked(ledger)
        ledger.report(better, 2, value)
        ledger.finish(better, value, "finished", DETAILS)
    ledger.interrupt(number)
    assert asked(ledger)[0] == number
    assert [ledger.report(number, epoch, 0.5) for epoch in (1, 2, 3)] == [False] * 3


def test_a_trial_that_the_budget_cut_off_goes_on_when_there_is_more_time(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, config = asked(ledger)
    ledger.report(number, 1, 0.5)
    ledger.shelf.model(number).mkdir(parents=True)
    ledger.shelf.checkpoint(number).parent.mkdir()
    ledger.shelf.checkpoint(number).write_text("state")
    ledger.finish(number, 0.5, "time", DETAILS)
    assert states(tmp_path) == ["PRUNED"]
    assert ledger.shelf.checkpoint(number).exists()
    assert reopen_cut_off(open_storage(storage_url(str(tmp_path / "a.db"))), "s") == 1
    longer = again(tmp_path)
    assert (longer.recover(), longer.finished, longer.best) == (1, 0, (number, 0.5))
    assert asked(longer) == (number, config)
    assert not longer.report(number, 1, 0.5)
    longer.report(number, 2, 0.75)
    killed = again(tmp_path)  # in the middle of it
    assert killed.recover() == 1
    assert asked(killed) == (number, config)
    killed.finish(number, 0.75, "finished", DETAILS)
    assert (killed.finished, killed.best, states(tmp_path)) == (1, (number, 0.75), ["COMPLETE"])
    assert not killed.shelf.checkpoint(number).exists()


def test_what_was_cut_off_and_is_not_reached_again_stays_what_it_was(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, _ = asked(ledger)
    ledger.report(number, 1, 0.5)
    ledger.finish(number, 0.5, "time", DETAILS)
    reopen_cut_off(open_storage(storage_url(str(tmp_path / "a.db"))), "s")
    longer = again(tmp_path)
    longer.close()
    assert (longer.finished, states(tmp_path)) == (1, ["PRUNED"])
    assert again(tmp_path).finished == 1


def test_a_trial_that_was_cut_off_and_then_fails_keeps_its_score(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, _ = asked(ledger)
    ledger.report(number, 1, 0.5)
    ledger.finish(number, 0.5, "time", DETAILS)
    reopen_cut_off(open_storage(storage_url(str(tmp_path / "a.db"))), "s")
    longer = again(tmp_path)
    assert asked(longer)[0] == number
    assert longer.fail(number, "the worker died (SIGKILL)") == "PRUNED"
    assert longer.has_score


def test_a_trial_whose_coordinator_lives_is_not_taken_over(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, _ = asked(ledger)
    with subprocess.Popen(["sleep", "60"]) as other:
        boot = Process.here()
        stat = Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()
        living = replace(boot, pid=other.pid, started=stat[19])
        ledger._running[number].trial.set_user_attr(PROCESS, living.to_json())
        with pytest.raises(StudyError, match=f"trial 0 of 's' is being trained for process {other.pid}"):
            again(tmp_path).recover()
        other.kill()
    assert again(tmp_path).recover() == 1


@pytest.mark.parametrize("space", ["quick", "full"])
def test_a_search_that_was_killed_after_every_proposal_proposes_the_same(tmp_path: Path, space: str) -> None:
    def value(config: Config) -> float:
        return int(config.fingerprint, 16) % 1000 / 1000

    def trained(ledger: Ledger) -> list[tuple[int, Config]]:
        number, config = asked(ledger)
        ledger.finish(number, value(config), "finished", DETAILS)
        return [(number, config)]

    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    whole = make(tmp_path / "whole", plan_of(space=space))
    undisturbed = [pair for _ in range(13) for pair in trained(whole)]
    plan = plan_of(space=space)
    make(tmp_path / "killed", plan)
    proposed = []
    for _ in range(13):
        for _ in range(2):
            study = load_study(open_storage(storage_url(str(tmp_path / "killed" / "a.db"))), "s")
            ledger = Ledger(study, plan, Shelf(tmp_path / "killed" / "s"))
            ledger.recover()
            number, config = asked(ledger)
        ledger.finish(number, value(config), "finished", DETAILS)
        proposed.append((number, config))
    assert proposed == undisturbed


def test_epochs_are_counted_once_over_all_sessions(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    first, _ = asked(ledger)
    for epoch in (1, 2):
        ledger.report(first, epoch, 0.5)
    ledger.finish(first, 0.5, "finished", DETAILS)
    second, _ = asked(ledger)
    for epoch in (1, 2, 3):
        ledger.report(second, epoch, 0.6)
    assert ledger.epochs == 5
    killed = again(tmp_path)
    killed.recover()
    assert killed.epochs == 5
    assert asked(killed)[0] == second
    for epoch in (2, 3, 4):  # from a checkpoint after the first
        killed.report(second, epoch, 0.6)
    assert killed.epochs == again(tmp_path).epochs == 6
