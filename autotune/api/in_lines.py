"""A search that tells of itself in printed lines, as a notebook and a log take them."""

import sys

from rich.console import Console

from autotune.api.session import Session, conduct
from autotune.errors import Interrupted
from autotune.watching.search import before, watching


def conduct_in_lines(session: Session, progress: bool) -> None:
    """Searches, and says how to go on where somebody stopped it.

    Args:
        progress: whether anything is printed.

    Raises:
        KeyboardInterrupt: stopped before there was anything to keep, or twice.
        AutotuneError: as `conduct`.
    """
    # As text in a notebook too, where rich would display each line as a block of HTML.
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, quiet=not progress, force_jupyter=False)
    try:
        ending = conduct(session, lambda plan, ledger: watching(console, plan, session.name, before(ledger), live=False))
    except Interrupted:
        raise KeyboardInterrupt(f"the search of study {session.name} was interrupted; Study.resume goes on") from None
    if ending == "stopped":
        console.print(f"interrupted; Study({session.name!r}).resume() goes on")
