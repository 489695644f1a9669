import subprocess
import sys

import pytest

# Forty megabytes are more than glibc would ever keep by itself. A page that comes from the system is a fault.
PROGRAM = """
import resource, sys
import torch
from autotune.training.memory import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.empty(10_000_000).fill_(1.0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
for _ in range(20):  # small things in between split what is free, until there is enough of it
    faults()
print(sum(faults() for _ in range(20)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone is told to keep memory")
def test_memory_once_freed_comes_without_faults() -> None:
    def run(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, timeout=240, check=True)
        return int(done.stdout)

    assert run("kept") < run("plain") / 4
