"""What `bundle.json` says, and how folders come to the disk: what single models and ensembles share. Nothing heavy is imported."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autotune.errors import BundleError

MANIFEST = "bundle.json"
FORMAT = 1
"""Of a single model."""
ENSEMBLE_FORMAT = 2
"""Of several models in one folder, which versions before ensembles refuse by this number."""
_SEAL = "manifest_sha256"


def manifest_text(form: int, labels: tuple[str, ...], digests: Mapping[str, str], **more: Any) -> str:
    """The contents of `bundle.json`; `digests` are of the files beside it, by name."""
    return _sealed({"format": form, "autotune": version("autotune"), "labels": list(labels), **more, "sha256": dict(digests)})


def add_digests(folder: Path, names: Iterable[str]) -> None:
    """Has `bundle.json` speak for more files of its folder."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["sha256"] |= {name: digest(folder / name) for name in names}
    (folder / MANIFEST).write_text(_sealed(manifest), encoding="utf-8")


def _sealed(manifest: dict[str, Any]) -> str:
    """The manifest as it is written, with a digest of itself: a label that was changed by accident would be another answer."""
    manifest = {name: value for name, value in manifest.items() if name != _SEAL}
    return json.dumps({**manifest, _SEAL: _seal(manifest)}, indent=2, ensure_ascii=False) + "\n"


def _seal(manifest: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in manifest.items() if name != _SEAL}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """What `bundle.json` says: format, labels, digests; of an ensemble also how many networks it has and what its linear model counts.

    Raises:
        BundleError: where `folder` is not a bundle that this version reads.
    """
    hint = "give a folder that `autotune export STUDY --to FOLDER` wrote"
    if not folder.is_dir():
        raise BundleError(f"no such folder: {folder}", hint)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        form, sealed = manifest["format"], _seal(manifest)
    except FileNotFoundError:
        raise BundleError(f"{folder} is not a bundle: it has no {MANIFEST}", hint) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _damaged(folder) from None
    if form not in (FORMAT, ENSEMBLE_FORMAT):
        raise BundleError(
            f"{folder} has format {form}, this autotune reads formats {FORMAT} and {ENSEMBLE_FORMAT}",
            "install the version that wrote it",
        )
    # Bundles of earlier versions have no seal.
    if manifest.get(_SEAL, sealed) != sealed or not _is_sound(manifest):
        raise _damaged(folder)
    return dict(manifest)


def _damaged(folder: Path) -> BundleError:
    return BundleError(f"{folder / MANIFEST} is damaged", "export the study again")


def _is_sound(manifest: Mapping[str, Any]) -> bool:
    """Whether everything is there and of its kind."""
    labels, digests = manifest.get("labels"), manifest.get("sha256")
    if not isinstance(labels, list) or not isinstance(digests, dict) or not all(isinstance(label, str) for label in labels):
        return False
    if manifest["format"] == FORMAT:
        return True
    networks, weight = manifest.get("networks"), manifest.get("linear_weight")
    # Each member has its digest, so that no number leads to a search without an end.
    whole = isinstance(networks, int) and 1 <= networks <= len(digests)
    return whole and isinstance(weight, int | float) and isinstance(manifest.get("linear"), bool)


def check_digests(folder: Path, names: tuple[str, ...], digests: Mapping[str, str]) -> None:
    """Compares files of a folder with what was noted when they were written.

    Raises:
        BundleError: the first that is missing or other than it was.
    """
    for name in names:
        if not (folder / name).is_file() or digest(folder / name) != digests.get(name):
            raise BundleError(f"{folder / name} is missing or damaged", "export the study again")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of `folder` once everything in it is on the disk; after an error nothing changes."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield scratch
        for path in scratch.rglob("*"):
            if path.is_file():
                _to_disk(path)
        scratch.chmod(0o755)
        _replace_folder(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _replace_folder(source: Path, target: Path) -> None:
    """Moves `source` to where `target` is, on the same disk; what was there is deleted only once the new folder stands."""
    if target.exists():
        old = target.with_name(f".{target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        os.replace(target, old)
        os.replace(source, target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(source, target)


def _to_disk(path: Path) -> None:
    """Has the operating system write a file out: a study must not name a model that a power cut then empties."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
