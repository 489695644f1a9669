"""What limits refuse, how a study remembers it, and what a worker measures."""

from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.agent.ledger import Ledger
from autotune.agent.limits import OVER, REFUSALS, Footprint, Limits, OverLimitError
from autotune.agent.loop import _no_result
from autotune.agent.plan import SearchPlan
from autotune.agent.proposing.samplers import Informed
from autotune.agent.working.worker import measured
from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.leaderboard import RESULT
from autotune.storage.shelf import Shelf
from autotune.storage.studies import create_study, load_study
from autotune.storage.trials import SEED
from autotune.training.setup import fresh_classifier
from tests.agent.test_ledger import DETAILS, asked, plan_of, states
from tests.conftest import write_toy

numbers = st.integers(1, 10**9)
seconds = st.floats(1e-6, 10)
footprints = st.builds(Footprint, numbers, numbers, seconds)
limits = st.builds(Limits, st.none() | numbers, st.none() | numbers, st.none() | seconds)


def refusal(given_limits: Limits, footprint: Footprint) -> OverLimitError:
    with pytest.raises(OverLimitError) as caught:
        given_limits.check(footprint)
    return caught.value


@pytest.mark.parametrize(
    ("bounds", "cause", "over"),
    [
        (Limits(parameters=1_000_000), "too large: 1,500,000 parameters, at most 1,000,000", {"parameters": 0.5}),
        (Limits(size=3_000_000), "too large: 6,000,000 bytes, at most 3,000,000", {"size": 1.0}),
        (Limits(latency=0.001), "too slow: 1.25 ms a text, at most 1 ms", {"latency": 0.25}),
        (
            Limits(750_000, 6_000_000, 0.00125),
            "too large: 1,500,000 parameters, at most 750,000",
            {"parameters": 1.0},
        ),
        (
            Limits(size=3_000_000, latency=0.0005),
            "too large: 6,000,000 bytes, at most 3,000,000; 1.25 ms a text, at most 0.5 ms",
            {"size": 1.0, "latency": 1.5},
        ),
    ],
)
def test_what_is_beyond_a_limit_is_refused_with_its_numbers(bounds: Limits, cause: str, over: dict[str, float]) -> None:
    footprint = Footprint(1_500_000, 6_000_000, 0.00125)
    problem = refusal(bounds, footprint)
    assert problem.message == cause
    assert problem.message.startswith(REFUSALS)
    assert problem.details[OVER] == pytest.approx(over)
    assert Footprint.of_result(problem.details) == footprint


def test_at_the_limit_is_within_it() -> None:
    footprint = Footprint(100, 200, 0.5)
    Limits(100, 200, 0.5).check(footprint)
    assert Limits(100, 200, 0.5).allow(footprint)
    assert not Limits(99, 200, 0.5).allow(footprint)


@given(limits, footprints)
def test_a_model_is_allowed_refused_or_infeasible_all_in_the_same_cases(bounds: Limits, footprint: Footprint) -> None:
    if bounds.allow(footprint):
        bounds.check(footprint)
        assert bounds.over(footprint) == {}
    else:
        assert all(excess > 0 for excess in refusal(bounds, footprint).details[OVER].values())


@given(limits, st.lists(footprints, min_size=2, max_size=5))
def test_an_ensemble_takes_what_its_models_take_together(bounds: Limits, models: list[Footprint]) -> None:
    together = sum(models[1:], start=models[0])
    assert together.parameters == sum(model.parameters for model in models)
    assert together.size == sum(model.size for model in models)
    assert together.latency == pytest.approx(sum(model.latency or 0 for model in models))
    if bounds.allow(together):
        assert all(bounds.allow(model) for model in models)


def test_what_was_not_measured_is_not_known_to_be_within_a_limit() -> None:
    unknown = Footprint(1, 1) + Footprint(1, 1, 0.001)
    assert unknown == Footprint(2, 2, None)
    assert not Limits(latency=1.0).allow(unknown)
    assert Limits(parameters=2).allow(unknown)
    assert Footprint.of_result({"score": 0.9, "parameters": 5}) is None


@given(limits)
def test_a_plan_remembers_its_limits_and_older_plans_have_none(bounds: Limits) -> None:
    plan = replace(plan_of(), limits=bounds)
    assert SearchPlan.from_json(plan.to_json()).limits == bounds
    assert bool(bounds) == (bounds != Limits())
    older = {key: value for key, value in plan.to_json().items() if key != "limits"}
    assert SearchPlan.from_json(older).limits == Limits()


