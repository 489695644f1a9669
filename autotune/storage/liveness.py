"""Which process trains a trial, and whether it is still there: by proof, not by waiting."""

import os
import socket
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PROCESS = "autotune:process"
"""The trial attribute that says which coordinator has, or last had, the trial trained."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Process:
    """A process on some machine, told from every other that has its number later.

    Args:
        boot: differs with every start of the machine; empty where the system has none.
        started: when the process began, in the system's own words.
    """

    host: str
    boot: str
    pid: int
    started: str

    @classmethod
    def here(cls) -> "Process":
        """This process."""
        return cls(socket.gethostname(), _boot(), os.getpid(), _started(os.getpid()))

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Process":
        """The inverse of `to_json`."""
        return cls(**stored)

    def to_json(self) -> dict[str, Any]:
        """As stored with a trial."""
        return asdict(self)

    def is_alive(self) -> bool:
        """Whether it runs on this machine now, for certain. Of another machine nothing is certain: False."""
        same_machine = self.boot == _boot() if self.boot else self.host == socket.gethostname()
        return same_machine and self.started != "" and _started(self.pid) == self.started


def _boot() -> str:
    with suppress(OSError):
        return _BOOT_ID.read_text().strip()
    return ""


def _started(pid: int) -> str:
    """When a process began; empty: there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if _BOOT_ID.exists():
        with suppress(OSError):
            # After the name in parentheses, which may hold anything: field 3 is the state, 22 the start in ticks since boot.
            fields = stat.read_text().rpartition(")")[2].split()
            return "" if fields[0] in "ZX" else fields[19]
        return ""
    with suppress(OSError):
        return subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return ""
