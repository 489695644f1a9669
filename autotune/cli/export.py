"""`autotune export`"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.completing import complete_study
from autotune.cli.options import DEFAULT_STORAGE, Storage
from autotune.errors import StudyError, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from autotune.export.additions import Addition
    from autotune.export.provenance import Provenance
    from autotune.storage.leaderboard import StudyRow


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
    from autotune.storage.engine import reading, storage_url, studies_folder
    from autotune.storage.leaderboard import read_study

    wanted = set(formats or ()) - {FormatName.bundle}
    if ensemble and wanted:
        raise UsageError(
            f"--format {min(wanted)}: an ensemble is several networks with a tokenizer each, and no single model",
            "leave --ensemble out: the best network alone",
        )
    url = storage_url(storage)
    with reading(url) as connection:
        found = read_study(connection, study)
        write = _export_ensemble if ensemble else _export_best
        write(connection, found, studies_folder(url) / study, to.resolve(), force, wanted)


def _export_best(connection: "Connection", study: "StudyRow", folder: Path, to: Path, force: bool, formats: set[FormatName]) -> None:
    from autotune.cli.console import note, out
    from autotune.storage.leaderboard import model_folder

    winner = study.winner(folder)
    model = model_folder(folder, winner.number)

    from autotune.export.bundle import check_target, export_bundle
    from autotune.export.provenance import of_trial

    check_target(to, force)
    provenance = of_trial(connection, study, winner)
    if sentence := study.better_without_model(folder):
        note(f"note: {sentence}")
    additions = _additions(study.name, provenance, formats)
    export_bundle(model, to, provenance, force, additions)
    out().print(f"wrote {to}: trial {winner.number}, validation {provenance.metric} {winner.score:.4f}")
    for addition in additions:
        for sentence in addition.said:
            note(sentence)
    out().print(f"next: autotune predict {to} texts.csv")


def _additions(study: str, provenance: "Provenance", formats: set[FormatName]) -> "list[Addition]":
    """What writes the formats that are wanted besides the bundle, with the texts of the study."""
    if not formats:
        return []
    if FormatName.onnx in formats:
        from autotune.export.onnx_model import require_onnx

        require_onnx()

    from autotune.data.dataset import load_dataset
    from autotune.export.additions import onnx_addition, script_addition

    assert provenance.source is not None
    dataset = load_dataset(provenance.source)
    if dataset.fingerprint != provenance.fingerprint:
        raise StudyError(
            f"{provenance.source.data} is not the data that study '{study}' was made with, which --format {min(formats)} needs",
            "restore the file, or export without --format",
        )
    made = {FormatName.onnx: onnx_addition, FormatName.script: script_addition}
    return [made[name](provenance, dataset) for name in sorted(formats)]


def _export_ensemble(connection: "Connection", study: "StudyRow", folder: Path, to: Path, force: bool, formats: set[FormatName]) -> None:
    from autotune.cli.console import out
    from autotune.manifest import read_manifest
    from autotune.storage.leaderboard import ensemble_folder

    model = ensemble_folder(folder)
    if not model.is_dir():
        study.winner(folder)  # says so where there is no result at all
        raise StudyError(
            f"study '{study.name}' has no ensemble: its search has not ended by itself, or had no time to train the winner again",
            f"`autotune resume {study.name}` makes one, with --more-time where its time is spent",
        )
    written = read_manifest(model)

    from autotune.export.bundle import export_bundle
    from autotune.export.provenance import of_ensemble

    provenance = of_ensemble(study, written["networks"], written["linear_weight"])
    export_bundle(model, to, provenance, force)
    networks = f"{written['networks']} network{'s' if written['networks'] > 1 else ''}"
    linear = f" and the linear model with weight {written['linear_weight']:.2f}" if written["linear"] else ""
    test = provenance.final
    score = f", test {provenance.metric} {test['test'][provenance.metric]:.4f}" if test else ""
    out().print(f"wrote {to}: an ensemble of {networks}{linear}{score}")
    out().print(f"next: autotune predict {to} texts.csv")
