from pathlib import Path

import pytest

from autotune.doctor.finding import Patient
from autotune.doctor.machine import check_disk, check_gpus, memory, processor_limit
from autotune.doctor.probe import Probe
from autotune.storage.address import storage_url


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write(tmp_path / "cgroup", "0::/pod/box\n")


def test_a_container_allows_as_much_as_the_tightest_of_its_groups(tmp_path: Path, own: Path) -> None:
    root = tmp_path / "groups"
    assert processor_limit(root, own) is None
    write(root / "pod" / "box" / "cpu.max", "max 100000\n")
    assert processor_limit(root, own) is None
    write(root / "pod" / "cpu.max", "250000 100000\n")
    assert processor_limit(root, own) == 2.5
    write(root / "cpu.max", "150000 100000\n")  # the root of a container is that of its own name space
    assert processor_limit(root, own) == 1.5


def test_old_control_groups(tmp_path: Path) -> None:
    own = write(tmp_path / "cgroup", "4:cpu,cpuacct:/box\n3:memory:/box\n")
    root = tmp_path / "groups"
    write(root / "cpu" / "box" / "cpu.cfs_quota_us", "-1\n")
    write(root / "cpu" / "box" / "cpu.cfs_period_us", "100000\n")
    assert processor_limit(root, own) is None
    write(root / "cpu" / "box" / "cpu.cfs_quota_us", "50000\n")
    assert processor_limit(root, own) == 0.5
    write(root / "memory" / "box" / "memory.limit_in_bytes", "9223372036854771712\n")
    write(root / "memory" / "box" / "memory.usage_in_bytes", "5\n")
    facts = write(tmp_path / "meminfo", "MemTotal:  1000 kB\nMemAvailable:  600 kB\n")
    assert memory(root, own, facts) == (1_024_000, 614_400)


def test_memory_is_what_the_machine_has_within_the_limit(tmp_path: Path, own: Path) -> None:
    root, facts = tmp_path / "groups", write(tmp_path / "meminfo", "MemTotal:  1000 kB\nMemFree: 5 kB\nMemAvailable:  600 kB\n")
    assert memory(root, own, facts) == (1_024_000, 614_400)
    write(root / "pod" / "memory.max", "max\n")
    write(root / "pod" / "memory.current", "700000\n")
    assert memory(root, own, facts) == (1_024_000, 614_400)
    write(root / "pod" / "memory.max", "800000\n")
    assert memory(root, own, facts) == (800_000, 100_000)
    total, free = memory(tmp_path / "none", tmp_path / "none", tmp_path / "none")
    assert total is not None
    assert free is None


def test_a_gpu_that_is_wanted_and_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    probe = Probe(("torch",))
    (finding,) = check_gpus(Patient("", probe))
    assert probe.torch is not None
    assert (finding.state == "ok") == bool(probe.torch["gpus"])
    assert (finding.mend is None) == (finding.state == "ok")


def test_without_a_gpu_the_processor_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (finding,) = check_gpus(Patient("", Probe(("torch",))))
    assert finding.state == "ok"


def test_room_on_the_disk(tmp_path: Path) -> None:
    (finding,) = check_disk(Patient(storage_url(str(tmp_path / "not" / "there" / "autotune.db")), None))  # type: ignore[arg-type]
    assert f"free where the studies lie ({tmp_path / 'not' / 'there'})" in finding.message
