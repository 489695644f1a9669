from importlib.metadata import version
from pathlib import Path

import pytest

from autotune.doctor.finding import Patient
from autotune.doctor.packages import check_imports, check_packages, constraints
from autotune.doctor.probe import Probe


def examined(*libraries: str) -> Probe:
    return Probe(libraries)


def test_the_constraints_are_those_of_the_constraints() -> None:
    versions = constraints()
    assert versions["torch"] == "2.13.0"
    assert "ruamel-yaml" in versions


def test_packages_are_there() -> None:
    findings = list(check_packages(Patient("sqlite:///x.db", None)))  # type: ignore[arg-type]
    assert {finding.state for finding in findings} <= {"ok", "warning"}, findings
    if version("optuna") == constraints()["optuna"]:
        assert "optuna" not in findings[-1].message


def test_a_library_that_cannot_be_loaded_is_named_with_its_reason() -> None:
    probe = examined("json", "no_such_library", "csv")
    assert probe.broken == {"no_such_library": "No module named 'no_such_library'"}
    assert probe.torch is None
    (finding,) = check_imports(Patient("", probe))
    assert (finding.state, finding.about) == ("error", "libraries")
    assert "no_such_library cannot be loaded" in finding.message


def test_a_library_that_kills_python_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deadly.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    (tmp_path / "leaving.py").write_text("import os\nos._exit(3)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert examined("json", "deadly", "csv").broken == {"deadly": "Python is killed by SIGILL when it is imported"}
    assert examined("leaving").broken == {"leaving": "Python ends with exit code 3"}


def test_what_torch_says() -> None:
    probe = examined("torch")
    assert probe.broken == {}
    assert probe.torch is not None
    assert probe.torch["threads"] >= 1
    assert isinstance(probe.torch["gpus"], list)
