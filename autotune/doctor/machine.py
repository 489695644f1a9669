"""Processor, GPUs, memory and disk, with the limits that a container sets."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from autotune.agent.plan import cores, visible_gpus, worker_count
from autotune.doctor.finding import Finding, Patient
from autotune.storage.address import studies_folder
from autotune.words import count, size

A_WORKER = 500 * 10**6
"""Bytes of memory that a process that trains takes at least."""
_LITTLE_DISK, _NO_DISK = 10**9, 10**8
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_ENDLESS = 2**60  # what old control groups say for no limit is about that


def check_processor(patient: Patient) -> Iterator[Finding]:
    """Cores that may be used, and whether a container allows less than that."""
    usable, there = cores(), os.cpu_count() or 1
    found = f"{count(usable, 'core')} may be used" + (f" of {there}" if there != usable else "")
    if patient.probe.torch is not None:
        found += f"; torch takes {count(patient.probe.torch['threads'], 'thread')} by itself"
    allowed = processor_limit()
    if allowed is not None and allowed < usable:
        workers = max(1, int(allowed))
        message = f"{found}; the container allows the time of {allowed:g}"
        yield Finding("processor", "warning", message, f"--workers {workers}: more of them would only wait for each other")
    else:
        yield Finding("processor", "ok", found)


def check_gpus(patient: Patient) -> Iterator[Finding]:
    """GPUs that the driver knows, and whether torch sees them."""
    there, torch = visible_gpus(), patient.probe.torch
    driver = Path("/proc/driver/nvidia/version").exists()
    if torch is None:
        return  # told by the libraries
    if torch["gpus"]:
        yield Finding("GPU", "ok", f"{count(len(torch['gpus']), 'GPU')}: {', '.join(torch['gpus'])} (CUDA {torch['cuda']})")
    elif not there:
        hidden = driver and os.environ.get("CUDA_VISIBLE_DEVICES") is not None
        yield Finding("GPU", "ok", "hidden by CUDA_VISIBLE_DEVICES" if hidden else "none: the processor trains")
    elif not driver:
        message = f"CUDA_VISIBLE_DEVICES names {count(len(there), 'GPU')}, yet this machine has no driver for any"
        yield Finding("GPU", "warning", message, "unset CUDA_VISIBLE_DEVICES, or install the driver")
    elif torch["cuda"] is None:
        mend = "install a build of torch with CUDA (pip install --force-reinstall torch); or CUDA_VISIBLE_DEVICES= to do without"
        yield Finding("GPU", "error", f"{count(len(there), 'GPU')} in this machine, yet torch is a build for processors alone", mend)
    else:
        why = f": {torch['why_no_gpu']}" if torch["why_no_gpu"] else ""
        mend = f"update the driver, or install torch for an older CUDA than {torch['cuda']}; or CUDA_VISIBLE_DEVICES= to do without"
        yield Finding("GPU", "error", f"{count(len(there), 'GPU')} in this machine, yet torch cannot use them{why}", mend)


def check_memory(patient: Patient) -> Iterator[Finding]:
    """Memory that is free, and whether it does for the workers."""
    total, free = memory()
    if total is None or free is None:
        return
    workers = worker_count(0, 8)
    message = f"{size(free)} free of {size(total)}"
    if free < (workers + 1) * A_WORKER:
        fewer = max(1, free // A_WORKER - 1)
        mend = f"--workers {fewer}" if fewer < workers else "close something, or take a smaller space, such as quick"
        yield Finding("memory", "warning", f"{message}; {count(workers, 'worker')} would take about {size(A_WORKER)} each", mend)
    else:
        yield Finding("memory", "ok", message)


def check_disk(patient: Patient) -> Iterator[Finding]:
    """Room for the studies."""
    folder = studies_folder(patient.url)
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    message = f"{size(free)} free where the studies lie ({folder})"
    if free < _NO_DISK:
        yield Finding("disk", "error", message, "free some; or --storage on another disk")
    elif free < _LITTLE_DISK:
        yield Finding("disk", "warning", message, "free some, or bound the models with --disk")
    else:
        yield Finding("disk", "ok", message)


def processor_limit(root: Path = _CGROUPS, own: Path = _OWN_GROUPS) -> float | None:
    """So many processors' time a container may take; None: there is no such limit."""
    limits = []
    for folder in _groups(root, own, "cpu"):
        with suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text().split()
            limits.append(float(quota) / float(period))  # "max" is no number
        with suppress(OSError, ValueError):
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            limits.append(float(quota) / float(period))
    return min((limit for limit in limits if limit > 0), default=None)


def memory(root: Path = _CGROUPS, own: Path = _OWN_GROUPS, facts: Path = Path("/proc/meminfo")) -> tuple[int | None, int | None]:
    """Bytes that there are and that are free, within the limit of a container; None: not known."""
    total = free = None
    with suppress(OSError, ValueError, IndexError):
        lines = dict(line.split(":", 1) for line in facts.read_text().splitlines())
        total, free = (1024 * int(lines[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    if total is None:
        with suppress(OSError, ValueError):
            total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for folder in _groups(root, own, "memory"):
        for limit, usage in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
            with suppress(OSError, ValueError):
                allowed, used = int((folder / limit).read_text()), int((folder / usage).read_text())
                if allowed < _ENDLESS:
                    total = min(total or allowed, allowed)
                    free = min(free if free is not None else allowed, max(0, allowed - used))
    return total, free


def _groups(root: Path, own: Path, controller: str) -> Iterator[Path]:
    """The folders of the control groups that bind this process: its own, and all above it."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / controller if controllers else root
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(parts), -1, -1):
            yield top.joinpath(*parts[:depth])
