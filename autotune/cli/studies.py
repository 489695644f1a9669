"""`autotune studies`, `autotune studies show`, `autotune studies delete`; `autotune studies copy` has a file of its own."""

from typing import Annotated, Any

import typer

from autotune.cli.completing import complete_study
from autotune.cli.options import DEFAULT_STORAGE, Storage
from autotune.cli.studies_copy import copy_command
from autotune.errors import UsageError

Name = Annotated[str, typer.Argument(help="Name of the study.", autocompletion=complete_study)]


def add_to(app: typer.Typer) -> None:
    """Registers the command and its sub-commands."""
    group = typer.Typer(rich_markup_mode=None)
    group.callback(invoke_without_command=True)(list_command)
    group.command("show")(show_command)
    group.command("delete")(delete_command)
    group.command("copy")(copy_command)
    app.add_typer(group, name="studies")


def list_command(context: typer.Context, storage: Storage = DEFAULT_STORAGE) -> None:
    """List the studies; `show`, `copy` and `delete` one.

    \b
    Examples:
      autotune studies
      autotune studies show reviews
      autotune studies copy reviews --to backup/autotune.db
      autotune studies delete reviews
    """
    if context.invoked_subcommand is not None:
        return

    from autotune.cli.console import out, print_table
    from autotune.storage.engine import reading, storage_url
    from autotune.storage.leaderboard import NOT_COUNTED, list_studies
    from autotune.words import duration

    with reading(storage_url(storage)) as connection:
        studies = list_studies(connection)
    rows = [
        (
            study.name,
            str(sum(trial.cause not in NOT_COUNTED for trial in study.trials)),
            f"{study.best.score:.4f}" if study.best else "-",
            study.plan["metric"],
            duration(study.searched_seconds),
            study.plan["source"]["data"],
        )
        for study in studies
    ]
    print_table(out(), ("study", "trials", "best", "metric", "searched", "data"), rows)


def show_command(
    study: Name,
    top: Annotated[int, typer.Option(min=1, help="How many trials to list.")] = 10,
    trial: Annotated[int | None, typer.Option(min=0, help="Show this trial alone: configuration, curve, cost, decisions.")] = None,
    decisions: Annotated[bool, typer.Option("--decisions", help="List what the search decided, and on what evidence.")] = False,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Show one study: its budget, its trials, its best configuration; or one trial; or what the search decided.

    \b
    Examples:
      autotune studies show reviews --top 20
      autotune studies show reviews --trial 7
      autotune studies show reviews --decisions
    """
    if trial is not None and decisions:
        raise UsageError("--trial shows its decisions too", "leave out --decisions, or --trial for those of the whole study")

    from autotune.agent.limits import Limits
    from autotune.cli.console import out, print_table
    from autotune.cli.studies_facts import show_decisions, show_trial
    from autotune.config_file import read_config
    from autotune.reports.summary import configuration, counts, expectation, results
    from autotune.storage.engine import reading, storage_url, studies_folder
    from autotune.storage.leaderboard import NOT_COUNTED, model_folder, read_study
    from autotune.words import duration

    url = storage_url(storage)
    if trial is not None:
        show_trial(url, study, trial)
        return
    if decisions:
        show_decisions(url, study)
        return
    with reading(url) as connection:
        found = read_study(connection, study)
    console, plan = out(), found.plan
    budget = [f"{plan['trials']} trials"] if plan["trials"] else []
    budget += [duration(plan["seconds"])] if plan["seconds"] else []
    console.print(f"study {found.name}: {counts(found)}; budget {' or '.join(budget)}")
    console.print(f"data {plan['source']['data']}, space {plan['space']['name']}, objective {plan['metric']}, seed {plan['seed']}")
    if limits := Limits(**plan.get("limits", {})):
        console.print(f"models of at most {limits}")
    if found.origin is not None:
        console.print(_beginning(found.origin))
    console.print()
    rows = [(str(trial.number), f"{trial.score:.4f}", trial.cause, *_numbers(trial.result)) for trial in found.ranked()[:top]]
    print_table(console, ("trial", plan["metric"], "ended", "best epoch", "epochs", "seconds", "parameters"), rows)
    causes = [trial.cause for trial in found.trials if trial.state == "FAIL" and trial.cause not in NOT_COUNTED]
    for cause in sorted(set(causes)):
        console.print(f"{causes.count(cause)} failed: {cause}")
    if found.best is not None:
        folder = studies_folder(url) / found.name
        winner = found.kept(folder)
        if winner is None:
            console.print(f"\nno model is left in {folder / 'trials'}: `autotune resume {found.name}` trains on")
            return
        if sentence := found.better_without_model(folder):
            console.print(f"\nnote: {sentence}")
        console.print(f"\nbest configuration (trial {winner.number})")
        for line in configuration(read_config(model_folder(folder, winner.number) / "config.yaml")):
            console.print(f"  {line}")
        if sentence := expectation(found, winner):
            console.print(f"\n{sentence}")
        for own in results(found, winner, {}):
            if own.test is not None and found.final:
                console.print(f"\ntest {plan['metric']} of {own.name}: {own.test:.4f} on {found.final['rows']:,} texts")


def delete_command(
    study: Name, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False, storage: Storage = DEFAULT_STORAGE
) -> None:
    """Delete a study with its trials and models, for good.

    \b
    Example:
      autotune studies delete reviews --yes
    """
    from autotune.cli.console import out
    from autotune.storage.engine import open_storage, reading, storage_url, studies_folder
    from autotune.storage.leaderboard import read_study
    from autotune.storage.lock import study_lock
    from autotune.storage.studies import delete_study

    url = storage_url(storage)
    with reading(url) as connection:
        found = read_study(connection, study)
    if not yes:
        typer.confirm(f"Delete study '{study}' with {len(found.trials)} trials and its models?", abort=True)
    folder = studies_folder(url) / study
    with study_lock(folder, study):
        delete_study(open_storage(url), study, folder)
    out().print(f"deleted {study}")


def _beginning(origin: dict[str, Any]) -> str:
    """`from s@1: 12 finished trials imported, 3 left behind (2: optimizer.name sgd is no choice; 1: ...)`."""
    from autotune.words import count

    if "queued" in origin:
        return f"from {origin['study']}: {count(origin['queued'], 'configuration')} tried first"
    text = f"from {origin['study']}: {count(origin['imported'], 'finished trial')} imported, {sum(origin['left'].values())} left behind"
    return text + (f" ({'; '.join(f'{number}: {why}' for why, number in origin['left'].items())})" if origin["left"] else "")


def _numbers(result: dict[str, Any]) -> tuple[str, str, str, str]:
    return str(result["best_epoch"]), str(result["epochs"]), f"{result['seconds']:.1f}", f"{result['parameters']:,}"
