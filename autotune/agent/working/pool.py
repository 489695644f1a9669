"""The worker processes, seen from the coordinator."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from autotune.agent.plan import cores, visible_gpus
from autotune.agent.working.apart import from_server, start
from autotune.agent.working.messages import Reply, Task
from autotune.config import Metric
from autotune.data.dataset import Dataset


@dataclass(eq=False)
class Worker:
    """One process and what it is busy with."""

    process: BaseProcess
    connection: Connection
    busy_with: int | None = None


class Pool:
    """Processes that train, replaced when they die.

    They come from a fork server that has imported torch and Lightning once, so that each starts in a moment; nothing is ever
    forked from a process that has used torch, which would hang. Signals that ask to end reach the coordinator alone, which then kills
    them.
    """

    def __init__(self, size: int, dataset: Dataset, metric: Metric, folder: Path) -> None:
        gpus = visible_gpus()
        self._devices = [gpus[slot % len(gpus)] if gpus else None for slot in range(size)]
        self._arguments = (dataset, metric, max(1, cores() // size))
        self._folder = folder
        self.workers: list[Worker] = []
        try:
            for slot in range(size):
                self._start(slot)
        except BaseException:
            self.close()
            raise

    def _start(self, slot: int) -> Worker:
        context = from_server()
        here, there = context.Pipe()
        process = context.Process(
            target=_enter, args=(there, *self._arguments, self._devices[slot], self._folder / "worker.log"), daemon=True
        )
        worker = Worker(process, here)
        self.workers[slot : slot + 1] = [worker]  # before it starts: an interruption in between must not forget it
        start(process)
        there.close()
        return worker

    def idle(self) -> Worker | None:
        """A worker with nothing to do."""
        return next((worker for worker in self.workers if worker.busy_with is None), None)

    def give(self, worker: Worker, task: Task) -> None:
        """Has a worker train something. A worker that died unnoticed is replaced first."""
        try:
            worker.connection.send(task)
        except OSError:
            worker = self.replace(worker)
            worker.connection.send(task)
        worker.busy_with = task.number

    def replies(self, timeout: float) -> Iterator[tuple[Worker, Reply | None]]:
        """What busy workers say within `timeout` seconds; None from one that died."""
        busy = {worker.connection: worker for worker in self.workers if worker.busy_with is not None}
        for connection in wait(list(busy), timeout):
            assert isinstance(connection, Connection)
            try:
                yield busy[connection], connection.recv()
            except (EOFError, OSError):
                yield busy[connection], None

    def replace(self, worker: Worker) -> Worker:
        """A fresh process in the place of one that died or is not wanted any more; tells nobody."""
        self._end(worker)
        slot = self.workers.index(worker)
        return self._start(slot)

    def close(self) -> None:
        """Ends every process, busy or not."""
        for worker in self.workers:
            self._end(worker)

    @staticmethod
    def _end(worker: Worker) -> None:
        if worker.process.pid is not None:
            worker.process.kill()
            worker.process.join()
        worker.connection.close()


@contextmanager
def pool_of(size: int, dataset: Dataset, metric: Metric, folder: Path) -> Iterator[Pool]:
    """A pool that is closed in any case."""
    pool = Pool(size, dataset, metric, folder)
    try:
        yield pool
    finally:
        pool.close()


def _enter(connection: Connection, dataset: Dataset, metric: Metric, threads: int, gpu: str | None, log: Path) -> None:
    # Imported here: the coordinator imports this module but never needs torch.
    from autotune.agent.working.worker import serve

    serve(connection, dataset, metric, threads, gpu, log)
