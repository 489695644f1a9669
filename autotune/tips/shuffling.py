"""Tip 11, shuffling: a new order of the training texts every epoch."""

from typing import Any

import torch
from torch import Tensor

from autotune.tips.state import Stateful


class EpochOrder(Stateful):
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

    def state_dict(self) -> dict[str, Any]:
        """Where the sequence of orders has come to."""
        return {"generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        self._generator.set_state(state["generator"])
