"""After the trials: the best configurations once more, with other seeds and on other splits, and who wins then.

The best of many trials is best partly by luck. New runs know nothing of that luck: their mean is an honest score, they choose the winner,
and their models together are an ensemble that costs no further training.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import ClassVar

from autotune.agent.ending.podium import Finalist, Podium
from autotune.agent.ending.standing import standing
from autotune.agent.events import ConfirmationEnded, ConfirmationEpoch, ConfirmationRunStarted, ConfirmationStarted, Remark, Watch
from autotune.agent.plan import SearchPlan
from autotune.agent.working.messages import EpochDone, Finished, Task
from autotune.agent.working.pool import Pool
from autotune.agent.working.sitting import Ending, Sitting
from autotune.config import Config
from autotune.data.dataset import Dataset
from autotune.storage.leaderboard import UNSAVED

RUNS = 3
"""So often every finalist is trained again."""
MOST_RUNS = 5
"""So often the winner is, where time is left: each run is one more member of the ensemble."""
MOST_RESPLIT = 50_000
"""With so many texts to train and to compare on at most, each run has its own split of them; to cut more of them anew takes long."""
_TRIALS_A_RUN = 3
"""Without a budget of time, so many trials pay for one run."""
_CAUTION = 1.2
"""So many times the time that the trials took is planned for: a run that the end cuts off is lost."""
_SHAPES = ((3, 3), (3, 2), (2, 2), (1, 2), (1, 1))
"""Finalists and runs of each, from the most that is wanted down to the least that is of use."""


def confirm(podium: Podium, dataset: Dataset, pool: Pool, stop: threading.Event, watch: Watch) -> Ending:
    """Trains the finalists again as far as the budget allows (`done`, `time`), or until the event is set (`stopped`); stores who wins.

    What an earlier session has trained is not trained again. Where no finalist has two runs, nobody wins.
    """
    plan = podium.plan
    finalists, runs = shape(plan, podium.finalists(plan.finalists), podium.ledger.finished, len(pool.workers))
    ending: Ending = "done"
    sitting = _Confirmation(podium, finalists, runs, dataset, pool, watch)
    podium.ledger.shelf.clean_runs({finalist.trial for finalist in finalists})
    if next(sitting.pending(), None) is not None:
        watch(ConfirmationStarted(tuple(finalist.trial for finalist in finalists), runs, _resplits(plan, dataset)))
        ending = sitting.run(stop)
    if ending != "stopped":
        rows = dataset.test_rows or len(dataset.validation)
        found = standing(sitting.scores(), podium.parameters(), plan.metric, len(dataset.validation), rows)
        if found is not None:
            podium.crown(found, rows, _resplits(plan, dataset))
    return ending


def shape(plan: SearchPlan, finalists: list[Finalist], trials: int, workers: int) -> tuple[list[Finalist], int]:
    """The finalists that there is time for, and how often each is trained; none where it would be of no use.

    Args:
        finalists: the best trials, the best first.
        trials: that were finished.
    """
    for most, runs in _SHAPES:
        chosen = finalists[: min(most, plan.finalists)]
        affordable = runs > 1 and runs * len(chosen) <= trials // _TRIALS_A_RUN
        if plan.seconds is not None:
            affordable = _CAUTION * runs * sum(finalist.seconds for finalist in chosen) <= plan.confirming * workers
        if chosen and affordable:
            return chosen, runs
    return [], 0


def split_seed(plan: SearchPlan, dataset: Dataset, run: int) -> int | None:
    """What the texts of a run are split by; None: they stay as they are, being very many, or being split by the user."""
    return (plan.seed + run) % 2**31 if _resplits(plan, dataset) else None


def _resplits(plan: SearchPlan, dataset: Dataset) -> bool:
    return plan.source.validation is None and len(dataset.train) + len(dataset.validation) <= MOST_RESPLIT


class _Confirmation(Sitting):
    """One sitting of a confirmation. A task's number is that of its trial and its run together."""

    noun: ClassVar[str] = "confirmation"

    def __init__(
        self,
        podium: Podium,
        finalists: list[Finalist],
        runs: int,
        dataset: Dataset,
        pool: Pool,
        watch: Watch,
    ) -> None:
        plan, self.shelf = podium.plan, podium.ledger.shelf
        seconds = None if plan.seconds is None else plan.confirming
        super().__init__(pool, self.shelf.folder, seconds, podium.confirmed_seconds)
        self.podium = podium
        self.confirmations = podium.confirmations
        self.finalists = {finalist.trial: finalist for finalist in finalists}
        self.runs = runs
        self.dataset = dataset
        self.watch = watch

    def scores(self) -> dict[int, list[float]]:
        """Of every finalist, in the order of its runs, up to the first that has none."""
        found: dict[int, list[float]] = {}
        for trial in self.finalists:
            results = (self.confirmations.results.get((trial, run), {}) for run in range(1, MOST_RUNS + 1))
            found[trial] = [result["score"] for result in takewhile(lambda result: "score" in result, results)]
        return found

    def pending(self) -> Iterator[tuple[int, int]]:
        """Trials and runs that are still to be trained: run by run over all finalists, then those of the one that wins so far."""
        busy = {worker.busy_with for worker in self.busy()}
        wanted = [(trial, run) for run in range(1, self.runs + 1) for trial in self.finalists]
        if self._seconds is not None and self.finalists and all(map(self._is_done, wanted)):
            metric = self.podium.plan.metric
            leader = standing(self.scores(), self.podium.parameters(), metric, 1, 1)
            wanted += [(leader.trial, run) for run in range(self.runs + 1, MOST_RUNS + 1)] if leader is not None else []
        for key in wanted:
            if not self._is_done(key) and _number(*key) not in busy:
                yield key

    def _is_done(self, key: tuple[int, int]) -> bool:
        """Whether there is a result, and the model that should be there with it: those of former finalists are deleted."""
        result = self.confirmations.results.get(key)
        if result is None:
            return False
        return "score" not in result or UNSAVED in result or self.shelf.run_model(*key).is_dir()

    def next(self) -> tuple[int, Config] | None:
        key = next(self.pending(), None)
        if key is None:
            return None
        trial, run = key
        config = self.finalists[trial].config
        seed = (self.podium.plan.seed + run) % 2**31
        seeded = Config.from_values({**config.values(), "seed": seed})
        self.watch(ConfirmationRunStarted(trial, run, seeded))
        return _number(trial, run), seeded

    def task(self, number: int, config: Config) -> Task:
        _, run = _key(number)
        plan = self.podium.plan
        # Not refused: another split has another vocabulary, so that its model may take a little more than the trial's, which is kept.
        return replace(super().task(number, config), split=split_seed(plan, self.dataset, run), measured=bool(plan.limits))

    def epoch(self, done: EpochDone) -> bool:
        self.watch(ConfirmationEpoch(*_key(done.number), done.epoch, done.value))
        return False

    def model_folder(self, result: Finished) -> Path | None:
        return None if result.cause == "time" else self.shelf.run_model(*_key(result.number))

    def finish(self, result: Finished) -> None:
        if result.cause == "time":
            return
        trial, run = _key(result.number)
        self.confirmations.add(trial, run, {"score": result.score, "cause": result.cause, **result.details})
        self.watch(ConfirmationEnded(trial, run, result.score, result.details["seconds"]))
        if cause := result.details.get(UNSAVED):
            self.watch(Remark(f"the model of run {run} of trial {trial} could not be saved ({cause}); only its score is kept"))

    def fail(self, number: int, cause: str) -> None:
        trial, run = _key(number)
        self.confirmations.add(trial, run, {"cause": cause})
        self.watch(ConfirmationEnded(trial, run, None, 0.0))

    def interrupt(self, number: int) -> None:
        """Nothing: what is not stored is pending."""

    def spent(self, seconds: float) -> None:
        self.podium.confirmed(seconds)


def _number(trial: int, run: int) -> int:
    return trial * (MOST_RUNS + 1) + run


def _key(number: int) -> tuple[int, int]:
    return divmod(number, MOST_RUNS + 1)
