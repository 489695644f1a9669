"""What the coordinator and a worker say to each other. Plain data: it crosses a pipe."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autotune.agent.limits import Limits
from autotune.config import Config
from autotune.storage.records import CurvePoint, Resources

TRIAL_TIMEOUT = "trial timeout"
"""The cause of a task that reached its own limit of time."""


@dataclass(frozen=True)
class Task:
    """To the worker: train this. `seconds_left` until the deadline of the search, `limit` of this task alone; None: there is none."""

    number: int
    config: Config
    seconds_left: float | None
    limit: float | None = None
    checkpoint: Path | None = None
    """Where the state of the training is kept, and found; None: nowhere."""
    most_bytes: int | None = None
    """How large that file may become; None: as it comes."""
    limits: Limits = field(default_factory=Limits)
    """What its model may take; beyond them it is not trained."""
    split: int | None = None
    """With which seed the texts are split anew; None: as they are."""
    measured: bool = False
    """Whether its result is to say what its model takes."""


@dataclass(frozen=True)
class EpochDone:
    """From the worker, which waits for the answer: True ends the run."""

    number: int
    epoch: int
    value: float


@dataclass(frozen=True)
class Finished:
    """From the worker, which waits for the answer: the folder to save the model in, or None."""

    number: int
    score: float
    cause: str
    details: dict[str, Any]
    """best_epoch, epochs, seconds, parameters and the scores of the best epoch."""
    curve: tuple[CurvePoint, ...]
    resources: Resources


@dataclass(frozen=True)
class Saved:
    """From the worker: the model is on the disk."""

    number: int
    folder: Path


@dataclass(frozen=True)
class NotSaved:
    """From the worker: the run is worth its score, but the model could not be written. `cause` and `explanation` as in `Failed`."""

    number: int
    cause: str
    explanation: str


@dataclass(frozen=True)
class Failed:
    """From the worker: no result. `cause` is one short word or line, `explanation` the whole story for the log."""

    number: int
    cause: str
    explanation: str
    resources: Resources
    refused: dict[str, Any] | None = None
    """What its model would take, where that is beyond a limit."""


Reply = EpochDone | Finished | Saved | NotSaved | Failed
