"""`autotune predict`"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.cli.options import TextColumn
from autotune.errors import DataError, UsageError

if TYPE_CHECKING:
    from autotune.data.texts import Text
    from autotune.export.predict import Prediction

_TOLD = 10
"""So many rows that cannot be read are told one by one."""


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("predict")(predict_command)


def predict_command(
    bundle: Annotated[Path, typer.Argument(help="Folder that `autotune export` wrote.")],
    texts: Annotated[Path | None, typer.Argument(help="File of texts; without it: standard input, one text a line.")] = None,
    text: TextColumn = None,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Also print every class's probability.")] = False,
    top: Annotated[
        int | None,
        typer.Option(min=1, metavar="K", help="Print the K most probable labels with their probabilities.", show_default=False),
    ] = None,
) -> None:
    """Print a label for every text, in order, one a line; with --probabilities and --top more columns, separated by tabs.

    A row that cannot be read is told with its line, and its line of the answer is empty; the others are answered. The file is read as it is
    needed, so that it may be larger than memory.

    \b
    Examples:
      autotune predict best/ texts.csv > labels.txt
      autotune predict best/ texts.csv --top 3
      echo "what a film" | autotune predict best/
    """
    if probabilities and top is not None:
        raise UsageError("--probabilities and --top exclude each other", "one gives all classes in their order, the other the best ones")

    from autotune.cli.console import note, reader_gone
    from autotune.data.texts import stream_texts
    from autotune.manifest import read_manifest

    read_manifest(bundle)  # a wrong folder is told before torch is loaded
    rows = _lines() if texts is None else stream_texts(texts, text)

    from autotune.export.bundle import load_bundle
    from autotune.export.predict import CHUNK, predict

    classifier = load_bundle(bundle)
    answered_at_once = texts is None and sys.stdin.isatty()
    line = _columns(classifier.labels, probabilities, top)
    first: DataError | None = None
    answered = unreadable = 0
    try:
        if probabilities:
            sys.stdout.write("\t".join(["label", *map(_one_line, classifier.labels)]) + "\n")
        for answer in predict(classifier, rows, 1 if answered_at_once else CHUNK):
            if isinstance(answer, DataError):
                first = first or answer
                unreadable += 1
                if unreadable <= _TOLD:
                    note(f"note: {answer.message}")
                sys.stdout.write("\n")
            else:
                answered += 1
                sys.stdout.write(line(answer) + "\n")
            if answered_at_once:
                sys.stdout.flush()
        sys.stdout.flush()
    except BrokenPipeError:
        reader_gone()
    if first is not None:
        which = f"{unreadable:,} of {answered + unreadable:,} rows" if answered + unreadable > 1 else "the only row"
        raise DataError(f"{which} could not be read; the answer has an empty line for each", first.hint)


def _columns(labels: tuple[str, ...], probabilities: bool, top: int | None) -> "Callable[[Prediction], str]":
    """From a prediction to its line."""
    if top is not None:
        return lambda found: "\t".join(
            cell
            for label, value in zip(found.labels[:top], found.probabilities[:top], strict=True)
            for cell in (_one_line(label), f"{value:.4f}")
        )
    if probabilities:
        return lambda found: "\t".join([_one_line(found.label), *(f"{found.of(label):.4f}" for label in labels)])
    return lambda found: _one_line(found.label)


def _lines() -> "Iterator[Text]":
    """The lines of standard input."""
    from autotune.data.decoding import decoded_lines

    for line, problem in decoded_lines(sys.stdin.buffer, "standard input", "FILE"):
        yield problem or line.rstrip("\r\n")


def _one_line(label: str) -> str:
    return " ".join(label.split())
