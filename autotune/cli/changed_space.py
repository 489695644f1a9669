"""A study in another search space than it was made with: what differs, what of its trials that keeps, and the two ways on."""

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autotune.agent.plan import SearchPlan, SpaceOrigin
from autotune.agent.pretraining import check_pretraining
from autotune.cli.console import caution, note
from autotune.errors import AutotuneError, StudyError
from autotune.spaces.changes import differences
from autotune.spaces.files import read_space, space_origin
from autotune.words import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna.storages import RDBStorage

    from autotune.agent.generations import Comparison
    from autotune.spaces.space import SearchSpace


def space_of(origin: SpaceOrigin, unlabeled: str | None) -> "tuple[SearchSpace, list[str]]":
    """The space that was asked for, and notes on it.

    Raises:
        SpaceError, ConfigError, VectorError, UsageError: it cannot be had.
    """
    return check_pretraining(read_space(origin.name).fix(origin.fixed), unlabeled)


def with_space(plan: SearchPlan, space: str | None, fixed: "Mapping[str, str]") -> SearchPlan:
    """The plan with the space that `--space` and `--set` ask for; `--set` alone holds parameters of the study's own space fixed."""
    origin: SpaceOrigin | None
    if space is not None:
        origin = typed = SpaceOrigin(space_origin(space), fixed)
        chosen, remarks = space_of(typed, plan.source.unlabeled)
    else:
        origin = None if plan.origin is None else replace(plan.origin, fixed={**plan.origin.fixed, **fixed})
        chosen, remarks = check_pretraining(plan.space.fix(fixed), plan.source.unlabeled)
    for remark in remarks:
        note(f"note: {remark}")
    caution(chosen.config(chosen.defaults()))
    return replace(plan, space=chosen, origin=origin)


def note_edited(study: str, plan: SearchPlan, where: str) -> None:
    """A note where the file that the study's space came from holds another space by now.

    Args:
        where: the option that names the database, with a space before it, for the command to type.
    """
    file = plan.origin.file if plan.origin is not None else None
    if plan.origin is None or file is None or not file.exists():
        return
    try:
        space, _ = space_of(plan.origin, plan.source.unlabeled)
    except AutotuneError:
        note(f"note: {file} was edited since, and has mistakes (`autotune spaces check {shlex.quote(str(file))}`); the old space stays")
        return
    if space.fingerprint != plan.space.fingerprint:
        command = f"autotune resume {study}{where}{_options(str(file), plan.origin.fixed)}"
        note(f"note: {file} was edited since; the search goes on in the space as it was (`{command}` says what differs)")


@dataclass(frozen=True)
class Wanted:
    """What was typed on the space to go on in, and how."""

    space: str | None
    fixed: "Mapping[str, str]"
    new_generation: bool
    fork: str | None


def compared_with(storage: "RDBStorage", study: str, old: SearchPlan, plan: SearchPlan, wanted: Wanted) -> "Comparison":
    """What becomes of a study's trials in the space of another plan; says what differs and which of them do not fit.

    Raises:
        StudyError: the space differs, and neither way on was chosen; or the fork cannot have its name.
    """
    from autotune.agent import generations
    from autotune.cli.next_commands import storage_option
    from autotune.storage.engine import explained

    with explained(str(storage.url)):
        if wanted.fork is not None:
            generations.check_free(storage, wanted.fork)
        compared = generations.compare(storage, study, plan.space)
    changes = differences(old.space, plan.space)
    for change in changes:
        note(f"  {change.sentence}")
    for why, number in compared.left.items():
        note(f"  {count(number, 'trial')} {'does' if number == 1 else 'do'} not fit: {why}")
    if changes and not wanted.new_generation and wanted.fork is None:
        command = f"autotune resume {study}{storage_option(str(storage.url))}{_options(wanted.space, wanted.fixed)}"
        raise StudyError(
            f"the search space is not the one that study '{study}' was made with; "
            f"{len(compared.fitting)} of its {count(len(compared.finished), 'finished trial')} fit",
            f"`{command} --new-generation` goes on with these and keeps the study as it is under another name; "
            f"`{command} --fork OTHER_NAME` leaves it and makes another study",
        )
    return compared


def regenerate(storage: "RDBStorage", compared: "Comparison", plan: SearchPlan, fork: str | None) -> tuple[str, SearchPlan]:
    """Makes the new generation, or the fork, and says what became of the trials; name and plan of the study that goes on."""
    from autotune.agent import generations
    from autotune.storage.address import studies_folder
    from autotune.storage.engine import explained
    from autotune.storage.lock import study_lock

    name, folder = compared.study, studies_folder(str(storage.url))
    with explained(str(storage.url)), study_lock(folder / name, name, "given another space"):
        compared = generations.compare(storage, name, plan.space)  # as it is now that nobody else has it
        plan = replace(plan, imported=compared.given)
        if fork is None:
            former = generations.new_generation(storage, compared, plan)
            kept = f"as it was, the study is called {former}"
        else:
            with study_lock(folder / fork, fork, "made"):
                generations.fork(storage, compared, fork, plan)
            kept = f"{name} stays as it is"
    left = sum(compared.left.values())
    note(f"study {fork or name}: {count(len(compared.fitting), 'finished trial')} imported, {left} left behind; {kept}")
    return fork or name, plan


def _options(space: str | None, fixed: "Mapping[str, str]") -> str:
    """The options that name a space, with a space before each."""
    named = "" if space is None else f" --space {shlex.quote(space)}"
    return named + "".join(f" --set {shlex.quote(f'{path}={value}')}" for path, value in fixed.items())
