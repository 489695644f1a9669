"""What one run gives back."""

from dataclasses import dataclass
from typing import Literal

from autotune.config import Metric
from autotune.errors import TrainingError
from autotune.training.circumstances import Circumstances
from autotune.training.trained import TrainedClassifier

Stopped = Literal["finished", "patience", "pruned", "time", "interrupted", "diverged"]
"""Why a run ended: all epochs done, early stopping, told to by `report`, at the deadline, by `stop`, or because the loss was no number."""


@dataclass(frozen=True)
class Epoch:
    """One pass over the training texts. Losses are mean cross-entropy in nats."""

    number: int
    scores: dict[Metric, float]
    train_loss: float
    validation_loss: float


@dataclass(frozen=True)
class Outcome:
    """A run that has at least one whole epoch behind it."""

    score: float
    """The objective on the validation texts after the best epoch."""
    best_epoch: int
    epochs: tuple[Epoch, ...]
    stopped: Stopped
    seconds: float
    parameters: int
    """How many numbers were trained."""
    micro_batches: int
    """In how many parts the batch that needed most memory was taken; 1: all fitted whole."""
    notes: tuple[str, ...]
    """A sentence on each thing that the user should know, about the range test or the pre-trained token vectors."""
    classifier: TrainedClassifier
    """With the weights of the best epoch."""
    probes: dict[str, float]
    """What was measured inside the network, by `training.probes`."""
    circumstances: Circumstances
    """What has to be the same for the run to come out the same."""


class DivergedError(TrainingError):
    """The loss stopped being a number before a single epoch was done."""


class OutOfTimeError(TrainingError):
    """The deadline came before a single epoch was done."""
