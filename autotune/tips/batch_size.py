"""Tip 12, batch size: texts per step, the same all along or growing from epoch to epoch."""

from autotune.sections import BatchSize
from autotune.tips.plateau import Plateau
from autotune.tips.state import Stateful


class BatchSizes(Stateful):
    """The batch size of every epoch.

    A growing batch calms the steps as a shrinking learning rate does, with fewer and larger steps instead of as many smaller ones
    (Smith et al. 2018, arXiv:1711.00489).

    Args:
        config: the section `batch_size`; 1 learns on-line, `full` takes all texts at once.
        rows: how many training texts there are, at least 1; no batch is larger.

    Attributes:
        current: texts in a step of the epoch to come.
    """

    remembered = ("_size", "_epochs", "_plateau")

    def __init__(self, config: BatchSize, rows: int) -> None:
        self._config = config
        self._size = float(rows if config.initial == "full" else min(config.initial, rows))
        # A ceiling below the start does not shrink the batch.
        self._most = min(rows, max(config.ceiling, round(self._size)))
        self._plateau = Plateau(config.growth_patience)
        self._epochs = 0

    @property
    def current(self) -> int:
        # Kept as a real number between the epochs: 1 grown by 1.2 would stay 1 for ever.
        return round(self._size)

    @property
    def can_grow(self) -> bool:
        """Whether a later epoch may have larger batches."""
        return self._config.growth != "none" and self.current < self._most

    def epoch_ended(self, validation_loss: float) -> None:
        """Goes on to the next epoch.

        Args:
            validation_loss: of the epoch that ended; `plateau` grows the batch when it has stopped falling.
        """
        self._epochs += 1
        match self._config.growth:
            case "none":
                due = False
            case "epochs":
                due = self._epochs % self._config.growth_epochs == 0
            case "plateau":
                due = self._plateau.reached(validation_loss)
        if due and self.can_grow:
            self._size = min(self._size * self._config.growth_factor, float(self._most))
