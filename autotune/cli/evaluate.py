"""`autotune evaluate`"""

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import LabelColumn, TextColumn


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("evaluate")(evaluate_command)


def evaluate_command(
    bundle: Annotated[Path, typer.Argument(help="Folder that `autotune export` wrote.")],
    data: Annotated[Path, typer.Argument(help="File of labelled texts.")],
    text: TextColumn = None,
    label: LabelColumn = None,
) -> None:
    """Score a bundle on labelled texts: accuracy, macro-F1, log loss, each with its 95 % interval.

    \b
    Example:
      autotune evaluate best/ test.csv
    """
    from autotune.cli.console import note, out
    from autotune.data.files import read_table
    from autotune.manifest import read_manifest

    read_manifest(bundle)
    table = read_table(data, text, label)

    from autotune.export.bundle import load_bundle
    from autotune.export.evaluate import evaluate

    result = evaluate(load_bundle(bundle), table)
    out().print(f"{data}: {result.rows:,} texts")
    for metric, value in result.scores.items():
        low, high = result.intervals[metric]
        out().print(f"{metric:<9} {value:.4f}  (95 % interval {low:.4f} to {high:.4f})")
    if result.unknown:
        names = ", ".join(sorted(result.unknown)[:5])
        note(f"note: {sum(result.unknown.values())} texts have labels that the model does not know ({names}); they count as mistakes")
