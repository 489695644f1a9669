"""What a check has found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from autotune.doctor.probe import Probe

State = Literal["ok", "warning", "error"]
"""warning: works, though not as well as it might, or not for long; error: something will fail."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        about: a word or two.
        message: what was found, in one line.
        mend: what to do about it.
    """

    about: str
    state: State
    message: str
    mend: str | None = None


@dataclass(frozen=True)
class Patient:
    """What is examined.

    Args:
        url: of the database.
        probe: asks the libraries, in a process of its own.
    """

    url: str
    probe: Probe


Check = Callable[[Patient], Iterable[Finding]]
