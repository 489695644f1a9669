"""Tip 12, batch size, where memory is short: the same step in parts that fit, their gradients added up."""

import gc
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import torch

from autotune.tips.state import Stateful

if TYPE_CHECKING:
    from autotune.data.batches import Batch

Result = TypeVar("Result")

# The allocators of CPU and CUDA say so, and cuBLAS. oneDNN does not, but has no other reason on the operations of our networks.
_SAID_WITHOUT_MEMORY = (
    "can't allocate memory",
    "out of memory",
    "bad_alloc",
    "ALLOC_FAILED",
    "could not create a primitive",
    "could not execute a primitive",
)


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether memory ran out, on the CPU, whose allocator raises a plain RuntimeError, or on a device."""
    if isinstance(problem, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(problem, RuntimeError) and any(words in str(problem) for words in _SAID_WITHOUT_MEMORY)


def free_memory() -> None:
    """Gives back what nobody holds any more; to be called outside of the handler, whose traceback holds everything."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


class MicroBatches(Stateful):
    """Does the work of a batch in as many parts as memory demands: one, until it runs out.

    What was learnt about memory stays for all later batches, larger ones included.

    Attributes:
        most: the largest number of parts that a batch took.
    """

    remembered = ("most", "_rows")

    def __init__(self) -> None:
        self.most = 1
        self._rows: int | None = None

    def each(self, batch: "Batch", work: Callable[["Batch"], Result], start: Callable[[], object] = lambda: None) -> list[Result]:
        """What `work` returns for each part of the batch.

        When memory runs out, everything is done again in twice as many parts, down to single texts.

        Args:
            work: called with each part in turn; whatever it keeps in memory must be gone after `start`.
            start: called before the first part, at each attempt.

        Raises:
            RuntimeError, MemoryError: a single text does not fit, or something else went wrong.
        """
        while True:
            parts = [batch] if self._rows is None else batch.parts(self._rows)
            try:
                start()
                results = [work(part) for part in parts]
            except (RuntimeError, MemoryError) as problem:
                if not is_out_of_memory(problem) or len(parts) == len(batch.labels):
                    raise
            else:
                self.most = max(self.most, len(parts))
                return results
            start()
            free_memory()
            self._rows = math.ceil(len(batch.labels) / (2 * len(parts)))
