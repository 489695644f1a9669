import json
import signal
import subprocess
import sys
from dataclasses import replace

from autotune.storage.liveness import Process


def test_this_process_is_alive_and_survives_storing() -> None:
    here = Process.here()
    assert here.is_alive()
    assert Process.from_json(json.loads(json.dumps(here.to_json()))) == here


def test_a_killed_process_is_not_even_before_its_parent_has_looked() -> None:
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import json; from autotune.storage.liveness import Process\nprint(json.dumps(Process.here().to_json()), flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    process = Process.from_json(json.loads(child.stdout.readline()))
    assert process.pid == child.pid
    assert process.is_alive()
    child.send_signal(signal.SIGKILL)
    child.stdout.read()
    for _ in range(1000):
        if not process.is_alive():
            break
    assert not process.is_alive()
    child.communicate()
    assert not process.is_alive()


def test_neither_a_later_process_of_its_number_nor_one_elsewhere_or_before_a_restart_is_it() -> None:
    here = Process.here()
    assert not replace(here, started="1").is_alive()
    assert not replace(here, boot="another").is_alive()
    assert not replace(here, boot="", host="elsewhere.invalid").is_alive()
