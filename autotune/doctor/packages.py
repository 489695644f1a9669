"""Python and the packages: there, importable, of a version that is allowed, and of the one that autotune was tested with."""

import platform
import re
import shlex
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from autotune.doctor.finding import Finding, Patient


def check_versions(patient: Patient) -> Iterator[Finding]:
    """What runs here."""
    system = f"{platform.system()} {platform.release()} on {platform.machine()}"
    yield Finding("autotune", "ok", f"autotune {version('autotune')}, Python {platform.python_version()}, {system}")


def check_packages(patient: Patient) -> Iterator[Finding]:
    """The packages that autotune needs, by what pip knows of them."""
    tested, others, fine = constraints(), [], 0
    for line in requires("autotune") or ():
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            yield Finding("packages", "error", f"{wanted.name} is not installed", _install(wanted))
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            needed = f"autotune needs {wanted.specifier}"
            yield Finding("packages", "error", f"{wanted.name} {found} is installed, {needed}", _install(wanted))
        elif (known := tested.get(_key(wanted.name))) is not None and known != found.split("+")[0]:
            others.append(f"{wanted.name} {found} ({known})")
        else:
            fine += 1
    if others:
        message = f"other versions than autotune was tested with: {', '.join(others)}"
        yield Finding("packages", "warning", message, "they are allowed; where something is odd, install those in parentheses")
    else:
        yield Finding("packages", "ok", f"{fine} packages are of the versions that autotune was tested with")


def check_imports(patient: Patient) -> Iterator[Finding]:
    """Whether the libraries can be loaded at all."""
    for name, why in patient.probe.broken.items():
        package = {"sklearn": "scikit-learn"}.get(name, name)
        yield Finding("libraries", "error", f"{name} cannot be loaded: {why}", f"pip install --force-reinstall --no-deps {package}")
    if not patient.probe.broken:
        yield Finding("libraries", "ok", "all of them can be loaded")


def constraints() -> dict[str, str]:
    """The versions in constraints.txt, which lies inside an installed package or at the root of a checkout."""
    inside = Path(__file__).parent / "constraints.txt"
    file = inside if inside.is_file() else Path(__file__).parents[2] / "constraints.txt"
    pins = re.findall(r"^([\w.\-]+)==(\S+)", file.read_text(encoding="utf-8"), re.M)
    return {_key(name): pinned for name, pinned in pins}


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _install(wanted: Requirement) -> str:
    return f"pip install {shlex.quote(f'{wanted.name}{wanted.specifier}')}"
