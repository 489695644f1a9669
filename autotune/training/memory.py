"""Memory: what a step frees is kept for the next one until the run ends, and where it does not suffice it is said in one line."""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from autotune.errors import TrainingError
from autotune.tips.micro_batches import free_memory, is_out_of_memory

Result = TypeVar("Result")

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # their numbers in glibc's malloc.h
_KEPT, _LARGEST = 2**30, 2**25  # bytes; glibc refuses a larger threshold


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Has glibc keep up to a gigabyte of freed memory, in pieces of up to 32 megabytes, and give it back to the system at the end.

    A step takes and frees many megabytes, the gradient of the token vectors above all. By default the system hands them out
    afresh and clears them page by page every time. Other C libraries are left as they are.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if library is None or not hasattr(library, "mallopt"):
        yield
        return
    library.mallopt(_MMAP_THRESHOLD, _LARGEST)
    library.mallopt(_TRIM_THRESHOLD, _KEPT)
    try:
        yield
    finally:
        library.malloc_trim(0)


class OutOfMemoryError(TrainingError):
    """The model and its batches do not fit into memory."""


def memory_explained(
    work: Callable[[], Result],
    # Not a smaller batch: that was tried, down to single texts.
    hint: str = "use a narrower encoder, shorter texts or a smaller vocabulary",
) -> Result:
    """What `work` returns.

    Raises:
        OutOfMemoryError: in place of what allocators raise.
    """
    try:
        return work()
    except (RuntimeError, MemoryError) as problem:
        if not is_out_of_memory(problem):
            raise
    free_memory()
    raise OutOfMemoryError("out of memory", hint)
