"""What Lightning is given as data: one item, the whole pass over the texts."""

import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from autotune.data.batches import Batch, Batches

Item = TypeVar("Item")


class TimeIsUp(Exception):  # noqa: N818 - a signal, caught by `fit`, not an error
    """The deadline passed in the middle of an epoch."""


class StopAsked(Exception):  # noqa: N818 - likewise
    """Somebody asked to stop in the middle of an epoch."""


class Once(Generic[Item]):
    """A data loader whose only item is `item`."""

    def __init__(self, item: Item) -> None:
        self._item = item

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Item]:
        yield self._item


class UntilDeadline:
    """Batches, in each iteration all of them, or as many as the deadline allows.

    Args:
        deadline: on the clock of `time.monotonic()`, in seconds; looked at whenever a batch is done with.
        stop: asked as often; True ends the iteration.

    Raises:
        TimeIsUp: from the iteration, after the batch in which the deadline passed.
        StopAsked: likewise, after `stop` answered True.
    """

    def __init__(self, batches: Batches, deadline: float | None, stop: Callable[[], bool] = lambda: False) -> None:
        self._batches = batches
        self._deadline = deadline
        self._stop = stop

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Batch]:
        for batch in self._batches:
            yield batch
            if self._deadline is not None and time.monotonic() >= self._deadline:
                raise TimeIsUp
            if self._stop():
                raise StopAsked
