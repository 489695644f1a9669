"""`metrics.json`: everything that was measured of a bundle's model, and what it takes to measure it again."""

import json
import math
import os
import platform
import shlex
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autotune.config import METRICS
from autotune.data.dataset import BUILTIN, DataSource
from autotune.errors import BundleError
from autotune.export.provenance import Provenance, Run

METRICS_FILE = "metrics.json"
FORMAT = 1

_PACKAGES = ("autotune", "torch", "lightning", "numpy", "tokenizers", "safetensors")
_FILES = ("data", "validation", "test", "unlabeled")


def metrics_text(provenance: Provenance, target: Path, size: int, more: dict[str, Any]) -> str:
    """The contents of the file.

    Args:
        target: the folder of the bundle; data files are named by their way from there, so that both may be moved together.
        size: bytes of the model.
        more: of the kind of model: parameters, networks and so on.
    """
    measured = {
        "format": FORMAT,
        "study": provenance.study,
        "trial": provenance.trial,
        "objective": provenance.metric,
        "validation": provenance.validation,
        "test": provenance.final,
        "expected": provenance.expected,
        "training": None if provenance.run is None else asdict(provenance.run),
        "model": {"bytes": size, **more},
        "data": None if provenance.source is None else _data(provenance, provenance.source, target),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "commands": _commands(provenance, target),
    }
    return json.dumps(_plain(measured), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _data(provenance: Provenance, source: DataSource, target: Path) -> dict[str, Any]:
    found = {"fingerprint": provenance.fingerprint, **source.to_json()}
    for name in _FILES:
        if found[name] not in (None, BUILTIN):
            found[name] = way(found[name], target)
    return found


def way(path: str, target: Path) -> str:
    """The way to a file from a folder; where there is none, its path."""
    try:
        return Path(os.path.relpath(path, target)).as_posix()
    except ValueError:  # another drive
        return path


def _commands(provenance: Provenance, target: Path) -> dict[str, str]:
    folder = shlex.quote(target.name)
    found = {"predict": f"autotune predict {folder} texts.csv", "evaluate": f"autotune evaluate {folder} test.csv"}
    if provenance.run is not None and provenance.validation:
        found["verify"] = f"autotune train {folder} --verify"
    if provenance.run is not None and not provenance.run.on_all_data:
        found["train on all texts"] = f"autotune train {folder} --on-all-data --to all/"
    return found


def _plain(value: Any) -> Any:
    """JSON knows no NaN and no infinity."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_provenance(folder: Path) -> Provenance:
    """What `metrics.json` says; as much of it as it takes to train the model again.

    Raises:
        BundleError: there is none, it is damaged, or of another format.
    """
    path = folder / METRICS_FILE
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.get("format", 0) > FORMAT:
            raise BundleError(
                f"{path} has format {stored['format']}, this autotune reads format {FORMAT}", "install the version that wrote it"
            )
        run, data = stored.get("training"), stored.get("data")
        source = None
        if data is not None:
            given = {name: value for name, value in data.items() if name != "fingerprint"}
            source = DataSource.from_json({**given, **{name: _found(given[name], folder) for name in _FILES}})
        metric, validation = stored["objective"], stored["validation"]
        if metric not in METRICS or not all(isinstance(score, float) for score in validation.values()):
            raise ValueError
        return Provenance(
            study=stored["study"],
            trial=stored["trial"],
            data=Path(source.data).name if source else "",
            metric=metric,
            validation=validation,
            final=stored["test"],
            unlabeled=Path(source.unlabeled).name if source and source.unlabeled else None,
            expected=stored.get("expected"),
            run=None if run is None else Run(**{**run, "validation_losses": tuple(run["validation_losses"])}),
            source=source,
            fingerprint=None if data is None else data["fingerprint"],
        )
    except FileNotFoundError:
        raise BundleError(f"{folder} has no {METRICS_FILE}", "give a folder that `autotune export STUDY --to FOLDER` wrote") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BundleError(f"{path} is damaged", "export the study again") from None


def _found(path: str | None, folder: Path) -> str | None:
    return path if path in (None, BUILTIN) else str(Path(os.path.normpath(folder.resolve() / str(path))))
