"""`autotune resume`"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.completing import complete_setting, complete_space, complete_study
from autotune.cli.options import (
    DEFAULT_STORAGE,
    Budget,
    Disk,
    Epochs,
    Json,
    Keep,
    MoreTime,
    MoreTrials,
    Quiet,
    Storage,
    Trials,
    TrialTimeout,
    assignments,
    existing_file,
)
from autotune.errors import UsageError
from autotune.quantities import seconds, size

if TYPE_CHECKING:
    from autotune.agent.plan import SearchPlan


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("resume")(resume_command)


def resume_command(
    study: Annotated[str, typer.Argument(help="Name of the study; `autotune studies` lists them.", autocompletion=complete_study)],
    budget: Budget = None,
    trials: Trials = None,
    epochs: Epochs = None,
    more_time: MoreTime = None,
    more_trials: MoreTrials = None,
    trial_timeout: TrialTimeout = None,
    keep: Keep = None,
    disk: Disk = None,
    space: Annotated[
        str | None,
        typer.Option(help="Go on in this search space: a name, or a YAML file, such as one edited since.", autocompletion=complete_space),
    ] = None,
    fixed: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Fix a parameter of --space, or of the study's space. Repeatable.",
            autocompletion=complete_setting,
        ),
    ] = None,
    new_generation: Annotated[
        bool,
        typer.Option("--new-generation", help="In a changed space: go on with the trials that fit; the study as it was is kept as NAME@1."),
    ] = False,
    fork: Annotated[
        str | None, typer.Option(metavar="OTHER_NAME", help="Leave the study as it is, and go on with the trials that fit as another.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Where the data file is now, if it was moved.")] = None,
    storage: Storage = DEFAULT_STORAGE,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Go on with a search after Ctrl-C, a crash or a power cut, with a larger budget, or in another search space.

    Totals go on too: in a changed space, finished trials that fit count as trials, and all seconds that were searched as time.

    \b
    Examples:
      autotune resume reviews
      autotune resume reviews --budget 30m
      autotune resume reviews --more-time 10m --more-trials 20
      autotune resume reviews --space my_space.yaml                    # says what differs
      autotune resume reviews --space my_space.yaml --new-generation
    """
    times = {"seconds": seconds(budget), "more_seconds": seconds(more_time, "--more-time")}
    limit = seconds(trial_timeout, "--trial-timeout")
    room = size(disk)
    values = assignments(fixed or [])
    if new_generation and fork is not None:
        raise UsageError("--new-generation and --fork exclude each other", "one goes on under the same name, the other under another")
    if new_generation and space is None and not values:
        raise UsageError("--new-generation: no other search space is given", "add --space FILE or --set PATH=VALUE")
    moved = existing_file(data, "--data")

    from autotune.agent.plan import SearchPlan
    from autotune.api.resuming import Further, continued
    from autotune.api.session import Session
    from autotune.cli.changed_space import Wanted, compared_with, note_edited, regenerate, with_space
    from autotune.cli.console import hush, note
    from autotune.cli.next_commands import storage_option
    from autotune.cli.session import run
    from autotune.storage.engine import open_storage, reading, storage_url
    from autotune.storage.leaderboard import read_study
    from autotune.words import duration

    if quiet:
        hush()
    further = Further(trials, **times, epochs=epochs, more_trials=more_trials, trial_seconds=limit, keep=keep, disk=room, data=moved)
    url = storage_url(storage)
    with reading(url) as connection:  # refuses an unknown study before a database is made
        found = read_study(connection, study)
    old = SearchPlan.from_json(found.plan)
    if old.seconds is not None and further.seconds is not None and further.seconds < old.seconds:
        note(f"note: the total was {duration(old.seconds)} and is now {duration(further.seconds)}; --more-time adds to it")
    plan = with_space(old, space, values) if space is not None or values else old
    done = found.done - plan.imported
    compared = None
    if plan is old:
        note_edited(study, plan, storage_option(url))
    if fork is not None or plan.space.fingerprint != old.space.fingerprint:
        compared = compared_with(open_storage(url), study, old, plan, Wanted(space, values, new_generation, fork))
        done = len(compared.fitting) - compared.given
    elif new_generation:
        note("note: this is the search space that the study has: no new generation is needed")
    plan, dataset = continued(study, plan, further, done, found.searched_seconds)
    if sentence := _spent(plan.with_reserve(dataset.test_rows), done, found.searched_seconds):
        note(sentence)
    opened = open_storage(url)
    if compared is not None:
        study, plan = regenerate(opened, compared, plan, fork)
    run(Session(study, opened, plan, dataset), as_json)


def _spent(plan: "SearchPlan", done: int, seconds: float) -> str | None:
    """A remark where no trial is going to be trained."""
    if plan.trials is not None and done >= plan.trials:
        return f"note: of {plan.trials} trials {done} are done, so that no more are trained; --more-trials 20 would go on"
    if plan.search_seconds is not None and seconds >= plan.search_seconds:
        return "note: the time for trials is spent, so that no more are trained; --more-time 10m would go on"
    return None
