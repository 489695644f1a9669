"""The fork server, which has imported torch and Lightning once, so that what needs them starts in a moment; the coordinator has neither."""

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

from autotune.errors import FailureError
from autotune.metrics import Probabilities
from autotune.signals import deaf


def from_server() -> ForkServerContext:
    """Makes processes of the fork server, which is started if need be. They are deaf to the signals that ask to end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autotune.agent.working.worker"])
    # The tracker first: to start it unblocks signals.
    resource_tracker.ensure_running()
    with deaf():
        forkserver.ensure_running()
    return context


def start(process: BaseProcess) -> None:
    """Starts a process of the server, without the main program, which Python would run there a second time: a script that calls a search
    outside `if __name__ == "__main__"` would search without end.
    """
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = main


_starting = threading.Lock()


@contextmanager
def helper(target: Callable[..., None], *arguments: object) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that runs `target(connection, *arguments)`, and the other end of the connection; the process ends with the block."""
    context = from_server()
    here, there = context.Pipe()
    process = context.Process(target=target, args=(there, *arguments), daemon=True)
    try:
        start(process)
        there.close()
        yield process, here
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        here.close()


def probabilities(models: Sequence[Path], texts: Sequence[str]) -> list[Probabilities]:
    """Class probabilities [N, C] of texts by each of the models, whose folders are given, from a process of its own.

    Raises:
        AutotuneError: as `TrainedClassifier` raises them.
        FailureError: the process died.
    """
    found: list[Probabilities] = []
    with helper(_answer, models, texts) as (process, connection):
        for model in models:
            try:
                answer = connection.recv()
            except EOFError:
                process.join()
                raise FailureError(
                    f"the process that tests {model} died (exit code {process.exitcode})", "`autotune resume` tests again"
                ) from None
            if isinstance(answer, Exception):
                raise answer
            found.append(answer)
    return found


def _answer(connection: Connection, models: Sequence[Path], texts: Sequence[str]) -> None:
    from autotune.agent.working.worker import die_with_parent
    from autotune.ensemble import load_classifier

    die_with_parent()
    try:
        for model in models:
            connection.send(load_classifier(model).probabilities(texts))
    except Exception as problem:  # raised again over there
        connection.send(problem)
