"""An ablation: a configuration against itself with one parameter changed, for every tip, several seeds each, within a budget."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autotune.agent.plan import worker_count
from autotune.agent.working.messages import EpochDone, Finished
from autotune.agent.working.pool import Pool, pool_of
from autotune.agent.working.sitting import Ending, Sitting
from autotune.config import Config, Metric
from autotune.data.dataset import Dataset
from autotune.errors import SearchError
from autotune.signals import stop_requested
from autotune.spaces.alternatives import Alternative
from autotune.spaces.check import shown
from autotune.storage.ablations import Ablation


@dataclass(frozen=True)
class Run:
    """One configuration with one seed. `change` is None for the base."""

    change: Alternative | None
    config: Config

    @property
    def words(self) -> str:
        """The change as it is stored, as in `optimizer.name=sgd`; empty for the base."""
        return f"{self.change.path}={shown(self.change.after)}" if self.change else ""


@dataclass(frozen=True)
class AblationPlan:
    """What is compared with what.

    Args:
        base: the configuration that is taken apart.
        changes: of the base, the most telling of each tip first.
        seeds: how many seeds each configuration is trained with at most.
        seconds: in total, over all sittings.
        workers: processes that train; 0: as many as suit the machine.
    """

    base: Config
    changes: tuple[Alternative, ...]
    metric: Metric
    seeds: int
    seconds: float
    workers: int

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every run, in the order in which they are worth having; no result changes the order.

        The base comes first. Then the first change of every tip with the first seed, so that each tip has an early answer; then
        in waves a further seed for the changes that were tried and the next change of every tip. Wherever the budget ends, most
        of what was begun has all its seeds, and an interval. Results have no say in who gets a further seed: to go on until
        a difference looks significant finds significance everywhere.
        """
        seeds = [self._seed(index) for index in range(self.seeds)]
        ranks: dict[str, int] = {}
        waves: list[tuple[int, int, Run]] = []
        for change in self.changes:
            rank = ranks[change.tip] = ranks.get(change.tip, -1) + 1
            waves += [(rank + index, rank, Run(change, _with_seed(change.config, seed))) for index, seed in enumerate(seeds)]
        waves.sort(key=lambda entry: entry[:2])
        return (*(Run(None, _with_seed(self.base, seed)) for seed in seeds), *(run for _, _, run in waves))

    def _seed(self, index: int) -> int:
        """Not the configuration's own seed: a winner has won under it partly by luck, which its alternatives did not have."""
        return (self.base.seed + 1 + index) % 2**31


@dataclass(frozen=True)
class AblationStarted:
    """The runs are about to begin; `done` and `spent` (seconds) are those of earlier sittings."""

    done: int
    spent: float
    workers: int


@dataclass(frozen=True)
class RunStarted:
    """A worker has begun to train."""

    number: int
    run: Run


@dataclass(frozen=True)
class RunEpoch:
    """One epoch of a run; `value` is the metric."""

    number: int
    epoch: int
    value: float


@dataclass(frozen=True)
class RunEnded:
    """A run is over and stored. `difference` from the base with the same seed, where both have a score."""

    number: int
    result: dict[str, Any]
    difference: float | None


AblationEvent = AblationStarted | RunStarted | RunEpoch | RunEnded
WatchAblation = Callable[[AblationEvent], None]


def ablate(plan: AblationPlan, ablation: Ablation, dataset: Dataset, folder: Path, watch: WatchAblation) -> Ending:
    """Trains what is not stored yet until all is done (`done`), the budget is spent (`time`) or a signal asks to stop (`stopped`).

    Runs that the end of the budget cuts off are not stored: they had fewer epochs than the base.

    Args:
        folder: where `worker.log` is.

    Raises:
        SearchError: the base has no score with any seed.
    """
    left = sum(1 for _ in pending(plan, ablation))
    ending: Ending = "done" if not left else "time"
    if left and ablation.seconds < plan.seconds:
        workers = worker_count(plan.workers, len(plan.runs))
        with pool_of(workers, dataset, plan.metric, folder) as pool, stop_requested() as stop:
            watch(AblationStarted(len(plan.runs) - left, ablation.seconds, workers))
            ending = _Sitting(plan, ablation, pool, folder, watch).run(stop)
    if ending != "stopped":
        _check_base(plan, ablation, folder)
    return ending


