"""`autotune resume`"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import (
    DEFAULT_STORAGE,
    Budget,
    MoreTime,
    MoreTrials,
    Storage,
    Trials,
    TrialTimeout,
    existing_file,
    seconds,
)
from autotune.errors import UsageError


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("resume")(resume_command)


def resume_command(
    study: Annotated[str, typer.Argument(help="Name of the study; `autotune studies` lists them.")],
    budget: Budget = None,
    trials: Trials = None,
    more_time: MoreTime = None,
    more_trials: MoreTrials = None,
    trial_timeout: TrialTimeout = None,
    data: Annotated[Path | None, typer.Option(help="Where the data file is now, if it was moved.")] = None,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Go on with a search after Ctrl-C, a crash or a power cut, or with a larger budget.

    \b
    Examples:
      autotune resume reviews
      autotune resume reviews --budget 30m
      autotune resume reviews --more-time 10m --more-trials 20
    """
    more = (more_trials, seconds(more_time, "--more-time"))
    totals = (trials, seconds(budget))
    if any(more) and any(totals):
        raise UsageError(
            "--more-trials and --more-time add to the totals, --trials and --budget set them", "give the one kind or the other"
        )
    limit = seconds(trial_timeout, "--trial-timeout")
    moved = existing_file(data, "--data")

    from autotune.cli.session import Session, run
    from autotune.data.dataset import load_dataset
    from autotune.search.plan import SearchPlan
    from autotune.search.pretraining import check_pretraining
    from autotune.storage.engine import open_storage, reading, storage_url
    from autotune.storage.leaderboard import read_study

    url = storage_url(storage)
    with reading(url) as connection:  # refuses an unknown study before a database is made
        found = read_study(connection, study)
    plan = SearchPlan.from_json(found.plan).with_budget(*totals)
    if any(more):
        plan = plan.extended(*more, done=sum(map(found.count, ("COMPLETE", "PRUNED", "FAIL"))), spent=found.searched_seconds)
    if limit is not None:
        plan = replace(plan, trial_seconds=limit)
    if moved is not None:
        plan = replace(plan, source=replace(plan.source, data=moved))
    check_pretraining(plan.space, plan.source.unlabeled)
    dataset = load_dataset(plan.source)
    plan.check_data(study, dataset)
    opened = open_storage(url)
    run(Session(study, opened, plan, dataset))
