"""How busy the processor and the GPUs are with a search: its processes' share, measured from outside, without torch."""

import os
import shutil
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autotune.agent.plan import cores, visible_gpus

_EVERY = 2.0  # seconds between two measurements
_PATIENCE = 5.0  # seconds for a program that is asked
_PROC = Path("/proc")


@dataclass(frozen=True)
class Gpu:
    """One GPU, whoever uses it. Memory is in bytes."""

    busy: float
    """Share of the time, 0 to 1."""
    used: int
    memory: int


class Usage:
    """Measures in a thread of its own, so that nobody waits for it.

    Attributes:
        busy: processor cores that this process and all below it kept busy since the last measurement; None: not known yet, or never.
        cores: that they may use.
        gpus: those that they may use; none where there are none, or no `nvidia-smi`.
    """

    def __init__(self) -> None:
        self.busy: float | None = None
        self.cores = cores()
        self.gpus: tuple[Gpu, ...] = ()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="usage", daemon=True)

    def __enter__(self) -> "Usage":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(1)  # a program that hangs is not waited for

    def _measure(self) -> None:
        root, smi = os.getpid(), shutil.which("nvidia-smi") if visible_gpus() else None
        before, then = _times(root), time.monotonic()
        while not self._ended.wait(_EVERY):
            after, now = _times(root), time.monotonic()
            # Of a process that has ended in between nothing is known any more, and one that is new has used all its time since.
            spent = sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
            self.busy = max(0.0, spent / (now - then)) if after else None
            before, then = after, now
            if smi is not None:
                self.gpus = _gpus(smi, visible_gpus())


def _times(root: int) -> dict[int, float]:
    """Seconds of processor time of a process and all below it, by their numbers; none where the system does not tell."""
    table = _from_proc() if (_PROC / "self" / "stat").exists() else _from_ps()
    below: dict[int, list[int]] = {}
    for pid, (parent, _) in table.items():
        below.setdefault(parent, []).append(pid)
    found, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if pid in table and pid not in found:
            found[pid] = table[pid][1]
            todo += below.get(pid, ())
    return found


def _from_proc() -> dict[int, tuple[int, float]]:
    """Parent and processor time of every process, as Linux tells them."""
    ticks, table = os.sysconf("SC_CLK_TCK"), {}
    for entry in os.scandir(_PROC):
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):  # it has ended meanwhile
                # After the name in parentheses, which may hold anything: field 4 is the parent, 14 and 15 user and system time.
                fields = (_PROC / entry.name / "stat").read_text(errors="replace").rpartition(")")[2].split()
                table[int(entry.name)] = (int(fields[1]), (int(fields[11]) + int(fields[12])) / ticks)
    return table


def _from_ps() -> dict[int, tuple[int, float]]:
    """The same as `ps` tells it, on macOS."""
    table = {}
    for line in _asked("ps", "-axo", "pid=,ppid=,time="):
        with suppress(ValueError):
            pid, parent, spent = line.split()
            table[int(pid)] = (int(parent), _clock_seconds(spent))
    return table


def _clock_seconds(text: str) -> float:
    """`1-02:03:04`, `02:03:04` or `3:04.56` in seconds."""
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds + 86400 * int(days or 0)


def _gpus(smi: str, wanted: list[str]) -> tuple[Gpu, ...]:
    query = "--query-gpu=utilization.gpu,memory.used,memory.total"
    lines = _asked(smi, f"--id={','.join(wanted)}", query, "--format=csv,noheader,nounits")
    return tuple(gpu for line in lines if (gpu := _gpu(line)) is not None)


def _gpu(line: str) -> Gpu | None:
    """`45, 3200, 81559`: percent and MiB; what a card does not tell is `[N/A]`."""
    try:
        busy, used, memory = (float(part) for part in line.split(","))
    except ValueError:
        return None
    return Gpu(busy / 100, int(used * 2**20), int(memory * 2**20))


def _asked(*command: str) -> list[str]:
    """What a program answers; nothing where it fails or takes too long."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return []
