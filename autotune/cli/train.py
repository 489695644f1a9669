"""`autotune train`"""

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import LabelColumn, MetricName, TextColumn, existing_file


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("train")(train_command)


def train_command(
    config: Annotated[Path, typer.Argument(help="A configuration, such as the config.yaml of a bundle.")],
    data: Annotated[Path | None, typer.Option(help="Labelled texts; without it: the built-in docstrings.")] = None,
    test: Annotated[Path | None, typer.Option(help="File for the final score; else a share of the data is held out.")] = None,
    validation: Annotated[Path | None, typer.Option(help="File to choose the best epoch on; else a share of the data is.")] = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    test_fraction: Annotated[float, typer.Option(min=0, max=0.9, help="Share held out where there is no test file; 0: no test.")] = 0.1,
    validation_fraction: Annotated[float, typer.Option(min=0.01, max=0.9, help="Share of the rest to choose the epoch on.")] = 0.15,
    split_seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the splits; that of training is in CONFIG.")] = 0,
    metric: Annotated[MetricName, typer.Option(help="What the best epoch is chosen by.")] = MetricName.accuracy,
    to: Annotated[Path | None, typer.Option(help="Folder to write the model to.")] = None,
) -> None:
    """Train one configuration, no search.

    \b
    Examples:
      autotune train best/config.yaml --data train.csv
      autotune train my.yaml --data train.csv --test test.csv --to model/
    """
    files = {
        "data": existing_file(data, "--data") or "builtin",
        "validation": existing_file(validation, "--validation"),
        "test": existing_file(test, "--test"),
    }

    from autotune.cli.console import note, out
    from autotune.config_file import read_config
    from autotune.data.dataset import DataSource, load_dataset, load_test
    from autotune.errors import UsageError

    chosen = read_config(config)
    if to is not None and to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} exists and is not empty", "choose another folder")
    source = DataSource(
        **files, text=text, label=label, validation_fraction=validation_fraction, test_fraction=test_fraction, seed=split_seed
    )
    dataset = load_dataset(source)
    for remark in dataset.notes:
        note(f"note: {remark}")

    from autotune.metrics import interval, score
    from autotune.reports.words import brief, count, duration
    from autotune.training.fit import fit

    note(f"training {brief(chosen)} on {count(len(dataset.train), 'text')}")

    def report(epoch: int, value: float) -> bool:
        note(f"epoch {epoch:>3}  {metric.value} {value:.4f}")
        return False

    outcome = fit(chosen, dataset, report, metric=metric.value)
    if to is not None:
        outcome.classifier.save(to)
    out().print(
        f"validation {metric.value} {outcome.score:.4f} at epoch {outcome.best_epoch} of {len(outcome.epochs)} "
        f"({duration(outcome.seconds)}, {outcome.parameters:,} parameters)"
    )
    if dataset.has_test:
        held = load_test(source, dataset)
        probabilities = outcome.classifier.probabilities(held.texts)
        low, high = interval(metric.value, probabilities, held.labels)
        value = score(metric.value, probabilities, held.labels)
        out().print(f"test {metric.value} {value:.4f} (95 % interval {low:.4f} to {high:.4f}) on {len(held.texts):,} texts")
        for remark in held.notes:
            note(f"note: {remark}")
    if to is not None:
        out().print(f"wrote {to}")
