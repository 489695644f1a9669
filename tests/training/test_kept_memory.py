import subprocess
import sys

import pytest

# Four times 28 megabytes, as a step on 70,000 token vectors. A page that comes from the system is a fault.
PROGRAM = """
import resource
import torch
from autotune.training.memory import freed_memory_kept
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    tensors = [torch.ones(7_000_000) for _ in range(4)]
    del tensors
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() // 2**20
with freed_memory_kept():
    before = resident()
    for _ in range(20):  # small things in between split what is free, until there is enough of it
        faults()
    count, kept = sum(faults() for _ in range(20)), resident() - before
print(count, kept, resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone is told to keep memory")
def test_memory_once_freed_comes_without_faults_and_goes_back_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=240, check=True)
    faults, megabytes, afterwards = map(int, done.stdout.split())
    # Taken from the system anew, the tensors of the last rounds alone would be half a million pages.
    assert faults < 5_000
    assert afterwards < megabytes / 2
