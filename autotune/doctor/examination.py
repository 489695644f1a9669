"""All checks, in the order in which they are told."""

from autotune.doctor.database import check_database, check_place, check_studies
from autotune.doctor.finding import Check, Finding, Patient
from autotune.doctor.machine import check_disk, check_gpus, check_memory, check_processor
from autotune.doctor.packages import check_imports, check_packages, check_versions
from autotune.doctor.probe import Probe

CHECKS: dict[str, Check] = {
    "versions": check_versions,
    "packages": check_packages,
    "imports": check_imports,
    "processor": check_processor,
    "GPUs": check_gpus,
    "memory": check_memory,
    "disk": check_disk,
    "place": check_place,
    "database": check_database,
    "studies": check_studies,
}


def examine(url: str) -> list[Finding]:
    """What the checks find. A check that breaks is itself a finding: whoever asks for help needs the others all the more.

    Args:
        url: of the database.
    """
    probe = Probe()
    patient = Patient(url, probe)
    findings: list[Finding] = []
    try:
        for name, check in CHECKS.items():
            try:
                findings += check(patient)
            except Exception as problem:
                said = f"this could not be looked at: {type(problem).__name__}: {problem}"
                findings.append(Finding(name, "error", said, "this is a bug in autotune; please report it"))
    finally:
        probe.close()
    return findings