def pending(plan: AblationPlan, ablation: Ablation) -> Iterator[tuple[int, Run]]:
    """The runs that are still to be done, by number. A change has no partner where the base failed with the same seed."""
    base = {run.config.seed: ablation.results.get(run.config.fingerprint) for run in plan.runs if run.change is None}
    failed = {seed for seed, result in base.items() if result is not None and "score" not in result}
    for number, run in enumerate(plan.runs):
        if run.config.fingerprint not in ablation.results and run.config.seed not in failed:
            yield number, run


def collected(plan: AblationPlan, ablation: Ablation) -> tuple[dict[int, Any], list[tuple[Alternative, dict[int, Any]]]]:
    """What is stored: by seed for the base, and by seed for every change (empty for those not tried)."""
    base: dict[int, Any] = {}
    changes: list[tuple[Alternative, dict[int, Any]]] = [(change, {}) for change in plan.changes]
    by_path = {(change.path, change.after): results for change, results in changes}
    for run in plan.runs:
        if run.config.fingerprint in ablation.results:
            results = by_path[run.change.path, run.change.after] if run.change else base
            results[run.config.seed] = ablation.results[run.config.fingerprint]
    return base, changes


class _Sitting(Sitting):
    """One sitting of an ablation."""

    noun = "run"

    def __init__(self, plan: AblationPlan, ablation: Ablation, pool: Pool, folder: Path, watch: WatchAblation) -> None:
        super().__init__(pool, folder, plan.seconds, ablation.seconds)
        self.plan = plan
        self.ablation = ablation
        self.watch = watch
        self.epoch_ends: dict[int, list[float]] = {}

    def next(self) -> tuple[int, Config] | None:
        running = {worker.busy_with for worker in self.busy()}
        for number, run in pending(self.plan, self.ablation):
            if number not in running:
                self.epoch_ends[number] = []
                self.watch(RunStarted(number, run))
                return number, run.config
        return None

    def epoch(self, done: EpochDone) -> bool:
        self.epoch_ends[done.number].append(time.monotonic())
        self.watch(RunEpoch(done.number, done.epoch, done.value))
        return False

    def model_folder(self, result: Finished) -> None:
        return None

    def finish(self, result: Finished) -> None:
        if result.cause == "time":
            return
        ends = self.epoch_ends[result.number]
        # From the first epoch's end on: the first run of a worker starts cold, and the base comes first.
        pace = (ends[-1] - ends[0]) / (len(ends) - 1) if len(ends) > 1 else result.details["seconds"]
        self._store(result.number, {"score": result.score, "cause": result.cause, "epoch_seconds": round(pace, 4), **result.details})

    def fail(self, number: int, cause: str) -> None:
        self._store(number, {"cause": cause})

    def interrupt(self, number: int) -> None:
        """Nothing: what is not stored is pending."""

    def spent(self, seconds: float) -> None:
        self.ablation.spend(seconds)

    def _store(self, number: int, result: dict[str, Any]) -> None:
        run = self.plan.runs[number]
        self.ablation.add(run.config, run.words, result)
        base = self.ablation.results.get(_with_seed(self.plan.base, run.config.seed).fingerprint, {})
        comparable = run.change is not None and "score" in result and "score" in base
        self.watch(RunEnded(number, result, result["score"] - base["score"] if comparable else None))


def _check_base(plan: AblationPlan, ablation: Ablation, folder: Path) -> None:
    results = [ablation.results[run.config.fingerprint] for run in plan.runs[: plan.seeds] if run.config.fingerprint in ablation.results]
    if any("score" in result for result in results):
        return
    if results:
        raise SearchError(
            f"nothing to compare with: the base configuration fails: {results[-1]['cause']}",
            f"the whole story is in {folder / 'worker.log'}",
        )
    raise SearchError(
        "nothing to compare with: the budget ended before the base configuration was trained once",
        "the same command with a larger --budget goes on",
    )


def _with_seed(config: Config, seed: int) -> Config:
    return Config.from_values({**config.values(), "seed": seed})
