"""A picture on the terminal that stays in its place, also where the terminal is resized, and leaves nothing behind."""

from collections.abc import Callable

from rich.cells import cell_len
from rich.console import Console, ConsoleRenderable, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

Draw = Callable[[int, int], list[Text]]
"""Gives the lines of a picture for a width and a height."""


class Stage(Live):
    """Rich's live display of a picture that is drawn anew four times a second.

    Rich believes that what it drew still has the height that it had. A terminal that becomes narrower wraps the lines that stand
    there, so that each may take several; without knowing it, every step of a resize would leave a piece of picture behind.
    """

    def __init__(self, console: Console, draw: Draw) -> None:
        self._draw = draw
        self._next: list[int] = []
        self._drawn: list[int] = []
        self._drawn_for = 0
        super().__init__(console=console, get_renderable=self._picture, refresh_per_second=4, transient=True)

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Called by Rich for everything that is printed while the picture stands."""
        width = self.console.width
        if 0 < width < self._drawn_for and self._live_render._shape is not None:
            rows = sum(max(1, -(-cells // width)) for cells in self._drawn)
            self._live_render._shape = (width, rows)
        self._drawn, self._drawn_for = [min(cells, width) for cells in self._next], width
        return super().process_renderables(renderables)

    def _picture(self) -> Group:
        width, height = self.console.size
        # The last line must take the `^C` that the terminal writes behind it.
        lines = self._draw(max(1, width - 2), max(1, height - 1))
        self._next = [cell_len(line.plain) for line in lines]
        return Group(*lines)


def bar(share: float) -> Table:
    """A progress bar on a line of its own, for a share of 0 to 1."""
    line = Table.grid(expand=True)  # a bar by itself does not end its line
    line.add_row(ProgressBar(total=1.0, completed=share, width=None))
    return line
