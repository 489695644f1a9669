"""One sitting at a long job: idle workers get tasks and are listened to, until all is done, the time is up or somebody stops it.

What the tasks are and what comes of them is the business of whoever fills in the abstract methods: a search, an ablation.
"""

import contextlib
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from autotune.agent.working.messages import EpochDone, Failed, Finished, NotSaved, Reply, Saved, Task
from autotune.agent.working.pool import Pool, Worker
from autotune.config import Config
from autotune.storage.leaderboard import UNSAVED

_TICK = 0.25  # seconds between two looks at the clock and at the stop flag
_SAVE_CLOCK_EVERY = 1.0  # seconds of work that a power cut may cost the budget's account
_PATIENCE_AT_DEADLINE = 10.0  # seconds for running tasks to notice the deadline, which they check at every step

Ending = Literal["done", "time", "stopped"]


class Sitting(ABC):
    """Tasks for a pool of workers, within a budget of time.

    Args:
        folder: where `worker.log` is.
        seconds: to spend in total, over all sittings; None: no limit.
        before: seconds that earlier sittings spent.
        limit: seconds after which a task is stopped, and its best epoch counts; None: no limit.
    """

    noun: ClassVar[str] = "task"
    """What a task is called in the log."""

    def __init__(self, pool: Pool, folder: Path, seconds: float | None, before: float, limit: float | None = None) -> None:
        self.pool = pool
        self.folder = folder
        self._seconds = seconds
        self._before = before
        self._limit = limit
        self._started = self._clock_saved = time.monotonic()
        self._results: dict[int, Finished] = {}

    @abstractmethod
    def next(self) -> tuple[int, Config] | None:
        """Number and configuration of the next task, for a worker that is idle; None: there is none."""

    def task(self, number: int, config: Config) -> Task:
        """What a worker is told of it."""
        return Task(number, config, self.seconds_left(), self._limit)

    @abstractmethod
    def epoch(self, done: EpochDone) -> bool:
        """A task has finished an epoch; True stops it."""

    @abstractmethod
    def model_folder(self, result: Finished) -> Path | None:
        """Where the model of a finished task is to be saved; None: nowhere."""

    @abstractmethod
    def finish(self, result: Finished) -> None:
        """A task is over, with a score; its model is saved if it was wanted, or the details say under `UNSAVED` why it is not."""

    @abstractmethod
    def fail(self, number: int, cause: str) -> None:
        """A task is over without a score."""

    def failed(self, reply: Failed) -> None:
        """A worker says that its task came to nothing."""
        self.fail(reply.number, reply.cause)

    def died(self, number: int, cause: str) -> None:
        """The worker of a task died; a fresh one is in its place. The task has failed, unless there is something better to be done."""
        self.fail(number, cause)

    @abstractmethod
    def interrupt(self, number: int) -> None:
        """A task could not finish through no fault of its own."""

    @abstractmethod
    def spent(self, seconds: float) -> None:
        """Stores the seconds spent so far, over all sittings."""

    def run(self, stop: threading.Event, between: Callable[[], None] = lambda: None) -> Ending:
        """Works until there is no task left (`done`), the time is up (`time`) or the event is set (`stopped`).

        Args:
            between: called several times a second.
        """
        try:
            while not stop.is_set():
                if self.seconds_left() == 0.0:
                    self._drain()
                    return "time"
                if not self._fill() and not self.busy():
                    return "done"
                self._listen()
                between()
                self._save_clock()
            return "stopped"
        finally:
            for worker in self.busy():
                assert worker.busy_with is not None
                self.interrupt(worker.busy_with)
            self.spent(self._spent())

    def busy(self) -> list[Worker]:
        """The workers that have a task."""
        return [worker for worker in self.pool.workers if worker.busy_with is not None]

    def seconds_left(self) -> float | None:
        """Until the time is up; None: no limit."""
        return None if self._seconds is None else max(0.0, self._seconds - self._spent())

    def _fill(self) -> bool:
        """Gives idle workers something to do; whether there may be more to be done."""
        while (worker := self.pool.idle()) is not None:
            task = self.next()
            if task is None:
                return False
            self.pool.give(worker, self.task(*task))
        return True

    def _listen(self) -> None:
        for worker, reply in self.pool.replies(_TICK):
            self._handle(worker, reply)

    def _handle(self, worker: Worker, reply: Reply | None) -> None:
        number = worker.busy_with
        assert number is not None
        match reply:
            case EpochDone():
                self._answer(worker, self.epoch(reply))
            case Finished():
                folder = self.model_folder(reply)
                self._answer(worker, folder)
                if folder is not None:
                    self._results[number] = reply
                else:
                    worker.busy_with = None
                    self.finish(reply)
            case Saved():
                worker.busy_with = None
                self.finish(self._results.pop(number))
            case NotSaved():
                self._log(reply)
                worker.busy_with = None
                result = self._results.pop(number)
                self.finish(replace(result, details={**result.details, UNSAVED: reply.cause}))
            case Failed():
                self._log(reply)
                worker.busy_with = None
                if reply.cause == "time":
                    self.interrupt(number)
                else:
                    self.failed(reply)
            case None:
                worker.process.join(1)
                code = worker.process.exitcode
                self.pool.replace(worker)
                self._results.pop(number, None)
                self.died(number, f"the worker died ({signal.Signals(-code).name if code and code < 0 else f'exit code {code}'})")

    def _answer(self, worker: Worker, answer: object) -> None:
        with contextlib.suppress(OSError):  # it died; the next look at its pipe says so
            worker.connection.send(answer)

    def _drain(self) -> None:
        """Lets running tasks hand in what they have: they know the deadline too."""
        last = time.monotonic() + _PATIENCE_AT_DEADLINE
        while self.busy() and time.monotonic() < last:
            self._listen()

    def _spent(self) -> float:
        return self._before + time.monotonic() - self._started

    def _save_clock(self) -> None:
        if time.monotonic() - self._clock_saved >= _SAVE_CLOCK_EVERY:
            self._clock_saved = time.monotonic()
            self.spent(self._spent())

    def _log(self, failed: Failed | NotSaved) -> None:
        with (self.folder / "worker.log").open("a", encoding="utf-8") as log:
            log.write(f"{self.noun} {failed.number}: {failed.cause}\n{failed.explanation}\n")
