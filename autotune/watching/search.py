"""A search for those who watch it: a live picture on a terminal, plain lines elsewhere, or nothing at all."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from autotune.agent.events import Event, Watch
from autotune.agent.ledger import Ledger
from autotune.agent.plan import SearchPlan
from autotune.watching.lines import lasting_line, line
from autotune.watching.live import Stage
from autotune.watching.picture import Picture
from autotune.watching.progress import Before, Progress
from autotune.watching.usage import Usage


@contextmanager
def watching(console: Console, plan: SearchPlan, name: str, before: Before, live: bool = True) -> Iterator[Watch]:
    """A watcher for a search: live on a terminal, plain lines elsewhere, nothing where the console is quiet.

    Args:
        name: of the study.
        live: False: plain lines on a terminal too.
    """
    progress = Progress(plan, name, before)
    if console.quiet:
        yield lambda event: None
    elif live and console.is_terminal and not console.is_dumb_terminal:
        with Usage() as usage:
            picture = Picture(progress, usage, plain=console.options.ascii_only)
            with Stage(console, picture.lines):
                yield lambda event: _tell(console, progress, event, picture=True)
    else:
        yield lambda event: _tell(console, progress, event, picture=False)


def before(ledger: Ledger) -> Before:
    """What a search goes on from."""
    return Before(ledger.best, ledger.ends(), ledger.epochs)


def _tell(console: Console, progress: Progress, event: Event, picture: bool) -> None:
    progress.update(event)
    if sentence := (lasting_line if picture else line)(progress, event):
        console.print(sentence, soft_wrap=True)
