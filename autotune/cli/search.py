"""`autotune search`"""

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.completing import complete_study
from autotune.cli.options import (
    DEFAULT_BUDGET,
    DEFAULT_STORAGE,
    Budget,
    Data,
    Disk,
    Epochs,
    Fixed,
    Json,
    Keep,
    LabelColumn,
    MaxLatency,
    MaxParameters,
    MaxSize,
    MetricName,
    Objective,
    Quiet,
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
)
from autotune.quantities import seconds, size


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
            "--from",
            metavar="OTHER_STUDY",
            autocompletion=complete_study,
            help="Begin with the trials of another study; --trials and --budget do not count them.",
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
    as_json: Json = False,
    quiet: Quiet = False,
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

    from autotune.api.beginning import Request, begin
    from autotune.cli.console import hush, note
    from autotune.cli.session import run
    from autotune.storage.shelf import KEPT_MODELS

    if quiet:
        hush()
    request = Request(
        source=source,
        storage=storage,
        study=study,
        space=space,
        fixed=values,
        metric=metric.value,
        trials=trials,
        seconds=allowed,
        epochs=epochs,
        trial_seconds=limit,
        keep=keep or KEPT_MODELS,
        disk=room,
        limits=allowances,
        strategy=strategy.value,
        finalists=finalists,
        start_from=start_from or (),
        workers=workers,
        seed=seed,
        other=other,
    )
    run(begin(request, note), as_json)
