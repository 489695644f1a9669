"""`autotune ablate`"""

import math
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.completing import complete_study
from autotune.cli.options import (
    DEFAULT_STORAGE,
    Data,
    LabelColumn,
    MetricName,
    Storage,
    Test,
    TestFraction,
    TextColumn,
    Unlabeled,
    Validation,
    ValidationFraction,
    Workers,
    data_source,
    existing_file,
    written,
)
from autotune.errors import Interrupted, UsageError
from autotune.quantities import seconds

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

    from autotune.agent.ablation import AblationPlan
    from autotune.agent.working.sitting import Ending
    from autotune.config import Config, Metric
    from autotune.data.dataset import Dataset, DataSource
    from autotune.storage.ablations import Ablation

_OF_A_FILE = ("test", "validation", "unlabeled", "text", "label", "test_fraction", "validation_fraction", "split_seed", "metric")
"""The options that a study has answered for itself."""


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("ablate")(ablate_command)


@dataclass(frozen=True)
class Subject:
    """What is taken apart: the winner of a study, or a configuration from a file (then `study` is empty)."""

    study: str
    title: str
    config: "Config"
    metric: "Metric"
    workers: int
    dataset: "Dataset"
    storage: "RDBStorage"
    folder: Path


def ablate_command(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="STUDY|FILE", help="Name of a study, or a configuration (*.yaml).", autocompletion=complete_study)
    ],
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time in total, over all repetitions of the command: 90s, 10m, 2h.")] = "10m",
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Seeds for each configuration, as far as the time allows.")] = 3,
    workers: Workers = 0,
    data: Data = None,
    test: Test = None,
    validation: Validation = None,
    unlabeled: Unlabeled = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    test_fraction: TestFraction = 0.1,
    validation_fraction: ValidationFraction = 0.1,
    split_seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the splits.")] = 0,
    metric: Annotated[MetricName, typer.Option(help="What is compared, on the validation texts.")] = MetricName.accuracy,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Show which tip matters on your data: one change at a time to the best configuration, several seeds each.

    STUDY knows its data and its metric; for a configuration FILE they are given as for `autotune train`. After Ctrl-C, or with a
    larger --budget or more --seeds, the same command goes on where it was. The test texts are not touched.

    \b
    Examples:
      autotune ablate reviews
      autotune ablate reviews --budget 1h --seeds 5
      autotune ablate best/config.yaml --data train.csv --metric macro_f1
    """
    allowed = seconds(budget)
    assert allowed is not None
    if Path(target).suffix in (".yaml", ".yml"):
        source = data_source(data, validation, test, text, label, validation_fraction, test_fraction, split_seed, unlabeled)
        subject = _of_file(Path(target), source, metric.value, storage)
    else:
        for name in _OF_A_FILE:
            if _is_typed(context, name):
                raise UsageError(f"--{name.replace('_', '-')}: study '{target}' knows that itself", "it is for a configuration FILE")
        subject = _of_study(target, existing_file(data, "--data"), storage)
    _run(context, replace(subject, workers=workers or subject.workers), seeds, allowed)


def _of_study(name: str, moved: str | None, storage: str) -> Subject:
    from autotune.agent.plan import SearchPlan
    from autotune.api.session import Session
    from autotune.config_file import read_config
    from autotune.data.dataset import load_dataset
    from autotune.storage.engine import open_storage, reading, storage_url, studies_folder
    from autotune.storage.leaderboard import model_folder, read_study

    url = storage_url(storage)
    with reading(url) as connection:  # refuses an unknown study before a database is made
        found = read_study(connection, name)
    plan = SearchPlan.from_json(found.plan)
    if moved is not None:
        plan = replace(plan, source=replace(plan.source, data=moved))
    dataset = load_dataset(plan.source)
    plan.check_data(name, dataset)
    winner = found.winner(studies_folder(url) / name)
    session = Session(name, open_storage(url), plan, dataset)
    config = read_config(model_folder(session.folder, winner.number) / "config.yaml")
    title = f"study {name}, trial {winner.number}"
    return Subject(name, title, config, plan.metric, plan.workers, dataset, session.storage, session.folder)


def _of_file(path: Path, source: "DataSource", metric: "Metric", storage: str) -> Subject:
    from autotune.cli.console import note
    from autotune.config_file import read_config
    from autotune.data.dataset import load_dataset

    config = read_config(path)
    dataset = load_dataset(source)
    for remark in dataset.notes:
        note(f"note: {remark}")

    from autotune.storage.engine import open_storage, storage_url, studies_folder

    url = storage_url(storage)
    # No study can have a name that begins with a dot.
    folder = studies_folder(url) / ".ablations" / f"{dataset.fingerprint}-{config.fingerprint}-{metric}"
    return Subject("", str(path), config, metric, 0, dataset, open_storage(url), folder)


def _run(context: typer.Context, subject: Subject, seeds: int, allowed: float) -> None:
    """Trains what is missing, then shows the table; after Ctrl-C says how to go on (exit code 130)."""
    from autotune.agent.ablation import AblationPlan
    from autotune.cli.console import note
    from autotune.spaces.alternatives import alternatives, in_multiples
    from autotune.spaces.files import read_space
    from autotune.words import brief, count

    base = in_multiples(subject.config)
    changes = alternatives(read_space("full"), base, subject.metric)
    plan = AblationPlan(base, tuple(changes), subject.metric, seeds, allowed, subject.workers)
    note(f"{subject.title}: {brief(base)}")
    note(f"{count(len(changes), 'change')} to it, one at a time, {count(seeds, 'seed')} each")
    try:
        ending, ablation = _ablate(subject, plan)
    except Interrupted:  # before the runs began, or twice
        raise Interrupted(f"`{_command(context)}` goes on") from None
    _show(context, subject, plan, ablation)
    if ending == "stopped":
        raise typer.Exit(130)


def _ablate(subject: Subject, plan: "AblationPlan") -> "tuple[Ending, Ablation]":
    from autotune.agent.ablation import ablate
    from autotune.cli.console import err
    from autotune.storage.ablations import Ablation, AblationKey
    from autotune.storage.engine import explained
    from autotune.storage.lock import study_lock
    from autotune.watching.ablation import watching

    with explained(str(subject.storage.url)), study_lock(subject.folder, subject.study or subject.title, "taken apart"):
        key = AblationKey(subject.study, subject.dataset.fingerprint, plan.base, plan.metric)
        ablation = Ablation(subject.storage.engine, key)
        with watching(err(), plan) as watch:
            return ablate(plan, ablation, subject.dataset, subject.folder, watch), ablation


def _show(context: typer.Context, subject: Subject, plan: "AblationPlan", ablation: "Ablation") -> None:
    from autotune.agent.ablation import collected, pending
    from autotune.cli.console import out
    from autotune.reports.ablation import base_line, by_tip, effects, legend, table
    from autotune.words import count, duration

    console, left = out(), sum(1 for _ in pending(plan, ablation))
    base, tried = collected(plan, ablation)
    console.print()
    texts = len(subject.dataset.validation)
    done = f"{count(len(plan.runs) - left, 'run')} of {len(plan.runs):,} in {duration(ablation.seconds)}"
    console.print(f"{subject.title}: {done}, scored on {count(texts, 'validation text')}")
    if any("score" in result for result in base.values()):
        found = effects(base, tried, step=0.0 if subject.metric == "log_loss" else 1 / texts)
        console.print(base_line(subject.metric, base))
        if found:
            width = console.width if console.is_terminal else None
            blocks = [
                table(found, subject.metric, width),
                legend(found, subject.metric),
                [
                    f"what matters on {subject.dataset.name}, by tip",
                    *by_tip(found, dict.fromkeys(change.tip for change, _ in tried), subject.metric, width),
                ],
            ]
            for block in blocks:
                console.print()
                for line in block:
                    console.print(line)
    console.print("\nnext")
    if left:
        more = {} if ablation.seconds < plan.seconds else {"budget": written(2 * plan.seconds)}
        console.print(f"  {_command(context, **more)}   # {count(left, 'run')} more")
    else:
        more = {"seeds": str(2 * plan.seeds), "budget": written(max(plan.seconds, 60 * math.ceil(2.5 * ablation.seconds / 60)))}
        console.print(f"  {_command(context, **more)}   # narrower intervals")


def _command(context: typer.Context, **instead: str) -> str:
    """The command as it was typed, with other values for some options."""
    given = {name: value for name, value in context.params.items() if _is_typed(context, name)} | instead
    target = given.pop("target")
    options = {parameter.name: parameter.opts[0] for parameter in context.command.params}
    words = [f"{options[name]} {shlex.quote(str(getattr(value, 'value', value)))}" for name, value in given.items()]
    return " ".join(["autotune ablate", shlex.quote(target), *words])


def _is_typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
