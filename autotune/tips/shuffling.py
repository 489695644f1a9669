"""Tip 11, shuffling: a new order of the training texts every epoch."""

import torch
from torch import Tensor


class EpochOrder:
    """The order of the rows, epoch after epoch: call it once at the start of each.

    Args:
        enabled: `shuffling.enabled`; false keeps one order, that of the file but for the sorting by length.
        rows: how many rows there are.
        seed: the same seed gives the same sequence of orders, whatever else draws random numbers.
    """

    def __init__(self, enabled: bool, rows: int, seed: int) -> None:
        self._enabled = enabled
        self._rows = rows
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self) -> Tensor:
        """The next epoch's order: every row number once, [rows] int64."""
        return torch.randperm(self._rows, generator=self._generator) if self._enabled else torch.arange(self._rows)
