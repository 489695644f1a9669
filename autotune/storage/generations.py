"""Studies that are built unseen and take their names in one transaction: a kill at any moment leaves the one state or the other."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text, update
from sqlalchemy.engine import Connection

from autotune.errors import StudyError
from autotune.storage.facts import copy_facts
from autotune.storage.schema import STUDIES
from autotune.storage.studies import PLAN

if TYPE_CHECKING:
    import optuna
    from optuna.storages import RDBStorage

_DRAFT = "@draft"
_DRAFT_PLAN = "autotune:plan of a draft"
"""The attribute of a draft that becomes its plan: without a plan no command takes it for a study."""

_AS_THEY_ARE = ("trials", "checkpoints")
"""The folders whose files are replaced and never written into, so that two studies may share them."""


def former_name(names: list[str], folder: Path, name: str) -> str:
    """What the generation that is to be replaced will be called: `reviews@1`, `reviews@2` ... , the next one.

    Args:
        names: of all studies.
        folder: where the files of the studies lie; those of another database may be among them.

    Raises:
        StudyError: it is an old generation itself.
    """
    if "@" in name:
        raise StudyError(f"'{name}' is an old generation of a study", "--fork OTHER_NAME begins another study from it")
    taken = {*names, *(path.name for path in folder.glob(f"{name}@*"))}
    numbers = [int(found[1]) for other in taken if (found := re.fullmatch(re.escape(name) + r"@(\d+)", other))]
    return f"{name}@{max(numbers, default=0) + 1}"


@contextmanager
def draft(storage: "RDBStorage", name: str, maximize: bool, plan: dict[str, Any]) -> "Iterator[optuna.Study]":
    """A study without trials that is to have this name and this plan when it is `published`; deleted where it does not come to that."""
    import optuna
    from optuna.study import StudyDirection

    def delete() -> None:
        with suppress(KeyError):
            optuna.delete_study(study_name=name + _DRAFT, storage=storage)

    delete()  # one whose maker was killed
    direction = StudyDirection.MAXIMIZE if maximize else StudyDirection.MINIMIZE
    storage.create_new_study([direction], name + _DRAFT)
    try:
        study = optuna.load_study(study_name=name + _DRAFT, storage=storage)
        study.set_user_attr(_DRAFT_PLAN, plan)
        yield study
    finally:
        delete()


@contextmanager
def scratch(folder: Path, name: str) -> Iterator[Path]:
    """A folder for files of a study that is being built, beside those of the studies; what a killed process left of one is deleted.

    Whoever calls holds the study.
    """
    for left in folder.glob(f".{name}.*"):
        if re.fullmatch(r"\w{8}", left.name.removeprefix(f".{name}.")):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=folder) as made:
        yield Path(made)


def publish(
    storage: "RDBStorage",
    name: str,
    facts: Mapping[str, Mapping[int, int]],
    files: Mapping[Path, Path],
    former: str | None = None,
) -> None:
    """Gives the draft of a study its name, in one transaction.

    Args:
        facts: of which studies' trials curves, costs and decisions are to be copied: by the name of the study, numbers there to
            numbers here.
        files: files and folders that are moved meanwhile, to where they belong.
        former: what the study that has the name now is to be called from here on.
    """
    with storage.engine.begin() as connection:
        drafted = connection.execute(select(STUDIES.c.study_id).filter_by(study_name=name + _DRAFT)).scalar_one()
        for source, numbers in facts.items():
            copy_facts(connection, source, drafted, numbers)
        if former is not None:
            _rename(connection, name, former)
        _rename(connection, name + _DRAFT, name)
        connection.execute(
            text("UPDATE study_user_attributes SET key = :plan WHERE study_id = :study AND key = :draft"),
            {"plan": PLAN, "study": drafted, "draft": _DRAFT_PLAN},
        )
        for path, target in files.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)


def share_files(folder: Path, copy: Path) -> None:
    """Makes a folder with what is in a study's folder: models and checkpoints take no room twice where the disk knows links."""
    copy.mkdir()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir():
            (copy / inside).mkdir()
        elif inside.parts[0] in _AS_THEY_ARE:
            _share(path, copy / inside)
        elif path != folder / "lock":
            shutil.copy2(path, copy / inside)


def share_trial(folder: Path, number: int, copy: Path, as_number: int) -> None:
    """Puts the model and the checkpoint of a trial into another folder of that form, if they are there, and not yet there.

    A search that goes on meanwhile may delete them at any moment.
    """
    model, checkpoint = copy / "trials" / str(as_number), copy / "checkpoints" / f"{as_number}.pt"
    if not model.exists():
        try:
            shutil.copytree(folder / "trials" / str(number), model, copy_function=_share)
        except (FileNotFoundError, shutil.Error):
            shutil.rmtree(model, ignore_errors=True)
    if not checkpoint.exists():
        checkpoint.parent.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            _share(folder / "checkpoints" / f"{number}.pt", checkpoint)


def _share(path: str | Path, target: str | Path) -> None:
    try:
        os.link(path, target)
    except FileNotFoundError:
        raise
    except OSError:  # the disk knows no links, or no more of this one
        shutil.copy2(path, target)


def _rename(connection: Connection, name: str, to: str) -> None:
    connection.execute(update(STUDIES).filter_by(study_name=name).values(study_name=to))
