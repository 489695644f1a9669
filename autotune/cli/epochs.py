"""A single run in the terminal: its epochs as they end, and Ctrl-C as a wish to end it."""

import threading
from contextlib import ExitStack

from autotune.cli.console import note


class Run:
    """To be used around one run.

    Args:
        name: of the number that each epoch brings.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._kept = ExitStack()
        self._asked: list[threading.Event] = []

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *problem: object) -> None:
        self._kept.close()

    def told(self, epoch: int, value: float) -> None:
        """Says it. From the first epoch on there is something for Ctrl-C to keep: until then it ends the command at once."""
        from autotune.signals import stop_requested

        note(f"epoch {epoch:>3}  {self._name} {value:.4f}")
        if not self._asked:
            self._asked.append(self._kept.enter_context(stop_requested()))

    def report(self, epoch: int, value: float) -> bool:
        """The same, for `fit`: nothing prunes the run."""
        self.told(epoch, value)
        return False

    def stop(self) -> bool:
        """Whether the run should end."""
        return any(event.is_set() for event in self._asked)
