"""The process that trains. It imports torch and Lightning; the coordinator does not.

It talks to the coordinator alone: no database, no terminal. What libraries print goes to the log of the study.
"""

import faulthandler
import multiprocessing
import multiprocessing.connection
import os
import sys
import threading
import time
import traceback
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from autotune.agent.limits import Footprint, Limits, OverLimitError
from autotune.agent.working.messages import TRIAL_TIMEOUT, EpochDone, Failed, Finished, NotSaved, Saved, Task
from autotune.agent.working.usage import Meter
from autotune.config import Metric
from autotune.data.dataset import Dataset, resplit
from autotune.errors import AutotuneError
from autotune.storage.records import CUT_OFF, CurvePoint
from autotune.tips.micro_batches import is_out_of_memory
from autotune.training.checkpoint import Checkpoint
from autotune.training.fit import fit
from autotune.training.latency import latency
from autotune.training.memory import OutOfMemoryError
from autotune.training.outcome import DivergedError, Outcome, OutOfTimeError
from autotune.training.trained import TrainedClassifier


def serve(connection: Connection, dataset: Dataset, metric: Metric, threads: int, gpu: str | None, log: Path) -> None:
    """Trains what comes through the pipe until it brings None or closes.

    Args:
        threads: processor threads for torch.
        gpu: the one CUDA device to see, as CUDA_VISIBLE_DEVICES names it, or None.
        log: where standard output and errors go.
    """
    _log_to(log)
    die_with_parent()
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu  # before CUDA starts, which is when it is read
    torch.set_num_threads(threads)
    try:
        while (task := connection.recv()) is not None:
            _train(connection, task, dataset if task.split is None else resplit(dataset, task.split), metric)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the coordinator has gone


def _train(connection: Connection, task: Task, dataset: Dataset, metric: Metric) -> None:
    def report(epoch: int, value: float) -> bool:
        connection.send(EpochDone(task.number, epoch, value))
        return bool(connection.recv())

    footprint: Footprint | None = None

    def admit(fresh: TrainedClassifier) -> None:
        nonlocal footprint
        footprint = measured(fresh, dataset, task.limits)
        task.limits.check(footprint)

    checkpoint = None if task.checkpoint is None else Checkpoint(task.checkpoint, task.config, dataset, task.most_bytes)
    before = 0.0 if checkpoint is None else checkpoint.seconds
    own = None if task.limit is None else max(0.0, task.limit - before)
    limits = [(seconds, cause) for seconds, cause in ((task.seconds_left, CUT_OFF), (own, TRIAL_TIMEOUT)) if seconds is not None]
    seconds, out_of_time = min(limits, default=(None, CUT_OFF))
    deadline = None if seconds is None else time.monotonic() + seconds
    meter = Meter()
    try:
        admission = admit if task.measured or task.limits else None
        outcome = fit(task.config, dataset, report, metric=metric, deadline=deadline, checkpoint=checkpoint, admit=admission)
        finished = _finished(task.number, outcome, out_of_time, meter)
        if footprint is not None:
            finished = replace(finished, details={**finished.details, **asdict(footprint)})
        connection.send(finished)
        folder = connection.recv()
        if folder is not None:
            connection.send(_saved(task.number, outcome, folder))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except OverLimitError as refusal:
        resources = meter.read(refusal.details["parameters"])
        connection.send(Failed(task.number, refusal.message, "not trained", resources, refused=refusal.details))
    except OutOfTimeError:
        connection.send(Failed(task.number, out_of_time, traceback.format_exc(), meter.read()))
    except Exception as problem:
        if gpu_is_lost(problem):
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        connection.send(Failed(task.number, _cause(problem), traceback.format_exc(), meter.read()))


def measured(fresh: TrainedClassifier, dataset: Dataset, limits: Limits) -> Footprint:
    """What a classifier takes. Where it is too large, how slow it is does not matter any more, and is not measured."""
    footprint = Footprint(fresh.model.parameters_count, fresh.size)
    if limits.over(footprint):
        return footprint
    return replace(footprint, latency=round(latency(fresh, dataset.validation.texts), 7))


def _finished(number: int, outcome: Outcome, out_of_time: str, meter: Meter) -> Finished:
    best = outcome.epochs[outcome.best_epoch - 1]
    details = {
        "best_epoch": outcome.best_epoch,
        "epochs": len(outcome.epochs),
        "seconds": round(outcome.seconds, 3),
        "parameters": outcome.parameters,
        "micro_batches": outcome.micro_batches,
        "notes": list(outcome.notes),
        "validation": best.scores,
        "train_loss": best.train_loss,
        "probes": outcome.probes,
        "circumstances": outcome.circumstances,
    }
    curve = tuple(CurvePoint(epoch.number, epoch.train_loss, epoch.validation_loss, **epoch.scores) for epoch in outcome.epochs)
    cause = out_of_time if outcome.stopped == "time" else outcome.stopped
    return Finished(number, outcome.score, cause, details, curve, meter.read(outcome.parameters))


def _saved(number: int, outcome: Outcome, folder: Path) -> Saved | NotSaved:
    try:
        outcome.classifier.save(folder)
    except Exception as problem:  # a full disk, mostly: the score is known and counts all the same
        return NotSaved(number, _cause(problem), traceback.format_exc())
    return Saved(number, folder)


def gpu_is_lost(problem: Exception) -> bool:
    """Whether this process can do nothing on its GPU any more: after most CUDA errors every call fails, and only a fresh process helps."""
    return isinstance(problem, RuntimeError) and "CUDA error" in str(problem) and not is_out_of_memory(problem)


def _cause(problem: Exception) -> str:
    if isinstance(problem, OutOfMemoryError):
        return "out of memory"
    if isinstance(problem, DivergedError):
        return "diverged"
    if isinstance(problem, OSError):
        return f"disk: {problem.strerror or problem}"
    if isinstance(problem, AutotuneError):
        return f"{problem.message}; {problem.hint}" if problem.hint else problem.message
    return f"{type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else 'no message'}"


def _log_to(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    faulthandler.enable(file=2)


def die_with_parent() -> None:
    """A coordinator that was killed must not leave processes behind that go on training for nobody."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
