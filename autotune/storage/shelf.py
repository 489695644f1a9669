"""The files of a study: the models of its best trials, and the checkpoints of those that are not over."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from autotune.storage.leaderboard import model_folder

KEPT_MODELS = 3
"""The models of so many trials stay on the disk unless told otherwise, the best ones."""


class Shelf:
    """What lies in the folder of a study, and what may.

    Models lie in `trials/NUMBER`, checkpoints in `checkpoints/NUMBER.pt`, models of finalists that were trained again in
    `finalists/NUMBER-RUN`. Each appears whole or not at all.

    Args:
        keep: how many models to keep, at least 1.
        limit: bytes that models and checkpoints may take together; None: no limit. The best model is kept in any case.
    """

    def __init__(self, folder: Path, keep: int = KEPT_MODELS, limit: int | None = None) -> None:
        self.folder = folder
        self.keep = keep
        self.limit = limit

    def model(self, number: int) -> Path:
        """The folder of a trial's model, there or not."""
        return model_folder(self.folder, number)

    def run_model(self, number: int, run: int) -> Path:
        """The folder of the model of a trial that was trained again, there or not."""
        return self.folder / "finalists" / f"{number}-{run}"

    def checkpoint(self, number: int) -> Path:
        """The file of a trial's checkpoint, there or not."""
        return self.folder / "checkpoints" / f"{number}.pt"

    def hand_on(self, number: int, to: int) -> None:
        """Gives the checkpoint of a trial to another one."""
        with suppress(FileNotFoundError):  # without it that one begins anew
            os.replace(self.checkpoint(number), self.checkpoint(to))

    def models(self) -> set[int]:
        """The trials whose models are there."""
        return _numbered(self.folder / "trials")

    def used(self) -> int:
        """Bytes of models and checkpoints."""
        return sum(_size(self.folder / name) for name in ("trials", "checkpoints", "finalists"))

    def clean_runs(self, trials: set[int]) -> None:
        """Deletes the models of trials that were trained again, but for some trials, and where the limit is exceeded all of them."""
        for path in _entries(self.folder / "finalists"):
            if int(path.name.lstrip(".").split("-")[0]) not in trials or (self.limit is not None and self.used() > self.limit):
                _delete(path)

    def room(self, parts: int) -> int | None:
        """Bytes that each of so many trials that are about to run may take for its checkpoint; None: no limit."""
        return None if self.limit is None else max(0, self.limit - self.used()) // parts

    def clean(self, ranked: list[int], running: set[int], unfinished: set[int]) -> None:
        """Deletes what is not wanted any more, or what there is no room for, and what a killed process left half-written.

        Where the limit is exceeded, the checkpoints of trials that do not run go first, of which a resumed search needs only time to
        make them anew, then the models from the worst on.

        Args:
            ranked: the trials whose models are there, the best first.
            running: trials whose checkpoints and models may be being written.
            unfinished: trials that may go on.
        """
        kept = {*ranked[: self.keep], *running}
        for path in _entries(self.folder / "trials"):
            if _number(path) not in kept:
                _delete(path)
        for path in _entries(self.folder / "checkpoints"):
            if _number(path) not in running and (path.name.startswith(".") or _number(path) not in unfinished):
                _delete(path)
        if self.limit is None:
            return
        spare = [self.checkpoint(number) for number in sorted(unfinished - running)]
        spare += [self.model(number) for number in reversed(ranked[1 : self.keep])]
        for path in spare:
            if self.used() > self.limit and path.exists():
                _delete(path)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _numbered(folder: Path) -> set[int]:
    return {int(path.name) for path in _entries(folder) if path.name.isdigit()}


def _number(path: Path) -> int | None:
    """The trial that a file or folder belongs to, half-written ones too; None: no trial."""
    name = path.name.lstrip(".").split(".")[0]
    return int(name) if name.isdigit() else None


def _size(path: Path) -> int:
    return sum(os.lstat(found).st_size for found in path.rglob("*") if found.is_file())


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
