"""`autotune export`"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.completing import complete_study
from autotune.cli.options import DEFAULT_STORAGE, Storage


class FormatName(StrEnum):
    """What a bundle can be written with."""

    bundle = "bundle"
    onnx = "onnx"
    script = "script"


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("export")(export_command)


def export_command(
    study: Annotated[str, typer.Argument(help="Name of the study.", autocompletion=complete_study)],
    to: Annotated[Path, typer.Option(help="The folder to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an older bundle there.")] = False,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="The ensemble of the study: several networks, perhaps with the linear model, as one.")
    ] = False,
    formats: Annotated[
        list[FormatName] | None,
        typer.Option(
            "--format",
            help="onnx: also model.onnx, to predict without torch; script: also train.py, to train without autotune. Repeatable.",
            show_default=False,
        ),
    ] = None,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Write the best model of a study as a folder: configuration, weights, vocabulary, scores, model card.

    \b
    Examples:
      autotune export reviews --to best/
      autotune export reviews --ensemble --to best/
      autotune export reviews --format onnx --format script --to best/
    """
    from autotune.api.exporting import FORMATS, export_study
    from autotune.cli.console import note, out
    from autotune.storage.address import storage_url

    wanted = {name for name in FORMATS if name in (formats or ())}
    exported = export_study(storage_url(storage), study, to, ensemble=ensemble, formats=wanted, force=force)
    for sentence in exported.notes:
        note(sentence)
    out().print(exported.sentence)
    out().print(f"next: autotune predict {to.resolve()} texts.csv")
