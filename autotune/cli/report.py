"""`autotune report`"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.completing import complete_study
from autotune.cli.options import DEFAULT_STORAGE, Storage
from autotune.errors import UsageError


class Format(StrEnum):
    """How a report is written."""

    html = "html"
    markdown = "markdown"
    json = "json"


_SUFFIXES = {".html": Format.html, ".htm": Format.html, ".md": Format.markdown, ".markdown": Format.markdown, ".json": Format.json}
_USUAL = {Format.html: ".html", Format.markdown: ".md", Format.json: ".json"}


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("report")(report_command)


def report_command(
    study: Annotated[str, typer.Argument(help="Name of the study.", autocompletion=complete_study)],
    to: Annotated[
        str | None, typer.Option(metavar="FILE", help="File to write; - is standard output.  [default: STUDY.html]", show_default=False)
    ] = None,
    format: Annotated[
        Format | None, typer.Option(help="How it is written; told by the ending of FILE if not given.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE also where it is no report.")] = False,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Write a report on a study that someone who was not there understands: one file, nothing else is needed to read it.

    The winner is tried on the validation texts once more, for its mistakes and its speed. The test texts are not read: of them the
    report says what the search has stored.

    \b
    Examples:
      autotune report reviews
      autotune report reviews --to reviews.md
      autotune report reviews --format json --to - | jq .answer.verdict
    """
    chosen = format or _told_by(to)
    target = None if to == "-" else Path(to or f"{study}{_USUAL[chosen]}")
    if target is not None:
        _check(target, force)

    from autotune.cli.console import note, out, reader_gone
    from autotune.cli.next_commands import storage_option
    from autotune.reports.study.gather import gather
    from autotune.reports.study.writing import write_report
    from autotune.storage.engine import reading, storage_url, studies_folder

    url = storage_url(storage)
    with reading(url) as connection:
        report = gather(connection, study, studies_folder(url) / study, storage_option(url))
    for sentence in report.notes:
        note(f"note: {sentence}")
    try:
        write_report(report, chosen.value, target)
    except BrokenPipeError:
        reader_gone()
    if target is not None:
        out().print(f"wrote {target}: {report.answer.verdict}")


def _told_by(to: str | None) -> Format:
    if to is None or to == "-":
        return Format.html
    suffix = Path(to).suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(f"--to {to}: its ending does not tell the format", "end it with .html, .md or .json, or say --format")
    return _SUFFIXES[suffix]


def _check(target: Path, force: bool) -> None:
    """Refuses what would be lost; an earlier report may be replaced."""
    if target.is_dir():
        raise UsageError(f"{target} is a folder", "name a file in it")
    if target.exists() and not force and not _is_report(target):
        raise UsageError(f"{target} exists and is no report of autotune", "say --force to replace it, or choose another file")


def _is_report(path: Path) -> bool:
    from autotune.reports.study.parts import MARKS

    with path.open("rb") as file:
        start = file.read(2000).decode("utf-8", errors="replace")
    return any(mark in start for mark in MARKS)
