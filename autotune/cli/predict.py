"""`autotune predict`"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import TextColumn

_CHUNK = 4096


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("predict")(predict_command)


def predict_command(
    bundle: Annotated[Path, typer.Argument(help="Folder that `autotune export` wrote.")],
    texts: Annotated[Path | None, typer.Argument(help="File of texts; without it: standard input, one text a line.")] = None,
    text: TextColumn = None,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Also print every class's probability.")] = False,
) -> None:
    """Print a label for every text, in order, one a line (tab-separated with --probabilities).

    \b
    Examples:
      autotune predict best/ texts.csv > labels.txt
      echo "what a film" | autotune predict best/
    """
    from autotune.cli.console import reader_gone
    from autotune.manifest import read_manifest

    read_manifest(bundle)  # a wrong folder is told before torch is loaded
    chunks = _lines() if texts is None else _column(texts, text)

    from autotune.export.bundle import load_bundle

    classifier = load_bundle(bundle)
    try:
        if probabilities:
            sys.stdout.write("\t".join(["label", *map(_one_line, classifier.labels)]) + "\n")
        for chunk in chunks:
            for row in classifier.probabilities(chunk):
                cells = [_one_line(classifier.labels[int(row.argmax())])]
                if probabilities:
                    cells += [f"{value:.4f}" for value in row]
                sys.stdout.write("\t".join(cells) + "\n")
            sys.stdout.flush()
    except BrokenPipeError:
        reader_gone()


def _lines() -> Iterator[list[str]]:
    """Standard input in chunks; from a terminal each line by itself, so that it is answered at once."""
    from autotune.data.decoding import decoded_lines

    size = 1 if sys.stdin.isatty() else _CHUNK
    chunk: list[str] = []
    for line in decoded_lines(sys.stdin.buffer, "standard input", "FILE"):
        chunk.append(line.rstrip("\r\n"))
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _column(path: Path, text: str | None) -> Iterator[list[str]]:
    from autotune.data.files import read_table

    rows = read_table(path, text, labelled=False).texts
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


def _one_line(label: str) -> str:
    return " ".join(label.split())
