"""Studies by name: made, found, deleted. What autotune needs to resume one is stored with it as its plan."""

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotune.errors import StudyError, did_you_mean
from autotune.storage.ablations import delete_ablations
from autotune.storage.engine import explained
from autotune.storage.facts import delete_facts

if TYPE_CHECKING:
    import optuna
    from optuna.storages import RDBStorage

PLAN = "autotune:plan"
"""The study attribute that holds the plan as JSON; a study without it is not autotune's."""

_NAME = re.compile(r"\w[\w.\-]{0,63}")


def check_name(name: str) -> None:
    """Refuses names that could not be a folder's.

    Raises:
        StudyError: with the rule.
    """
    if not _NAME.fullmatch(name):
        raise StudyError(f"'{name}' cannot be a study's name", "use up to 64 letters, digits, dots, dashes and underscores")


def free_name(storage: "RDBStorage", stem: str) -> str:
    """`stem`, or `stem-2`, `stem-3` ... : the first that no study has."""
    stem = (re.sub(r"[^\w.\-]+", "-", stem).strip("-.") or "study")[:50]
    taken = set(_names(storage))
    number = 1
    while (name := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return name


def create_study(storage: "RDBStorage", name: str, maximize: bool, plan: dict[str, Any]) -> "optuna.Study":
    """A new study with its plan.

    Raises:
        StudyError: the name is taken.
    """
    import optuna  # here: looking at studies by plain SQL does without it
    from optuna.study import StudyDirection

    check_name(name)
    with explained(str(storage.url)):
        if name in _names(storage):
            raise StudyError(f"study '{name}' exists already", f"`autotune resume {name}` goes on with it; or give --study another name")
        storage.create_new_study([StudyDirection.MAXIMIZE if maximize else StudyDirection.MINIMIZE], name)
        study = optuna.load_study(study_name=name, storage=storage)
        study.set_user_attr(PLAN, plan)
    return study


def load_study(storage: "RDBStorage", name: str) -> "optuna.Study":
    """The study of that name.

    Raises:
        StudyError: unknown (with the nearest name), or not made by autotune.
    """
    import optuna

    with explained(str(storage.url)):
        names = _names(storage)
        if name not in names:
            raise unknown_study(name, names)
        study = optuna.load_study(study_name=name, storage=storage)
        if PLAN not in study.user_attrs:
            raise StudyError(f"study '{name}' was not made by autotune", "it can be looked at with `autotune dashboard`")
    return study


def delete_study(storage: "RDBStorage", name: str, folder: Path) -> None:
    """Removes a study, what is known of its trials, its ablations and its files.

    Raises:
        StudyError: unknown.
    """
    import optuna

    with explained(str(storage.url)):
        names = _names(storage)
        if name not in names:
            raise unknown_study(name, names)
        with storage.engine.begin() as connection:
            delete_ablations(connection, name)
            delete_facts(connection, name)
        optuna.delete_study(study_name=name, storage=storage)
        shutil.rmtree(folder, ignore_errors=True)


def unknown_study(name: str, names: list[str]) -> StudyError:
    """The error for a study that is not there, with the nearest one that is."""
    hint = did_you_mean(name, names) or "`autotune studies` lists them"
    return StudyError(f"no study '{name}'" + ("" if names else ": there are none yet"), hint)


def _names(storage: "RDBStorage") -> list[str]:
    return [study.study_name for study in storage.get_all_studies()]
