"""`autotune train`"""

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

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


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("train")(train_command)


def train_command(
    config: Annotated[Path, typer.Argument(help="A configuration, such as the config.yaml of a bundle.")],
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
    to: Annotated[Path | None, typer.Option(help="Folder to write the model to.")] = None,
) -> None:
    """Train one configuration, no search.

    \b
    Examples:
      autotune train best/config.yaml --data train.csv
      autotune train my.yaml --data train.csv --test test.csv --to model/
    """
    source = data_source(data, validation, test, text, label, validation_fraction, test_fraction, split_seed, unlabeled)

    from autotune.cli.console import caution, note, out
    from autotune.config_file import read_config
    from autotune.data.dataset import load_dataset, load_test
    from autotune.errors import UsageError
    from autotune.signals import stop_requested

    chosen = read_config(config)
    check_unlabeled(unlabeled, chosen.pretraining.method, f"in {config}")
    to = to.resolve() if to is not None else None
    if to is not None and to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} exists and is not empty", "choose another folder")
    dataset = load_dataset(source)
    for remark in dataset.notes:
        note(f"note: {remark}")
    caution(chosen)

    from autotune.metrics import intervals, score
    from autotune.reports.words import brief, count, duration
    from autotune.training.fit import fit

    note(f"training {brief(chosen)} on {count(len(dataset.train), 'text')}")

    with ExitStack() as kept:
        asked: list[threading.Event] = []

        def report(epoch: int, value: float) -> bool:
            note(f"epoch {epoch:>3}  {metric.value} {value:.4f}")
            if not asked:  # until now Ctrl-C had nothing to keep
                asked.append(kept.enter_context(stop_requested()))
            return False

        outcome = fit(chosen, dataset, report, metric=metric.value, stop=lambda: any(event.is_set() for event in asked))
    if outcome.stopped == "interrupted":
        note("interrupted: the best epoch until then counts")
    for remark in outcome.notes:
        note(f"note: {remark}")
    if chosen.learning_rate.initial == "auto":
        note(f"learning_rate.initial auto came to {outcome.classifier.config.initial_learning_rate:g}")
    if to is not None:
        outcome.classifier.save(to)
    out().print(
        f"validation {metric.value} {outcome.score:.4f} at epoch {outcome.best_epoch} of {len(outcome.epochs)} "
        f"({duration(outcome.seconds)}, {outcome.parameters:,} parameters)"
    )
    if dataset.has_test:
        held = load_test(source, dataset)
        probabilities = outcome.classifier.probabilities(held.texts)
        low, high = intervals(probabilities, held.labels)[metric.value]
        value = score(metric.value, probabilities, held.labels)
        out().print(f"test {metric.value} {value:.4f} (95 % interval {low:.4f} to {high:.4f}) on {len(held.texts):,} texts")
        for remark in held.notes:
            note(f"note: {remark}")
    if to is not None:
        out().print(f"wrote {to}")
    if outcome.stopped == "interrupted":
        raise typer.Exit(130)
