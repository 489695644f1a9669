"""`autotune train`"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.options import (
    Data,
    LabelColumn,
    MetricName,
    Test,
    TestFraction,
    TextColumn,
    Unlabeled,
    Validation,
    ValidationFraction,
    check_unlabeled,
    data_source,
)
from autotune.errors import UsageError

if TYPE_CHECKING:
    from autotune.config import Config, Metric
    from autotune.data.dataset import Dataset, DataSource


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("train")(train_command)


def train_command(
    config: Annotated[Path, typer.Argument(help="A configuration; or a bundle, whose data is used unless --data names other.")],
    data: Data = None,
    test: Test = None,
    validation: Validation = None,
    unlabeled: Unlabeled = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    test_fraction: TestFraction = 0.1,
    validation_fraction: ValidationFraction = 0.1,
    split_seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the splits; that of training is in CONFIG.")] = 0,
    metric: Annotated[MetricName, typer.Option(help="What the best epoch is chosen by.")] = MetricName.accuracy,
    to: Annotated[Path | None, typer.Option(help="Folder to write the model to, as a bundle.")] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Repeat the run of a bundle on its data and prove its score: exit code 0 proven, 1 not."),
    ] = False,
    on_all_data: Annotated[
        bool,
        typer.Option(
            "--on-all-data",
            help="Train on the validation texts too, for the number of epochs that was best without them. A bundle's data unless --data.",
        ),
    ] = False,
) -> None:
    """Train one configuration, no search.

    \b
    Examples:
      autotune train best/config.yaml --data train.csv
      autotune train my.yaml --data train.csv --test test.csv --to model/
      autotune train best/ --verify
      autotune train best/ --on-all-data --to all/
    """
    from autotune.cli.train_again import bundle_folder, load_recorded, recorded_run, recorded_source
    from autotune.cli.train_again import on_all_data as train_on_all
    from autotune.cli.train_again import verify as verify_run

    to = to.resolve() if to is not None else None
    if to is not None and to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} exists and is not empty", "choose another folder")
    folder = bundle_folder(config)
    moved = {"data": data, "validation": validation, "test": test, "unlabeled": unlabeled}
    splits = (text, label, test_fraction, validation_fraction, split_seed, metric) != (None, None, 0.1, 0.1, 0, MetricName.accuracy)
    if verify:
        if on_all_data or to is not None:
            raise UsageError(f"--verify writes no model: leave {'--on-all-data' if on_all_data else '--to'} out")
        if splits:
            raise UsageError("--verify takes columns, splits and metric from the bundle", "give --data and other files at most")
        if folder is None:
            hint = "give the folder that `autotune export STUDY --to FOLDER` wrote"
            raise UsageError(f"--verify: {config} does not lie in a bundle", hint)
        verify_run(folder, moved)
        return

    from autotune.cli.console import caution, note
    from autotune.config_file import read_config
    from autotune.data.dataset import load_dataset

    if config.is_dir():
        from autotune.manifest import read_manifest

        read_manifest(config)
        config = config / "config.yaml"
    chosen, before = read_config(config), None
    aim: Metric = metric.value
    recorded = None if folder is None or splits or (data is not None and not on_all_data) else recorded_run(folder)
    if recorded is None:
        source = data_source(data, validation, test, text, label, validation_fraction, test_fraction, split_seed, unlabeled)
        check_unlabeled(unlabeled, chosen.pretraining.method, f"in {config}")
        dataset = load_dataset(source)
    else:
        source, aim = recorded_source(recorded, moved), recorded.metric
        dataset = load_dataset(source) if data is not None else load_recorded(recorded, moved, str(folder))
        before = recorded.run if dataset.fingerprint == recorded.fingerprint else None
    for remark in dataset.notes:
        note(f"note: {remark}")
    caution(chosen)
    if on_all_data:
        train_on_all(chosen, source, dataset, aim, before, to)
    else:
        _train(chosen, source, dataset, aim, to)


def _train(chosen: "Config", source: "DataSource", dataset: "Dataset", metric: "Metric", to: Path | None) -> None:
    from autotune.cli.console import note, out
    from autotune.cli.epochs import Run
    from autotune.cli.train_result import finish
    from autotune.export.provenance import Run as TrainedRun
    from autotune.training.fit import fit
    from autotune.words import brief, count, duration

    note(f"training {brief(chosen)} on {count(len(dataset.train), 'text')}")
    with Run(metric) as run:
        outcome = fit(chosen, dataset, run.report, metric=metric, stop=run.stop)
    if outcome.stopped == "interrupted":
        note("interrupted: the best epoch until then counts")
    for remark in outcome.notes:
        note(f"note: {remark}")
    if chosen.learning_rate.initial == "auto":
        note(f"learning_rate.initial auto came to {outcome.classifier.config.initial_learning_rate:g}")
    out().print(
        f"validation {metric} {outcome.score:.4f} at epoch {outcome.best_epoch} of {len(outcome.epochs)} "
        f"({duration(outcome.seconds)}, {outcome.parameters:,} parameters)"
    )
    scores = outcome.epochs[outcome.best_epoch - 1].scores
    finish(outcome.classifier, source, dataset, metric, scores, TrainedRun.of_outcome(outcome), to)
    if outcome.stopped == "interrupted":
        raise typer.Exit(130)
