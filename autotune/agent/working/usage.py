"""What training costs, as the process that trains sees it."""

import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

import torch

from autotune.storage.records import Resources

_PROCESS = Path("/proc/self")


class Meter:
    """What this process uses from now on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._processor_began = time.process_time()
        with suppress(OSError):  # no Linux, or forbidden: then the peak is that of the whole life of the process
            (_PROCESS / "clear_refs").write_text("5")  # starts the peak of resident memory anew
        if _gpu_in_use():
            torch.cuda.reset_peak_memory_stats()

    def read(self, parameters: int | None = None) -> Resources:
        """What was used so far.

        Args:
            parameters: how many numbers were trained.
        """
        return Resources(
            seconds=round(time.monotonic() - self._began, 3),
            processor_seconds=round(time.process_time() - self._processor_began, 3),
            peak_memory=_peak_memory(),
            peak_gpu_memory=torch.cuda.max_memory_allocated() if _gpu_in_use() else None,
            parameters=parameters,
            device=os.environ.get("CUDA_VISIBLE_DEVICES", "0")[:64] if torch.cuda.is_available() else "cpu",
            threads=torch.get_num_threads(),
        )


def _gpu_in_use() -> bool:
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


def _peak_memory() -> int:
    """Bytes."""
    with suppress(OSError):
        for line in (_PROCESS / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
