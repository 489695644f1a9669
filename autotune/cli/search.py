"""`autotune search`"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.options import (
    DEFAULT_BUDGET,
    DEFAULT_STORAGE,
    Budget,
    Data,
    Disk,
    Epochs,
    Fixed,
    Keep,
    LabelColumn,
    MaxLatency,
    MaxParameters,
    MaxSize,
    MetricName,
    Objective,
    Seed,
    Space,
    Storage,
    StrategyName,
    Test,
    TestFraction,
    TextColumn,
    Trials,
    TrialTimeout,
    Unlabeled,
    Validation,
    ValidationFraction,
    Workers,
    assignments,
    data_source,
    limits,
    seconds,
    size,
)

if TYPE_CHECKING:
    from autotune.config import Value
    from autotune.spaces.space import SearchSpace


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("search", no_args_is_help=False)(search_command)


def search_command(
    data: Data = None,
    test: Test = None,
    validation: Validation = None,
    unlabeled: Unlabeled = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    test_fraction: TestFraction = 0.1,
    validation_fraction: ValidationFraction = 0.1,
    space: Space = "quick",
    fixed: Fixed = None,
    metric: Objective = MetricName.accuracy,
    budget: Budget = None,
    trials: Trials = None,
    epochs: Epochs = None,
    trial_timeout: TrialTimeout = None,
    keep: Keep = None,
    disk: Disk = None,
    max_parameters: MaxParameters = None,
    max_size: MaxSize = None,
    max_latency: MaxLatency = None,
    study: Annotated[str | None, typer.Option(help="Name of the study; made from the data's name if not given.")] = None,
    other: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="OTHER_STUDY", help="Begin with the trials of another study; --trials and --budget do not count them."
        ),
    ] = None,
    start_from: Annotated[
        list[Path] | None,
        typer.Option("--start-from", metavar="CONFIG", help="A configuration to try first, as export writes it. Repeatable."),
    ] = None,
    strategy: Annotated[
        StrategyName,
        typer.Option(help="Who chooses the configurations. agent: what did well elsewhere, then TPE with priors; tpe; random."),
    ] = StrategyName.agent,
    finalists: Annotated[
        int, typer.Option(min=0, help="So many of the best are trained again on other splits, to find the winner; 0: none.")
    ] = 3,
    workers: Workers = 0,
    seed: Seed = 0,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Find the best classifier that the budget allows.

    Whichever of --budget, --trials and --epochs ends first ends the search; without any it takes ten minutes. Ctrl-C stops it at any
    time and loses nothing.

    With --from the search learns from the finished trials of another study whose configurations are in the space, and trains none of
    them again. On other data, or with another --metric, scores cannot be compared: then its best configurations are tried first.

    \b
    Examples:
      autotune search
      autotune search --data reviews.csv
      autotune search --data train.csv --test test.csv --space full --trials 50 --budget 10m --study reviews
      autotune search --data reviews.csv --set optimizer.name=adam --set encoder.name=gru
      autotune search --data reviews.csv --unlabeled more.txt --set pretraining.method=word2vec
      autotune search --data reviews.csv --space full --from reviews --study reviews-full
      autotune search --data reviews.csv --start-from best/config.yaml
      autotune search --data reviews.csv --max-size 2MB --max-latency 1ms
    """
    allowed = seconds(budget if budget or trials or epochs else DEFAULT_BUDGET)
    limit = seconds(trial_timeout, "--trial-timeout")
    room = size(disk)
    allowances = limits(max_parameters, max_size, max_latency)
    values = assignments(fixed or [])
    source = data_source(data, validation, test, text, label, validation_fraction, test_fraction, seed, unlabeled)

    from autotune.cli.console import caution, note
    from autotune.search.pretraining import check_pretraining
    from autotune.spaces.files import read_space, space_origin

    chosen, remarks = check_pretraining(read_space(space).fix(values), source.unlabeled)
    begin_with, unlike = first_configurations(start_from or [], chosen)
    caution(chosen.config(chosen.defaults()))

    from autotune.cli.changed_space import begin_from
    from autotune.cli.session import Session, run
    from autotune.config import MAXIMIZED
    from autotune.data.card import data_card
    from autotune.data.dataset import load_dataset
    from autotune.reports.data_card import card_summary
    from autotune.reports.words import count
    from autotune.search.plan import SearchPlan, SpaceOrigin
    from autotune.storage.engine import open_storage, reading, storage_url
    from autotune.storage.leaderboard import read_study
    from autotune.storage.studies import check_name, create_study, free_name

    if study is not None:
        check_name(study)
    url = storage_url(storage)  # a wrong one is told before the data is read
    if other is not None:
        with reading(url) as connection:
            read_study(connection, other)
    dataset = load_dataset(source)
    opened = open_storage(url)
    origin = SpaceOrigin(space_origin(space), values)
    plan = SearchPlan(source, dataset.fingerprint, chosen, metric.value, trials, allowed, seed, workers, limit, origin)
    plan = replace(plan, epochs=epochs, keep=keep or plan.keep, disk=room, limits=allowances)
    plan = replace(plan, strategy=strategy.value, finalists=finalists, start_from=begin_with)
    name = study or free_name(opened, dataset.name)
    if other is None:
        create_study(opened, name, MAXIMIZED[plan.metric], plan.to_json())
    else:
        plan = begin_from(opened, other, name, plan)
    held = "a test file" if test else "a test share" if dataset.has_test else "no test"
    note(
        f"study {name}: {count(len(dataset.train), 'text')} to train on, {len(dataset.validation):,} to compare on, {held}; "
        f"{len(dataset.labels)} classes; {count(len(chosen.parameters), 'parameter')} to tune"
    )
    note(card_summary(data_card(dataset)))
    for remark in (*remarks, *unlike, *dataset.notes):
        note(f"note: {remark}")
    run(Session(name, opened, plan, dataset))


def first_configurations(files: list[Path], space: "SearchSpace") -> "tuple[tuple[dict[str, Value], ...], list[str]]":
    """Samples of the space for the configurations in some files, and a sentence on each that the space does not hold as it is.

    Raises:
        ConfigError: a file that is no configuration, with its line.
    """
    from autotune.config_file import read_config
    from autotune.spaces.changes import placed

    samples, remarks = [], []
    for file in files:
        sample, why_not = placed(read_config(file), space)
        samples.append(sample)
        if why_not:
            remarks.append(f"--start-from {file}: the nearest configuration of the space '{space.name}' is tried first ({why_not})")
    return tuple(samples), remarks
