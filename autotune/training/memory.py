"""Memory that a step frees is kept for the next one."""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # their numbers in glibc's malloc.h
_KEPT = 2**30  # bytes


@cache
def keep_freed_memory() -> None:
    """Has glibc keep up to a gigabyte of freed memory for this process, instead of giving it back to the system at once.

    A step takes and frees many megabytes, the gradient of the token vectors above all. By default the system hands them out
    afresh and clears them page by page every time. Other C libraries are left as they are.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(_MMAP_MAX, 0)
    mallopt(_TRIM_THRESHOLD, _KEPT)
