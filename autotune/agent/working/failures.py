"""When to give up: failures that are no accident of one configuration."""

import re
from collections import defaultdict

from autotune.agent.working.messages import TRIAL_TIMEOUT

ENOUGH = 3
"""So many different configurations that fail for one cause are no accident."""

OF_THE_CONFIGURATION = ("diverged", "out of memory", TRIAL_TIMEOUT)
"""Causes that lie in a configuration: where others succeed, the search leaves such regions and goes on."""


class Failures:
    """The failures of a session since the last success.

    Three different configurations that fail for one cause with no success in between stop a search: what breaks all that is tried is
    not in the configurations, and the next hundred would break too. A success shows that things work, so the count begins anew;
    failures for another cause show nothing of the kind, and do not. Causes that do lie in the configuration stop a search only as
    long as nothing at all has succeeded, in any session. A new session counts from nothing: somebody has looked at the cause.

    Args:
        succeeded: whether a trial of the study has a score already.
    """

    def __init__(self, succeeded: bool) -> None:
        self._succeeded = succeeded
        self._configurations: dict[str, set[str]] = defaultdict(set)

    def success(self) -> None:
        """A trial has a score."""
        self._succeeded = True
        self._configurations.clear()

    def failure(self, fingerprint: str, cause: str) -> bool:
        """A configuration has failed for good. Whether this is once too often; causes that differ in numbers alone are the same."""
        alike = self._configurations[re.sub(r"\d+", "0", cause)]
        alike.add(fingerprint)
        return len(alike) >= ENOUGH and not (self._succeeded and cause in OF_THE_CONFIGURATION)


def hint(cause: str) -> str:
    """What to do about a cause."""
    for beginning, advice in _ADVICE.items():
        if cause.startswith(beginning):
            return advice
    return "mend the cause"


_ADVICE = {
    "the worker died (SIGKILL)": "the system kills what uses too much memory: close other programs, or search with fewer --workers",
    "the worker died": "see what the process said last",
    "disk": "make room on the disk",
    "out of memory": "fix smaller values with --set in a new search, or search with fewer --workers",
    "diverged": "search smaller learning rates",
    TRIAL_TIMEOUT: "give a longer --trial-timeout",
}
