"""Under what a run was trained: what has to be the same for it to come out the same, bit for bit."""

import platform
from importlib.metadata import version
from pathlib import Path

import torch

Circumstances = dict[str, str | int]
"""By name: device, threads, processor, instructions, torch, numpy, tokenizers."""


def circumstances(place: torch.device) -> Circumstances:
    """Those of this process, for a run on a device."""
    return {
        "device": "cpu" if place.type == "cpu" else torch.cuda.get_device_name(place),
        "threads": torch.get_num_threads(),
        "processor": _processor(),
        # The widest that torch's kernels use: sums of eight numbers at once are rounded otherwise than sums of sixteen.
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": str(torch.__version__),  # its own class, which would have whoever hears of it load torch
        "numpy": version("numpy"),
        "tokenizers": version("tokenizers"),
    }


def differences(then: Circumstances, now: Circumstances) -> list[str]:
    """What is not as it was, a few words each: `torch 2.12.0, here 2.13.0`."""
    return [f"{name} {then[name]}, here {now.get(name, 'none')}" for name in then if then[name] != now.get(name)]


def _processor() -> str:
    """The model's name as the system gives it."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
