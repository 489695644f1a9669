"""`autotune lr-range`"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.completing import complete_setting
from autotune.cli.options import (
    Data,
    LabelColumn,
    Test,
    TestFraction,
    TextColumn,
    Unlabeled,
    Validation,
    ValidationFraction,
    assignments,
    check_unlabeled,
    data_source,
)
from autotune.errors import TrainingError, UsageError

if TYPE_CHECKING:
    from autotune.training.rate_sweep import Progress

_NARROWEST, _USUAL, _WIDEST = 60, 79, 100
"""Columns of the plot: at least, where there is no terminal, and at most."""


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("lr-range")(lr_range_command)


def lr_range_command(
    config: Annotated[
        Path | None, typer.Argument(help="A configuration, such as the config.yaml of a bundle; without it all is at its default.")
    ] = None,
    data: Data = None,
    test: Test = None,
    validation: Validation = None,
    unlabeled: Unlabeled = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    test_fraction: TestFraction = 0.1,
    validation_fraction: ValidationFraction = 0.1,
    split_seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the splits; that of the sweep is in CONFIG.")] = 0,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="Set a parameter, whatever CONFIG says. Repeatable.", autocompletion=complete_setting
        ),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="CSV file to write the curve to: rate, loss, smoothed.")] = None,
) -> None:
    """Find the learning rate to start with: a range test, with its curve.

    The rate rises from a thousandth to a thousand times the optimizer's customary one, a step each, over a few hundred training texts.
    Nothing is kept of what is learnt. `learning_rate.initial: auto` does the same before a run, by itself.

    \b
    Examples:
      autotune lr-range --data reviews.csv
      autotune lr-range --data reviews.csv --set optimizer.name=sgd --set encoder.name=gru
      autotune lr-range best/config.yaml --data train.csv --to curve.csv
    """
    source = data_source(data, validation, test, text, label, validation_fraction, test_fraction, split_seed, unlabeled)
    values = assignments(given or [])

    from autotune.cli.console import note, out
    from autotune.config import Config, build
    from autotune.config_file import read_config
    from autotune.data.dataset import load_dataset

    base = read_config(config) if config is not None else Config()
    chosen = build({**base.values(), **values, "learning_rate.initial": "auto"}, dict.fromkeys(values, "--set"))
    check_unlabeled(unlabeled, chosen.pretraining.method, "with --set")
    if to is not None and (to.exists() or not to.absolute().parent.is_dir()):
        raise UsageError(f"--to: {to} exists" if to.exists() else f"--to: no such folder: {to.parent}", "choose another file")
    dataset = load_dataset(source)
    for remark in dataset.notes:
        note(f"note: {remark}")

    from autotune.reports.rate_plot import curve_csv, rate_plot
    from autotune.training.rate_sweep import range_test
    from autotune.words import brief, count

    note(f"range test of {brief(chosen)} on {count(len(dataset.train), 'text')}")
    with _progress() as progress:
        curve = range_test(chosen, dataset, progress=progress)
    console = out()
    for line in rate_plot(curve, min(max(console.width - 1, _NARROWEST), _WIDEST) if console.is_terminal else _USUAL):
        console.print(line)
    if to is not None:
        to.write_text(curve_csv(curve), encoding="utf-8")
        note(f"wrote {to}")
    if curve.proposal is None:
        raise TrainingError(
            "the loss never fell: there is no rate to propose",
            "try another initialization, activation or optimizer; with `auto` a run would take the optimizer's customary rate",
        )
    named = {"--data": data, "--test": test, "--validation": validation, "--unlabeled": unlabeled, "--text": text, "--label": label}
    files = [word for name, value in named.items() if value is not None for word in (name, str(value))]
    if config is None:
        # What a rate is good for depends on these two above all.
        settings: dict[str, str] = {"encoder.name": chosen.encoder.name, "optimizer.name": chosen.optimizer.name}
        settings |= {path: value for path, value in values.items() if path != "seed"}
        settings["learning_rate.initial"] = f"{curve.proposal:g}"
        command = ["search", *files, *(word for path, value in settings.items() for word in ("--set", f"{path}={value}"))]
    else:
        beside = ", and what --set says" if values else ""
        console.print(f"\nwrite `initial: {curve.proposal:g}` below `learning_rate:` in {config}{beside}")
        command = ["train", str(config), *files]
    console.print(f"\nnext\n  autotune {shlex.join(command)}")


@contextmanager
def _progress() -> "Iterator[Progress]":
    """On a terminal a bar, elsewhere a line for each quarter of the steps."""
    from autotune.cli.console import err, note

    if not err().is_terminal:
        yield lambda done, steps: note(f"step {done} of at most {steps}") if done % (steps // 4) == 0 else None
        return

    from rich.live import Live

    from autotune.watching.live import bar

    with Live(console=err(), transient=True, auto_refresh=False) as live:
        yield lambda done, steps: live.update(bar(done / steps), refresh=done % 5 == 0)
