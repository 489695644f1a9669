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
    from autotune.cli.console import out
    from autotune.errors import StudyError
    from autotune.storage.engine import reading, storage_url, studies_folder
    from autotune.storage.leaderboard import read_study

    to = to.resolve()
    url = storage_url(storage)
    with reading(url) as connection:
        found = read_study(connection, study)
    if found.best is None:
        raise StudyError(f"study '{study}' has no result yet", f"`autotune resume {study}` goes on with it")

    from autotune.export.bundle import export_bundle
    from autotune.export.card import Provenance

    final = found.final if found.final and found.final["trial"] == found.best.number else None
    provenance = Provenance(
        study=study,
        trial=found.best.number,
        data=Path(found.plan["source"]["data"]).name,
        metric=found.plan["metric"],
        validation=found.best.result["validation"],
        final=final,
    )
    export_bundle(studies_folder(url) / study / "trials" / str(found.best.number), to, provenance, force)
    out().print(f"wrote {to}: trial {found.best.number}, validation {provenance.metric} {found.best.score:.4f}")
    out().print(f"next: autotune predict {to} texts.csv")
