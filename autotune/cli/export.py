"""`autotune export`"""

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import DEFAULT_STORAGE, Storage


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("export")(export_command)


def export_command(
    study: Annotated[str, typer.Argument(help="Name of the study.")],
    to: Annotated[Path, typer.Option(help="The folder to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an older bundle there.")] = False,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Write the best model of a study as a folder: configuration, weights, vocabulary, scores, model card.

    \b
    Example:
      autotune export reviews --to best/
    """
    from autotune.cli.console import note, out
    from autotune.storage.engine import reading, storage_url, studies_folder
    from autotune.storage.leaderboard import model_folder, read_study

    to = to.resolve()
    url = storage_url(storage)
    with reading(url) as connection:
        found = read_study(connection, study)
    folder = studies_folder(url) / study
    winner = found.winner(folder)

    from autotune.export.bundle import export_bundle
    from autotune.export.card import Provenance

    final = found.final if found.final and found.final["trial"] == winner.number else None
    unlabeled = found.plan["source"].get("unlabeled")
    provenance = Provenance(
        study=study,
        trial=winner.number,
        data=Path(found.plan["source"]["data"]).name,
        metric=found.plan["metric"],
        validation=winner.result["validation"],
        final=final,
        unlabeled=Path(unlabeled).name if unlabeled else None,
    )
    if sentence := found.better_without_model(folder):
        note(f"note: {sentence}")
    export_bundle(model_folder(folder, winner.number), to, provenance, force)
    out().print(f"wrote {to}: trial {winner.number}, validation {provenance.metric} {winner.score:.4f}")
    out().print(f"next: autotune predict {to} texts.csv")
