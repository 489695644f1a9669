"""The loop of a search: ask for a configuration, have it trained, tell the study; until the budget is spent or somebody stops it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autotune.agent.ending.confirmation import confirm
from autotune.agent.ending.podium import Podium
from autotune.agent.ending.simple_models import SimpleModels
from autotune.agent.events import (
    BaselineReady,
    DecisionMade,
    EpochEnded,
    Remark,
    SearchStarted,
    TrialEnded,
    TrialLost,
    TrialStarted,
    Watch,
)
from autotune.agent.ledger import Ledger
from autotune.agent.proposing.rungs import rungs_passed
from autotune.agent.working.failures import ENOUGH, Failures, hint
from autotune.agent.working.messages import EpochDone, Failed, Finished, Task
from autotune.agent.working.pool import Pool, pool_of
from autotune.agent.working.sitting import Ending, Sitting
from autotune.config import Config
from autotune.data.dataset import Dataset
from autotune.errors import SearchError
from autotune.signals import stop_requested
from autotune.storage.facts import Facts
from autotune.storage.leaderboard import UNSAVED
from autotune.storage.records import CUT_OFF, Decision


def search(ledger: Ledger, podium: Podium, facts: Facts, dataset: Dataset, models: SimpleModels, watch: Watch) -> Ending:
    """Searches until the plan's budget is spent (`done`: all trials, `time`) or a signal asks to stop (`stopped`).

    At the end the best configurations are trained again, to find the winner among them.

    In every case no trial is left running: those that could not finish are queued for the next session.

    Raises:
        SearchError: different configurations failed for one cause with no success in between (`Failures`), the budget ended before any
            trial finished an epoch, or no model is left.
    """
    requeued = ledger.recover()
    ledger.start()
    plan = ledger.plan
    with pool_of(plan.worker_count(), dataset, plan.metric, ledger.shelf.folder) as pool, stop_requested() as stop:
        watch(SearchStarted(ledger.finished, requeued, ledger.searched_seconds + podium.confirmed_seconds, len(pool.workers)))
        session = _Session(ledger, facts, pool, watch)
        told = _Told(ledger, models, watch)
        ending = session.run(stop, between=told.look)
        if ending != "stopped":
            ledger.close()
        told.look(wait=ending != "stopped")
        if ending != "stopped" and ledger.best is not None:
            if plan.finalists and not plan.limits:
                models.begin_again()  # for the ensemble, beside the finalists
            confirmed = confirm(podium, dataset, pool, stop, watch)
            ending = "stopped" if confirmed == "stopped" else ending
            session.decided(ledger.take_decisions())
    if ending != "stopped" and ledger.best is None:
        raise _no_result(ledger)
    return ending


def _no_result(ledger: Ledger) -> SearchError:
    if ledger.has_score:
        return SearchError(
            "no result: trials have scores, but none of their models is on the disk",
            f"make room on it, then `autotune resume {ledger.name}` with a larger --budget or more --trials",
        )
    causes = ledger.causes_of_failure()
    if refused := ledger.refused():
        which = f"{len(refused)} of {len(refused) + len(causes)} configurations" if causes else "every configuration tried"
        others = f"; others failed, the last with: {causes[-1]}" if causes else ""
        return SearchError(f"no result: {which} had a model beyond a limit: {ledger.plan.limits.nearest(refused)}{others}", _HOW_TO_FIT)
    if causes:
        return SearchError(f"no result: every trial failed, the last with: {causes[-1]}", _see_log(ledger))
    return SearchError(
        "no result: the budget ended before any trial finished an epoch",
        f"`autotune resume {ledger.name} --budget ...` goes on with more time",
    )


_HOW_TO_FIT = (
    "start a new search with a larger limit or in a space of smaller models, as with "
    "--set text.character_ngrams=0 --set pretraining.dimension=16 --set encoder.name=none"
)


def _see_log(ledger: Ledger) -> str:
    return f"the whole story is in {ledger.shelf.folder / 'worker.log'}"


class _Session(Sitting):
    """One sitting of a search."""

    noun = "trial"

    def __init__(self, ledger: Ledger, facts: Facts, pool: Pool, watch: Watch) -> None:
        super().__init__(pool, ledger.shelf.folder, ledger.plan.search_seconds, ledger.searched_seconds, ledger.plan.trial_seconds)
        self.ledger = ledger
        self.facts = facts
        self.watch = watch
        self.told: set[str] = set()
        self.cut_off: set[int] = set()
        self.failures = Failures(ledger.has_score)

    def next(self) -> tuple[int, Config] | None:
        trials = self.ledger.plan.trials
        if (trials is not None and self.ledger.finished + len(self.busy()) >= trials) or self._epochs_are_spent():
            return None
        proposal = self.ledger.ask()
        self._store_decisions()
        if proposal is None:
            if self.ledger.used_up is not None and self._remark(self.ledger.used_up):
                self.decided([Decision(None, "space used up", self.ledger.used_up)])
            return None
        self.watch(TrialStarted(*proposal))
        return proposal

    def task(self, number: int, config: Config) -> Task:
        shelf = self.ledger.shelf
        room = shelf.room(len(self.pool.workers))
        wanted = limits = self.ledger.plan.limits
        if self.ledger.admitted(number):  # that its latency is measured anew must not turn it away
            limits = replace(limits, latency=None)
        task = replace(super().task(number, config), limits=limits, measured=bool(wanted))
        return replace(task, checkpoint=shelf.checkpoint(number), most_bytes=room)

    def epoch(self, done: EpochDone) -> bool:
        self.watch(EpochEnded(done.number, done.epoch, done.value, rungs_passed(done.epoch)))
        stopped = self.ledger.report(done.number, done.epoch, done.value)
        if not stopped and self._epochs_are_spent():
            self.cut_off.add(done.number)
        return stopped or done.number in self.cut_off

    def _epochs_are_spent(self) -> bool:
        return self.ledger.plan.epochs is not None and self.ledger.epochs >= self.ledger.plan.epochs

    def model_folder(self, result: Finished) -> Path | None:
        shelf = self.ledger.shelf
        return shelf.model(result.number) if self.ledger.rank(result.number, result.score) < shelf.keep else None

    def finish(self, result: Finished) -> None:
        if result.number in self.cut_off and result.cause == "pruned":
            result = replace(result, cause=CUT_OFF)
        unsaved = result.details.get(UNSAVED)
        parts = result.details["micro_batches"]
        if parts > 1:
            self.decided([Decision(result.number, "micro-batches", f"a batch did not fit into memory: taken in up to {parts} parts")])
        self.facts.trial(result.number, result.curve, result.resources)
        is_best = self.ledger.rank(result.number, result.score) == 0 and not unsaved
        self.ledger.finish(result.number, result.score, result.cause, result.details)
        self._store_decisions()
        self.failures.success()
        state = "COMPLETE" if result.cause in ("finished", "patience") else "PRUNED"
        self.watch(
            TrialEnded(result.number, state, result.score, result.cause, result.details["epochs"], result.details["seconds"], is_best)
        )
        if unsaved:
            score = f"{self.ledger.plan.metric} {result.score:.4f}"
            self.watch(Remark(f"the model of trial {result.number} ({score}) could not be saved ({unsaved}); only its score is kept"))
        for note in result.details["notes"]:
            self._remark(note)

    def failed(self, reply: Failed) -> None:
        self.facts.trial(reply.number, (), reply.resources)
        if reply.refused is None:
            super().failed(reply)
            return
        # No failure of anything, however many there are: the limits are as they were asked for.
        state = self.ledger.refuse(reply.number, reply.cause, reply.refused)
        self.watch(TrialEnded(reply.number, state, None, reply.cause, 0, 0.0, False))

    def fail(self, number: int, cause: str) -> None:
        self.watch(TrialEnded(number, self.ledger.fail(number, cause), None, cause, 0, 0.0, False))
        if self.failures.failure(self.ledger.fingerprint(number), cause):
            raise SearchError(
                f"{ENOUGH} configurations failed for one cause, and none succeeded in between: {cause}",
                f"{hint(cause)}; then `autotune resume {self.ledger.name}` goes on; {_see_log(self.ledger)}",
            )

    def died(self, number: int, cause: str) -> None:
        if self.ledger.retry(number, cause):
            self._store_decisions()
            self.watch(TrialLost(number, cause))
        else:
            self.fail(number, cause)

    def interrupt(self, number: int) -> None:
        self.ledger.interrupt(number)

    def spent(self, seconds: float) -> None:
        self.ledger.searched(seconds)
        self._store_decisions()  # those of the end too

    def decided(self, decisions: Sequence[Decision]) -> None:
        """Stores decisions, and tells of them."""
        self.facts.decided(decisions)
        for decision in decisions:
            self.watch(DecisionMade(decision.trial, decision.kind, decision.evidence))

    def _store_decisions(self) -> None:
        self.decided(self.ledger.take_decisions())

    def _remark(self, text: str) -> bool:
        """Tells a sentence unless it was told; whether it is new."""
        if text in self.told:
            return False
        self.told.add(text)
        self.watch(Remark(text))
        return True


class _Told:
    """Has the simple models fitted beside the first trials, unless an earlier session has stored their scores, and tells of them."""

    def __init__(self, ledger: Ledger, models: SimpleModels, watch: Watch) -> None:
        self.ledger = ledger
        self.models = models
        self.watch = watch
        stored = ledger.baselines()
        for name, validation in stored.items():
            watch(BaselineReady(name, validation))
        self.due = not stored
        if self.due:
            models.begin()

    def look(self, wait: bool = False) -> None:
        """Stores the models when they are ready; from the coordinator's thread, as the database has one writer."""
        if self.due and wait:
            self.models.wait()
        if not self.due or not self.models.ready:
            return
        self.due = False
        for baseline in self.models.fitted:
            self.ledger.add_baseline(baseline.name, dict(baseline.validation))
            self.watch(BaselineReady(baseline.name, baseline.validation))
        for problem in self.models.problems:
            self.watch(Remark(problem))
