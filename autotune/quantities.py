"""Times, sizes and numbers as people write them: `1h30m`, `2GB`, `500k`. A program may give plain numbers."""

import re

from autotune.errors import UsageError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TIMES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def seconds(given: str | float | None, option: str = "--budget") -> float | None:
    """`90s`, `10m`, `1h30m` or `2h` in seconds; None stays None.

    Args:
        option: where it was given, for the message.

    Raises:
        UsageError: anything else, or nothing at all.
    """
    if given is None:
        return None
    if isinstance(given, str):
        parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", given.strip().lower())
        if not parts or "".join(number + unit for number, unit in parts) != given.strip().lower():
            raise UsageError(f"{option}: '{given}' is not a time", "write it as 90s, 10m, 2h or 1h30m")
        total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    else:
        total = float(given)
    if not total > 0:
        raise UsageError(f"{option}: '{given}' is no time at all")
    return total


def size(given: str | int | None, option: str = "--disk") -> int | None:
    """`500MB` or `2GB` in bytes, in steps of 1000; None stays None.

    Raises:
        UsageError: none of these.
    """
    if given is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)B?", str(given).strip().upper())
    if found is None or float(found[1]) == 0:
        raise UsageError(f"{option}: '{given}' is no size", "write 500MB or 2GB")
    return round(float(found[1]) * _TIMES[found[2]])


def number(given: str | int | None, option: str = "--max-parameters") -> int | None:
    """`500k` or `1M` as a number; None stays None.

    Raises:
        UsageError: none, or nothing.
    """
    if given is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)", str(given).strip().upper())
    value = round(float(found[1]) * _TIMES[found[2]]) if found else 0
    if value == 0:
        raise UsageError(f"{option}: '{given}' is no number of parameters", "write 500k or 1M")
    return value


def latency(given: str | float | None, option: str = "--max-latency") -> float | None:
    """`0.5ms` or `2s` in seconds; None stays None.

    Raises:
        UsageError: none of these.
    """
    if given is None:
        return None
    if not isinstance(given, str):
        return seconds(given, option)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", given.strip().lower())
    if found is None or float(found[1]) == 0:
        raise UsageError(f"{option}: '{given}' is no time for a text", "write 0.5ms or 2s")
    return float(found[1]) / {"ms": 1000, "s": 1}[found[2]]
