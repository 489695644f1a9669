"""The terminal. Results go to standard output, everything else to standard error."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from autotune.config import Config


@cache
def out() -> "Console":
    """For what was asked for: plain text when it goes into a file or a pipe."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, markup=False)


@cache
def err() -> "Console":
    """For progress and notes."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False)


def note(text: str) -> None:
    """A remark for the user, on standard error."""
    err().print(text, style="dim", soft_wrap=True)


def caution(config: "Config") -> None:
    """A remark on each thing in a configuration that will not do what it seems to."""
    from autotune.cautions import cautions

    for sentence in cautions(config):
        note(f"note: {sentence}")
