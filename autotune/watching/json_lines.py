"""A search for programs: every event as one line of JSON, as docs/events.md says."""

import json
import math
import re
import time
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TextIO

from autotune.agent.events import Event
from autotune.config import Config

SCHEMA = 1
"""Of the lines. New events and new keys come under the same number; one that goes, or that means something else, makes a new one."""


class JsonLines:
    """Writes events to a stream, each with its time.

    Args:
        stream: is flushed after each line, so that a reader is never behind.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()

    def watch(self, event: Event) -> None:
        """Writes what has happened in a search; see `Watch`."""
        self.write(event_name(type(event)), {item.name: getattr(event, item.name) for item in fields(event)})

    def error(self, message: str, hint: str | None, exit_code: int) -> None:
        """Writes the end of a search that has no result."""
        self.write("error", {"message": message, "hint": hint, "exit_code": exit_code})

    def write(self, name: str, values: dict[str, Any]) -> None:
        """Writes one line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        elapsed = round(time.monotonic() - self._began, 3)
        line = {"event": name, "time": now, "elapsed": elapsed, **{key: _plain(value) for key, value in values.items()}}
        self._stream.write(json.dumps(line, allow_nan=False) + "\n")  # ASCII: right in every encoding of the stream
        self._stream.flush()


def event_name(kind: type) -> str:
    """`trial_ended` for `TrialEnded`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


def _plain(value: Any) -> Any:
    """As JSON can say it: a configuration as paths and values, what is no number as null."""
    match value:
        case Config():
            return _plain(value.canonical())
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value
