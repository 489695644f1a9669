"""The loop of a search: ask for a configuration, have it trained, tell the study; until the budget is spent or somebody stops it."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from autotune.baselines import Baseline, linear_model, majority_class
from autotune.data.dataset import Dataset
from autotune.errors import SearchError
from autotune.search.events import BaselineReady, EpochEnded, SearchStarted, TrialEnded, TrialStarted, Watch
from autotune.search.ledger import KEPT_MODELS, Ledger
from autotune.search.messages import EpochDone, Failed, Finished, Reply, Saved, Task
from autotune.search.pool import Pool, Worker, pool_of
from autotune.search.rungs import rungs_passed

_TICK = 0.25  # seconds between two looks at the clock and at the stop flag
_SAVE_CLOCK_EVERY = 5.0  # seconds of searching that a power cut may cost the budget's account
_PATIENCE_AT_DEADLINE = 10.0  # seconds for running trials to notice the deadline, which they check at every step
_SAME_FAILURES = 3

Ending = Literal["trials", "time", "stopped"]


def search(ledger: Ledger, dataset: Dataset, watch: Watch) -> Ending:
    """Searches until the plan's budget is spent (`trials`, `time`) or a signal asks to stop (`stopped`).

    In every case no trial is left running: those that could not finish are queued for the next session.

    Raises:
        SearchError: the first trials all failed for one cause, or the budget ended before any trial finished an epoch.
    """
    requeued = ledger.recover()
    ledger.start_with_defaults()
    plan = ledger.plan
    with pool_of(plan.worker_count(), dataset, plan.metric, ledger.folder) as pool, _stop_signals() as stop:
        watch(SearchStarted(ledger.finished, requeued, ledger.searched_seconds, len(pool.workers)))
        session = _Session(ledger, pool, watch)
        baselines = _Baselines(ledger, dataset, watch)
        ending = session.run(stop, baselines)
        baselines.collect(wait=ending != "stopped")
    if ending != "stopped" and ledger.best is None:
        raise _no_result(ledger)
    return ending


def _no_result(ledger: Ledger) -> SearchError:
    causes = ledger.causes_of_failure()
    if causes:
        return SearchError(f"no result: every trial failed, the last with: {causes[-1]}", _see_log(ledger))
    return SearchError(
        "no result: the budget ended before any trial finished an epoch",
        f"`autotune resume {ledger.name} --budget ...` goes on with more time",
    )


def _see_log(ledger: Ledger) -> str:
    return f"the whole story is in {ledger.folder / 'worker.log'}"


class _Session:
    """One sitting of a search."""

    def __init__(self, ledger: Ledger, pool: Pool, watch: Watch) -> None:
        self.ledger = ledger
        self.pool = pool
        self.watch = watch
        self.before = ledger.searched_seconds
        self.started = time.monotonic()
        self.clock_saved = self.started
        self.results: dict[int, Finished] = {}

    def run(self, stop: threading.Event, baselines: "_Baselines") -> Ending:
        try:
            while not stop.is_set():
                if self._out_of_time():
                    self._drain()
                    return "time"
                if not self._fill() and not self._busy():
                    return "trials"
                for worker, reply in self.pool.replies(_TICK):
                    self._handle(worker, reply)
                baselines.collect(wait=False)
                self._save_clock()
            return "stopped"
        finally:
            for worker in self._busy():
                assert worker.busy_with is not None
                self.ledger.interrupt(worker.busy_with)
            self.ledger.searched(self._searched())

    def _fill(self) -> bool:
        """Gives idle workers something to do; whether there is more to be done."""
        plan = self.ledger.plan
        while plan.trials is None or self.ledger.finished + len(self._busy()) < plan.trials:
            worker = self.pool.idle()
            if worker is None:
                return True
            number, config = self.ledger.ask()
            self.pool.give(worker, Task(number, config, self._seconds_left()))
            self.watch(TrialStarted(number, config))
        return False

    def _handle(self, worker: Worker, reply: Reply | None) -> None:
        number = worker.busy_with
        assert number is not None
        match reply:
            case EpochDone():
                self.watch(EpochEnded(number, reply.epoch, reply.value, rungs_passed(reply.epoch)))
                self._answer(worker, self.ledger.report(number, reply.epoch, reply.value))
            case Finished():
                if self.ledger.rank(number, reply.score) < KEPT_MODELS:
                    self.results[number] = reply
                    self._answer(worker, self.ledger.model_folder(number))
                else:
                    self._answer(worker, None)
                    self._finish(worker, reply)
            case Saved():
                self._finish(worker, self.results.pop(number))
            case Failed():
                self._log(reply)
                worker.busy_with = None
                if reply.cause == "time":
                    self.ledger.interrupt(number)
                else:
                    self._fail(number, reply.cause)
            case None:
                worker.process.join(1)
                code = worker.process.exitcode
                self.pool.replace(worker)
                self._fail(number, f"the worker died ({signal.Signals(-code).name if code and code < 0 else f'exit code {code}'})")

    def _finish(self, worker: Worker, result: Finished) -> None:
        worker.busy_with = None
        is_best = self.ledger.rank(result.number, result.score) == 0
        self.ledger.finish(result.number, result.score, result.cause, result.details)
        state = "COMPLETE" if result.cause in ("finished", "patience") else "PRUNED"
        self.watch(
            TrialEnded(result.number, state, result.score, result.cause, result.details["epochs"], result.details["seconds"], is_best)
        )

    def _fail(self, number: int, cause: str) -> None:
        self.ledger.fail(number, cause)
        self.watch(TrialEnded(number, "PRUNED" if cause == "diverged" else "FAIL", None, cause, 0, 0.0, False))
        causes = self.ledger.causes_of_failure()
        if self.ledger.best is None and len(causes) >= _SAME_FAILURES and len(set(causes)) == 1:
            raise SearchError(
                f"the first {len(causes)} trials all failed: {cause}", f"the whole story is in {self.ledger.folder / 'worker.log'}"
            )

    def _answer(self, worker: Worker, answer: object) -> None:
        with contextlib.suppress(OSError):  # it died; the next look at its pipe says so
            worker.connection.send(answer)

    def _drain(self) -> None:
        """Lets running trials hand in what they have: they know the deadline too."""
        last = time.monotonic() + _PATIENCE_AT_DEADLINE
        while self._busy() and time.monotonic() < last:
            for worker, reply in self.pool.replies(_TICK):
                self._handle(worker, reply)

    def _busy(self) -> list[Worker]:
        return [worker for worker in self.pool.workers if worker.busy_with is not None]

    def _searched(self) -> float:
        return self.before + time.monotonic() - self.started

    def _seconds_left(self) -> float | None:
        total = self.ledger.plan.seconds
        return None if total is None else max(0.0, total - self._searched())

    def _out_of_time(self) -> bool:
        return self._seconds_left() == 0.0

    def _save_clock(self) -> None:
        if time.monotonic() - self.clock_saved >= _SAVE_CLOCK_EVERY:
            self.clock_saved = time.monotonic()
            self.ledger.searched(self._searched())

    def _log(self, failed: Failed) -> None:
        with (self.ledger.folder / "worker.log").open("a", encoding="utf-8") as log:
            log.write(f"trial {failed.number}: {failed.cause}\n{failed.explanation}\n")


class _Baselines:
    """Fits the simple models in a thread beside the first trials: the coordinator mostly waits. Stored ones are not fitted again."""

    def __init__(self, ledger: Ledger, dataset: Dataset, watch: Watch) -> None:
        self.ledger = ledger
        self.watch = watch
        self.fitted: list[Baseline] = []
        self.problem: BaseException | None = None
        for name, validation in ledger.baselines().items():
            watch(BaselineReady(name, validation))
        self.thread = threading.Thread(target=self._fit, args=(dataset,), daemon=True)
        if not ledger.baselines():
            self.thread.start()

    def _fit(self, dataset: Dataset) -> None:
        try:
            self.fitted = [majority_class(dataset), linear_model(dataset, self.ledger.plan.metric)]
        except Exception as problem:  # carried to the coordinator, which raises it
            self.problem = problem

    def collect(self, wait: bool) -> None:
        """Stores the models that are ready; from the coordinator's thread, as the database has one writer."""
        if wait and self.thread.ident is not None:
            self.thread.join()
        if self.thread.is_alive():
            return
        if self.problem is not None:
            raise SearchError(f"the baselines could not be fitted: {self.problem}") from self.problem
        for baseline in self.fitted:
            self.ledger.add_baseline(baseline.name, dict(baseline.validation))
            self.watch(BaselineReady(baseline.name, baseline.validation))
        self.fitted = []


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT or SIGTERM sets; the second signal interrupts at once."""
    stop = threading.Event()
    previous: dict[int, object] = {}

    def handle(number: int, frame: object) -> None:
        stop.set()
        _restore(previous)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # `nohup` means it
                previous[number] = signal.signal(number, handle)
    try:
        yield stop
    finally:
        _restore(previous)


def _restore(previous: dict[int, object]) -> None:
    for number, handler in previous.items():
        signal.signal(number, handler)  # type: ignore[arg-type]
