import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autotune.watching.usage import Gpu, Usage, _clock_seconds, _from_ps, _gpu, _times

BUSY = "import os, time\nchild = os.fork()\nwhile True: pass"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this system")
def test_the_time_of_a_process_and_of_all_below_it_is_known() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY], start_new_session=True) as process:
        try:
            deadline = time.monotonic() + 60
            while len(times := _times(process.pid)) < 2 or sum(times.values()) < 0.2:
                assert time.monotonic() < deadline, times
                time.sleep(0.05)
            assert process.pid in times
            assert set(times) < set(_times(os.getpid()))
        finally:
            os.killpg(process.pid, 9)


def test_a_process_that_is_gone_has_no_time() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert _times(process.pid) == {}


def test_it_is_measured_beside_the_work() -> None:
    with Usage() as usage:
        deadline = time.monotonic() + 60
        while usage.busy is None:
            assert time.monotonic() < deadline
            sum(range(10_000))
    assert usage.busy > 0


@pytest.mark.skipif(subprocess.run(["sh", "-c", "command -v ps"], capture_output=True).returncode != 0, reason="no ps on this system")
def test_where_there_is_no_proc_ps_is_asked() -> None:
    parent, seconds = _from_ps()[os.getpid()]
    assert parent == os.getppid()
    assert seconds <= time.process_time() + 1


@pytest.mark.parametrize(("text", "seconds"), [("00:00:03", 3), ("3:04.50", 184.5), ("01:02:03", 3723), ("2-00:00:01", 172801)])
def test_times_of_ps(text: str, seconds: float) -> None:
    assert _clock_seconds(text) == seconds


def test_answers_of_nvidia_smi() -> None:
    assert _gpu("45, 3200, 81559") == Gpu(0.45, 3200 * 2**20, 81559 * 2**20)
    assert _gpu("[N/A], 3200, 81559") is None
    assert _gpu("") is None
