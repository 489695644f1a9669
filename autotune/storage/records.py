"""The records behind the facts that a search stores. Plain data: workers fill them in, and know no database."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

CUT_OFF = "time"
"""The cause of trials that the end of the budget cut off: when more time is given, they go on."""

Kind = Literal[
    "pruned",
    "queued again",
    "retried",
    "resampled",
    "another seed",
    "space used up",
    "micro-batches",
    "given",
    "default",
    "portfolio",
    "diagnosis",
    "thawed",
    "confirmed",
]
"""What a search decides by itself: a trial is stopped at a rung; an interrupted one is queued again; so is one whose worker died; a
repeat is not trained; a leader is trained with another seed; there is nothing left to try; batches are taken in parts; a configuration
is tried because the user gave it, because it is the default or one of the portfolio, or for what the trials so far show; a stopped
trial goes on; a winner is confirmed."""


@dataclass(frozen=True)
class CurvePoint:
    """One epoch of a trial. Losses are mean cross-entropy in nats; all but the first are of the validation texts."""

    epoch: int
    train_loss: float
    validation_loss: float
    accuracy: float
    macro_f1: float
    log_loss: float


@dataclass(frozen=True)
class Resources:
    """What a trial cost. Memory is in bytes, None where it is not known.

    Args:
        processor_seconds: of the worker, over all its threads.
        peak_memory: resident, of the worker while it trained this, what it holds anyway included.
        peak_gpu_memory: given out by torch.
        parameters: how many numbers were trained; None: the trial ended before that was known.
        device: `cpu`, or the GPU as CUDA_VISIBLE_DEVICES names it.
        threads: of the processor, that it might use.
    """

    seconds: float
    processor_seconds: float
    peak_memory: int | None
    peak_gpu_memory: int | None
    parameters: int | None
    device: str
    threads: int

    def __add__(self, later: "Resources") -> "Resources":
        """Both together, for a trial that took several sittings; where it is trained is where it was last."""
        return replace(
            later,
            seconds=self.seconds + later.seconds,
            processor_seconds=self.processor_seconds + later.processor_seconds,
            peak_memory=_larger(self.peak_memory, later.peak_memory),
            peak_gpu_memory=_larger(self.peak_gpu_memory, later.peak_gpu_memory),
            parameters=self.parameters if later.parameters is None else later.parameters,
        )


@dataclass(frozen=True)
class Decision:
    """What was decided, and on what evidence, in one sentence.

    Args:
        trial: its number; None: a decision on the whole study.
        at: in UTC, without a time zone.
    """

    trial: int | None
    kind: Kind
    evidence: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))


def _larger(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)
