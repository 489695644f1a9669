"""The order of the runs, what is left to do, and a small ablation with real worker processes."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autotune.agent.ablation import AblationEvent, AblationPlan, RunEnded, RunEpoch, RunStarted, ablate, collected, pending
from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.errors import SearchError
from autotune.spaces.alternatives import Alternative, alternatives
from autotune.spaces.files import read_space
from autotune.storage.ablations import Ablation, AblationKey
from autotune.storage.engine import open_storage, storage_url
from tests.conftest import write_toy

BASE = Config.from_values({"encoder.name": "none", "pretraining.dimension": 8, "early_stopping.max_epochs": 2, "seed": 7})
SCORED = {"score": 0.5, "cause": "finished", "epochs": 2, "epoch_seconds": 0.1}


def change(path: str, after: Any) -> Alternative:
    values = {**BASE.values(), path: after}
    return Alternative(path, BASE.values()[path], after, Config.from_values(values))


SGD, WIDE = change("optimizer.name", "sgd"), change("pretraining.dimension", 16)


def plan_of(*changes: Alternative, seeds: int = 2, seconds: float = 600.0) -> AblationPlan:
    return AblationPlan(BASE, changes, "accuracy", seeds, seconds, workers=1)


@pytest.fixture
def ablation(tmp_path: Path) -> Ablation:
    return again(tmp_path)


def again(folder: Path) -> Ablation:
    engine = open_storage(storage_url(str(folder / "a.db"))).engine
    return Ablation(engine, AblationKey("", "d" * 16, BASE, "accuracy"))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return load_dataset(DataSource(str(write_toy(tmp_path / "toy.csv"))))


def test_the_base_comes_first_then_every_tip_has_an_early_answer() -> None:
    changes = tuple(alternatives(read_space("full"), BASE, "accuracy"))
    tips = {entry.tip for entry in changes}
    runs = plan_of(*changes, seeds=3).runs
    assert [run.change for run in runs[:3]] == [None] * 3
    first = runs[3 : 3 + len(tips)]
    assert {run.change.tip for run in first if run.change} == tips
    assert {run.config.seed for run in first} == {8}
    second = runs[3 + len(tips) : 3 + 2 * len(tips)]  # the same changes once more: now they have intervals
    assert [run.change for run in second] == [run.change for run in first]
    assert {run.config.seed for run in second} == {9}


def test_every_change_runs_with_every_seed_once_and_wherever_one_stops_little_is_half_done() -> None:
    changes = tuple(alternatives(read_space("full"), BASE, "accuracy"))
    tips = {entry.tip for entry in changes}
    runs = plan_of(*changes, seeds=3).runs
    assert len({run.config.fingerprint for run in runs}) == len(runs) == 3 * (len(changes) + 1)
    for stop in range(len(runs)):
        seeds = [sum(run.change == entry for run in runs[:stop]) for entry in changes]
        assert sum(0 < number < 3 for number in seeds) <= 3 * len(tips)


def test_seeds_are_shared_and_none_is_the_one_that_the_winner_won_with() -> None:
    runs = plan_of(SGD, WIDE, seeds=3).runs
    for entry in (None, SGD, WIDE):
        assert [run.config.seed for run in runs if run.change == entry] == [8, 9, 10]
    last = Config.from_values({**BASE.values(), "seed": 2**31 - 1})
    assert [run.config.seed for run in AblationPlan(last, (), "accuracy", 2, 1.0, 1).runs] == [0, 1]


def test_changes_are_stored_as_they_would_be_set() -> None:
    runs = plan_of(SGD, change("shuffling.enabled", False), seeds=1).runs
    assert [run.words for run in runs] == ["", "optimizer.name=sgd", "shuffling.enabled=false"]


def test_what_is_stored_is_not_done_again_and_a_seed_without_base_is_passed_over(ablation: Ablation, tmp_path: Path) -> None:
    plan = plan_of(SGD, WIDE)
    base, other, sgd = plan.runs[0], plan.runs[1], plan.runs[2]
    ablation.add(base.config, base.words, SCORED)
    ablation.add(sgd.config, sgd.words, SCORED)
    assert {number for number, _ in pending(plan, again(tmp_path))} == {1, 3, 4, 5}
    ablation.add(other.config, other.words, {"cause": "diverged"})
    left = [run for _, run in pending(plan, ablation)]
    assert [(run.change, run.config.seed) for run in left] == [(WIDE, 8)]
    results, changes = collected(plan, ablation)
    assert results == {8: SCORED, 9: {"cause": "diverged"}}
    assert changes == [(SGD, {8: SCORED}), (WIDE, {})]


def test_a_small_ablation_from_its_start_to_its_end(ablation: Ablation, dataset: Dataset, tmp_path: Path) -> None:
    events: list[AblationEvent] = []
    plan = plan_of(SGD, WIDE)
    assert ablate(plan, ablation, dataset, tmp_path, events.append) == "done"
    stored = again(tmp_path)
    assert set(stored.results) == {run.config.fingerprint for run in plan.runs}
    assert stored.seconds > 0
    base, changes = collected(plan, stored)
    assert all(result["epochs"] == 2 and 0 <= result["score"] <= 1 and result["epoch_seconds"] > 0 for result in base.values())
    ended = [event for event in events if isinstance(event, RunEnded)]
    assert sum(isinstance(event, RunStarted) for event in events) == len(ended) == 6
    for event in ended:
        run = plan.runs[event.number]
        if run.change is None:
            assert event.difference is None
        else:
            assert event.difference == pytest.approx(event.result["score"] - base[run.config.seed]["score"])
    before = stored.results
    assert ablate(plan, stored, dataset, tmp_path, events.append) == "done"  # nothing to do: no process is started
    assert (again(tmp_path).results, len(events)) == (before, len(events))
    assert len(changes) == 2


def test_a_run_that_kills_its_worker_is_a_result_and_stops_nobody(ablation: Ablation, dataset: Dataset, tmp_path: Path) -> None:
    plan = plan_of(SGD, WIDE)
    victims: list[int] = []

    def watch(event: AblationEvent) -> None:
        if isinstance(event, RunEpoch) and plan.runs[event.number].change == SGD and not victims:
            victims.append(event.number)
            (worker,) = multiprocessing.active_children()
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)

    assert ablate(plan, ablation, dataset, tmp_path, watch) == "done"
    (victim,) = victims
    results = again(tmp_path).results
    assert results[plan.runs[victim].config.fingerprint] == {"cause": "the worker died (SIGKILL)"}
    assert sum("score" in result for result in results.values()) == 5


def test_what_the_end_of_the_time_cuts_off_is_not_compared_and_done_later(ablation: Ablation, dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="the budget ended before the base configuration was trained once") as caught:
        ablate(plan_of(SGD, seconds=0.001), ablation, dataset, tmp_path, lambda event: None)
    assert "--budget" in str(caught.value.hint)
    assert again(tmp_path).results == {}
    later = again(tmp_path)
    spent = later.seconds
    assert ablate(plan_of(SGD), later, dataset, tmp_path, lambda event: None) == "done"
    assert len(again(tmp_path).results) == 4
    assert again(tmp_path).seconds > spent


def test_a_budget_that_is_spent_starts_nothing(ablation: Ablation, dataset: Dataset, tmp_path: Path) -> None:
    plan = plan_of(SGD, seconds=10)
    ablation.add(plan.runs[0].config, "", SCORED)
    ablation.spend(11.0)
    assert ablate(plan, ablation, dataset, tmp_path, lambda event: pytest.fail(str(event))) == "time"


def test_a_base_that_always_fails_is_told_with_its_cause(ablation: Ablation, dataset: Dataset, tmp_path: Path) -> None:
    plan = plan_of(SGD)
    for run in plan.runs[:2]:
        ablation.add(run.config, "", {"cause": "out of memory"})
    with pytest.raises(SearchError, match="the base configuration fails: out of memory") as caught:
        ablate(plan, ablation, dataset, tmp_path, lambda event: None)
    assert "worker.log" in str(caught.value.hint)


def test_whoever_coordinates_needs_no_torch() -> None:
    modules = ("agent.ablation", "watching.ablation", "cli.session", "reports.ablation", "storage.ablations", "spaces.alternatives")
    program = f"import sys, {', '.join(f'autotune.{module}' for module in modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
