"""Tip 2, learning rate: start large, then reduce it."""

import math
from collections.abc import Callable

from autotune.sections import LearningRate
from autotune.sections import Schedule as ScheduleName
from autotune.tips.plateau import Plateau
from autotune.tips.state import Stateful

Shape = Callable[[LearningRate, float, int], float]
"""The share of the initial rate, from the section, the progress and the number of epochs."""


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


def _one_cycle(share: float) -> float:
    """Up for three tenths of the run, then down (Smith 2018, arXiv:1803.09820), with the constants of torch's `OneCycleLR`."""
    rise, lowest, final = 0.3, 1 / 25, 1 / 25 / 1e4
    return _cosine(lowest, 1.0, share / rise) if share < rise else _cosine(1.0, final, (share - rise) / (1 - rise))


SHAPES: dict[ScheduleName, Shape] = {
    "constant": lambda config, progress, epochs: 1.0,
    "step": lambda config, progress, epochs: config.decay ** (int(progress) // config.step_epochs),
    "exponential": lambda config, progress, epochs: config.decay ** int(progress),
    "plateau": lambda config, progress, epochs: 1.0,
    "cosine": lambda config, progress, epochs: _cosine(1.0, 0.0, progress / epochs),
    "one_cycle": lambda config, progress, epochs: _one_cycle(progress / epochs),
}
"""What is known of each schedule before the run. What `plateau` does on top depends on the validation loss."""


class Schedule(Stateful):
    """The learning rate of every step as a function of the epochs done.

    Epochs are counted as real numbers and steps not at all, so that the curve is the same for every batch size, even one that grows.

    Args:
        config: the section `learning_rate`.
        initial: the rate to start from, absolute; for `one_cycle` its peak.
        max_epochs: where `cosine` and `one_cycle` end.
    """

    remembered = ("_reduction", "_plateau")

    def __init__(self, config: LearningRate, initial: float, max_epochs: int) -> None:
        self._config = config
        self._shape = SHAPES[config.schedule]
        self._initial = initial
        self._max_epochs = max_epochs
        self._warmup = config.warmup_epochs if config.schedule != "one_cycle" else 0.0
        self._reduction = 1.0
        self._plateau = Plateau(config.plateau_patience)

    def rate(self, progress: float) -> float:
        """The learning rate of a step.

        Args:
            progress: epochs done before this step; 2.5 is the middle of the third epoch.
        """
        warm = min(progress / self._warmup, 1.0) if self._warmup else 1.0
        return self._initial * self._reduction * warm * self._shape(self._config, progress, self._max_epochs)

    def epoch_ended(self, validation_loss: float) -> None:
        """Lets `plateau` see a validation loss: it reduces the rate when that has stopped falling."""
        if self._config.schedule == "plateau" and self._plateau.reached(validation_loss):
            self._reduction *= self._config.decay
