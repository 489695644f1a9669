"""Everything that can go wrong and that the user can mend: one line that says what and where, one hint that says how.

AutotuneError
├── UsageError        what was typed or given is wrong (exit code 2)
│   ├── ConfigError   a configuration or a value of --set
│   ├── SpaceError    a search-space file
│   ├── DataError     a data file
│   ├── VectorError   a file of token vectors, or texts that are too few to learn them from
│   ├── StudyError    a study that is unknown, exists already, or belongs to other data
│   └── BundleError   a folder that `export` did not write
└── FailureError      what was given is right, yet the work could not be done (exit code 1)
    ├── StorageError  the database of the studies
    ├── TrainingError a run that cannot go on: diverged, out of memory
    └── SearchError   a search that ends without a result
"""

from collections.abc import Iterable
from difflib import get_close_matches


class AutotuneError(Exception):
    """A problem told in one line.

    Args:
        message: what is wrong and where (file, line, column), without a full stop's worth of noise.
        hint: what to do about it; printed on a line of its own.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type["AutotuneError"], tuple[str, str | None]]:
        # Exceptions cross from worker processes by pickle, which by default forgets the hint.
        return type(self), (self.message, self.hint)


class Interrupted(BaseException):
    """A signal asked the command to end (exit code 130).

    No Exception, so that nothing takes it for a failure; no KeyboardInterrupt, which Lightning turns into an exit code of its own.

    Args:
        hint: how to go on.
    """

    def __init__(self, hint: str | None = None) -> None:
        super().__init__("interrupted")
        self.hint = hint


class UsageError(AutotuneError):
    """What was typed or given is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file or a value given with --set."""


class SpaceError(UsageError):
    """A search-space file."""


class DataError(UsageError):
    """A file of texts and labels."""


class VectorError(UsageError):
    """A file of token vectors, or texts that are too few to learn them from."""


class StudyError(UsageError):
    """A study that is unknown, exists already, or was made with other data."""


class BundleError(UsageError):
    """A folder that is not what `autotune export` writes."""


class FailureError(AutotuneError):
    """The input is right, yet the work could not be done."""


class StorageError(FailureError):
    """The database of the studies cannot be read or written."""


class TrainingError(FailureError):
    """A run that cannot go on."""


class SearchError(FailureError):
    """A search that ended without a usable model."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word closest to `word`, or all known words where few exist.

    Returns:
        `did you mean 'adam'?`, `choose one of: a, b, c`, or None where neither would help.
    """
    options = [str(option) for option in known]
    close = get_close_matches(word, options, n=1, cutoff=0.6)
    if not close:
        # `name=adm` should find `optimizer.name`: compare the last part of dotted paths as well.
        last = {option.rsplit(".", 1)[-1]: option for option in options}
        close = [last[match] for match in get_close_matches(word.rsplit(".", 1)[-1], last, n=1, cutoff=0.75)]
    if close:
        return f"did you mean '{close[0]}'?"
    if 0 < len(options) <= 16:
        return f"choose one of: {', '.join(options)}"
    return None
