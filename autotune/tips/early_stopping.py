"""Tip 5, number of epochs: stop when validation stops improving."""

import math

from autotune.sections import EarlyStopping
from autotune.tips.state import Stateful


class Patience(Stateful):
    """Counts the epochs in a row without an improvement.

    Args:
        config: the section `early_stopping`.
        maximize: whether a larger value is better.

    Attributes:
        best_epoch: the epoch of the last improvement; None before the first.
        best_value: its value; NaN before the first.
    """

    remembered = ("_waited", "best_epoch", "best_value")

    def __init__(self, config: EarlyStopping, maximize: bool) -> None:
        self._config = config
        self._sign = 1.0 if maximize else -1.0
        self._waited = 0
        self.best_epoch: int | None = None
        self.best_value = math.nan

    def update(self, epoch: int, value: float) -> bool:
        """Takes in the value of one epoch.

        An improvement exceeds the best so far by more than `min_improvement`; a value that is not a number never is one.

        Returns:
            Whether to stop: `patience` epochs in a row brought no improvement.
        """
        first = self.best_epoch is None and not math.isnan(value)
        if first or self._sign * (value - self.best_value) > self._config.min_improvement:
            self.best_epoch, self.best_value = epoch, value
            self._waited = 0
        else:
            self._waited += 1
        return self._waited >= self._config.patience
