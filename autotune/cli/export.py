"""`autotune export`"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autotune.cli.options import DEFAULT_STORAGE, Storage
from autotune.errors import StudyError

if TYPE_CHECKING:
    from autotune.config import Metric
    from autotune.export.card import Provenance
    from autotune.storage.leaderboard import StudyRow


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("export")(export_command)


def export_command(
    study: Annotated[str, typer.Argument(help="Name of the study.")],
    to: Annotated[Path, typer.Option(help="The folder to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an older bundle there.")] = False,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="The ensemble of the study: several networks, perhaps with the linear model, as one.")
    ] = False,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Write the best model of a study as a folder: configuration, weights, vocabulary, scores, model card.

    \b
    Examples:
      autotune export reviews --to best/
      autotune export reviews --ensemble --to best/
    """
    from autotune.storage.engine import reading, storage_url, studies_folder
    from autotune.storage.leaderboard import read_study

    url = storage_url(storage)
    with reading(url) as connection:
        found = read_study(connection, study)
    write = _export_ensemble if ensemble else _export_best
    write(found, studies_folder(url) / study, to.resolve(), force)


def _export_best(study: "StudyRow", folder: Path, to: Path, force: bool) -> None:
    from autotune.cli.console import note, out
    from autotune.storage.leaderboard import model_folder

    winner = study.winner(folder)
    model = model_folder(folder, winner.number)
    final = study.final if study.final and study.final["trial"] == winner.number else None

    from autotune.export.bundle import export_bundle

    provenance = _provenance(study, winner.number, winner.result["validation"], final)
    if sentence := study.better_without_model(folder):
        note(f"note: {sentence}")
    export_bundle(model, to, provenance, force)
    out().print(f"wrote {to}: trial {winner.number}, validation {provenance.metric} {winner.score:.4f}")
    out().print(f"next: autotune predict {to} texts.csv")


def _export_ensemble(study: "StudyRow", folder: Path, to: Path, force: bool) -> None:
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

    # What was measured is of the ensemble that was there then; a later search that was stopped may have written another.
    final = study.final or {}
    measured = final.get("ensemble") or {}
    if any(measured.get(key) != written[key] for key in ("networks", "linear_weight")):
        measured = {}
    test = {"rows": final["rows"], "test": measured["test"], "intervals": measured["intervals"]} if measured else None
    trial = final["trial"] if measured else None
    export_bundle(model, to, _provenance(study, trial, measured.get("validation") or {}, test), force)
    networks = f"{written['networks']} network{'s' if written['networks'] > 1 else ''}"
    linear = f" and the linear model with weight {written['linear_weight']:.2f}" if written["linear"] else ""
    score = f", test {study.plan['metric']} {test['test'][study.plan['metric']]:.4f}" if test else ""
    out().print(f"wrote {to}: an ensemble of {networks}{linear}{score}")
    out().print(f"next: autotune predict {to} texts.csv")


def _provenance(study: "StudyRow", trial: int | None, validation: "dict[Metric, float]", final: dict[str, Any] | None) -> "Provenance":
    from autotune.export.card import Provenance

    source = study.plan["source"]
    unlabeled = source.get("unlabeled")
    return Provenance(
        study=study.name,
        trial=trial,
        data=Path(source["data"]).name,
        metric=study.plan["metric"],
        validation=validation,
        final=final,
        unlabeled=Path(unlabeled).name if unlabeled else None,
    )