def test_the_nearest_that_was_refused_is_named_for_each_limit() -> None:
    bounds = Limits(parameters=1000, latency=0.001)
    tried = [Footprint(3000, 1), Footprint(1204, 1), Footprint(900, 1, 0.0025), Footprint(800, 1, 0.0015)]
    assert bounds.nearest([refusal(bounds, footprint).details for footprint in tried]) == (
        "--max-parameters allows 1,000, the smallest beyond it takes 1,204 parameters; "
        "--max-latency allows 1 ms, the fastest beyond it takes 1.5 ms a text"
    )


def test_a_refused_trial_is_pruned_infeasible_and_no_failure(tmp_path: Path) -> None:
    bounds = Limits(parameters=1000)
    plan = replace(plan_of(), limits=bounds)
    study = create_study(open_storage(storage_url(str(tmp_path / "a.db"))), "s", True, plan.to_json())
    ledger = Ledger(study, plan, Shelf(tmp_path / "s"))
    number, _ = asked(ledger)
    assert not ledger.admitted(number)
    problem = refusal(bounds, Footprint(1500, 9000))
    assert ledger.refuse(number, problem.message, problem.details) == "PRUNED"
    other, _ = asked(ledger)
    ledger.fail(other, "diverged")
    assert states(tmp_path) == ["PRUNED", "PRUNED"]
    assert [trial.constraints for trial in study.trials] == [{"parameters": 0.5}, {}]
    assert not ledger.has_score
    assert ledger.finished == 2
    again = Ledger(load_study(open_storage(storage_url(str(tmp_path / "a.db"))), "s"), plan, Shelf(tmp_path / "s"))
    assert again.causes_of_failure() == ["diverged"]
    (stored,) = again.refused()
    assert stored == study.trials[0].user_attrs[RESULT]
    assert stored["cause"] == "too large: 1,500 parameters, at most 1,000"
    assert _no_result(again).message == (
        "no result: 1 of 2 configurations had a model beyond a limit: "
        "--max-parameters allows 1,000, the smallest beyond it takes 1,500 parameters; others failed, the last with: diverged"
    )
    third, _ = asked(again)
    again.report(third, 1, 0.5)
    again.interrupt(third)
    taken_up, _ = asked(again)
    assert taken_up == third
    assert again.admitted(third)  # that its latency is measured anew must not turn it away
    again.finish(third, 0.5, "finished", DETAILS)
    again._proposals.queue(study.trials[third].params, {SEED: 7})
    repeated, config = asked(again)
    assert (again.fingerprint(repeated), config.seed) == (again.fingerprint(third), 7)
    assert again.admitted(repeated)


def test_the_sampler_learns_to_stay_within_a_limit(tmp_path: Path) -> None:
    plan = replace(plan_of(), limits=Limits(parameters=1000), strategy="tpe", trials=None)
    study = create_study(open_storage(storage_url(str(tmp_path / "a.db"))), "s", True, plan.to_json())
    ledger = Ledger(study, plan, Shelf(tmp_path / "s"))
    within = []
    for _ in range(36):
        number, config = asked(ledger)
        footprint = Footprint(10 * config.pretraining.dimension, 1)  # at random, a third would do
        within.append(plan.limits.allow(footprint))
        if within[-1]:
            ledger.finish(number, 0.5, "finished", {"epochs": 1})
        else:
            problem = refusal(plan.limits, footprint)
            ledger.refuse(number, problem.message, problem.details)
    assert sum(within[:10]) <= 5
    assert sum(within[-18:]) >= 13


def test_refused_trials_let_the_priors_go_though_none_has_a_score() -> None:
    drawn = {}
    for excess in (None, 1.0):
        study = optuna.create_study()
        constraints = {} if excess is None else {"parameters": excess}
        state = optuna.trial.TrialState.PRUNED
        study.add_trials([optuna.create_trial(state=state, constraints=constraints) for _ in range(90)])
        samplers = [Informed(seed, {}) for seed in range(100)]
        for sampler in samplers:
            sampler.infer_relative_search_space(study, study.ask()._cached_frozen_trial)
        drawn[excess] = sum(sampler._source is not sampler._tpe for sampler in samplers)
    assert drawn[None] == 100
    assert drawn[1.0] < 25  # a tenth


def test_a_worker_measures_what_is_not_too_large_already(tmp_path: Path) -> None:
    dataset = load_dataset(DataSource(data=str(write_toy(tmp_path / "toy.csv"))))
    fresh = fresh_classifier(Config.from_values({"encoder.name": "none", "pretraining.dimension": 16}), dataset)
    parameters = fresh.model.parameters_count
    found = measured(fresh, dataset, Limits(parameters=parameters))
    assert (found.parameters, found.size) == (parameters, fresh.size)
    assert found.latency is not None
    assert 1e-5 < found.latency < 1
    assert measured(fresh, dataset, Limits(parameters=parameters - 1)).latency is None
