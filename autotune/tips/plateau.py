"""What `plateau` means in every tip that waits for it: the validation loss has stopped falling."""

import math

from autotune.tips.state import Stateful


class Plateau(Stateful):
    """Watches a loss, epoch after epoch.

    As torch's `ReduceLROnPlateau` with `threshold=0` does, it bears `patience` epochs in a row without a smaller loss, answers at the
    next and waits anew; a loss that is not a number is not smaller.
    """

    remembered = ("_smallest", "_stalled")

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._smallest = math.inf
        self._stalled = 0

    def reached(self, loss: float) -> bool:
        """Takes in the loss of one epoch; says whether it is time to do something about it."""
        if loss < self._smallest:
            self._smallest = loss
            self._stalled = 0
            return False
        self._stalled += 1
        if self._stalled <= self._patience:
            return False
        self._stalled = 0
        return True
