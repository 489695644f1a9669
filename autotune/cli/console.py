"""The terminal. Results go to standard output, everything else to standard error."""

import io
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from autotune.config import Config


@cache
def out() -> "Console":
    """For what was asked for: plain text when it goes into a file or a pipe.

    What the encoding of the terminal does not have is shown by its number: a search that is done must not fail at a name.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.encoding.lower().startswith("utf"):
        sys.stdout.reconfigure(errors="backslashreplace")
    return _console()(highlight=False, soft_wrap=True, markup=False, emoji=False)


@cache
def err() -> "Console":
    """For progress and notes."""
    return _console()(stderr=True, highlight=False, markup=False, emoji=False)


def hush() -> None:
    """From now on nothing but results and errors."""
    err().quiet = True


def reader_gone() -> NoReturn:
    """The end of a command whose reader has had enough (`| head`): without a word, exit code 141 as of any other command."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to flush goes nowhere
    raise SystemExit(141)


def print_table(console: "Console", head: tuple[str, ...], rows: "Sequence[tuple[str, ...]]") -> None:
    """Rows below their head, in columns as wide as they need to be."""
    from rich.cells import cell_len  # a Chinese character takes two places

    widths = [max(cell_len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        console.print("  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip())


@cache
def _console() -> "type[Console]":
    from rich.console import Console

    class QuietAtTheEnd(Console):
        def on_broken_pipe(self) -> None:
            self.quiet = True
            reader_gone()

    return QuietAtTheEnd


def note(text: str) -> None:
    """A remark for the user, on standard error."""
    err().print(text, style="dim", soft_wrap=True)


def caution(config: "Config") -> None:
    """A remark on each thing in a configuration that will not do what it seems to."""
    from autotune.cautions import cautions

    for sentence in cautions(config):
        note(f"note: {sentence}")
