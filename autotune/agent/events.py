"""What happens during a search, for whoever watches it."""

from collections.abc import Callable
from dataclasses import dataclass

from autotune.config import Config, Metric
from autotune.storage.records import Kind


@dataclass(frozen=True)
class SearchStarted:
    """The trials are about to begin; the counts are those of earlier sessions."""

    finished: int
    requeued: int
    searched_seconds: float
    workers: int


@dataclass(frozen=True)
class BaselineReady:
    """A simple model is fitted; scores on the validation texts."""

    name: str
    validation: dict[Metric, float]


@dataclass(frozen=True)
class TrialStarted:
    """A worker has begun to train a configuration."""

    number: int
    config: Config


@dataclass(frozen=True)
class EpochEnded:
    """One epoch of a running trial; `value` is the objective."""

    number: int
    epoch: int
    value: float
    rung: int
    """How many rungs of successive halving the trial has passed."""


@dataclass(frozen=True)
class TrialEnded:
    """A trial is over and stored. `state` is Optuna's; `score` is None where no epoch was finished."""

    number: int
    state: str
    score: float | None
    cause: str
    epochs: int
    seconds: float
    is_best: bool


@dataclass(frozen=True)
class TrialLost:
    """The worker of a trial died; the trial goes on from its last checkpoint."""

    number: int
    cause: str


@dataclass(frozen=True)
class DecisionMade:
    """The search has decided something by itself, and stored it: what, and on what evidence. `trial` is None where all are concerned."""

    trial: int | None
    kind: Kind
    evidence: str


@dataclass(frozen=True)
class ConfirmationStarted:
    """The best configurations are about to be trained once more. `finalists` are their trials, `runs` how often each is trained, `resplit`
    whether on other splits.
    """

    finalists: tuple[int, ...]
    runs: int
    resplit: bool


@dataclass(frozen=True)
class ConfirmationRunStarted:
    """A worker has begun to train a finalist once more."""

    trial: int
    run: int
    config: Config


@dataclass(frozen=True)
class ConfirmationEpoch:
    """One epoch of such a run; `value` is the objective."""

    trial: int
    run: int
    epoch: int
    value: float


@dataclass(frozen=True)
class ConfirmationEnded:
    """A finalist was trained once more; `score` is None where that failed."""

    trial: int
    run: int
    score: float | None
    seconds: float


@dataclass(frozen=True)
class FinalTestStarted:
    """The winner, the ensemble and the simple models are about to be scored on the test texts, of which there are `rows`, about."""

    rows: int


@dataclass(frozen=True)
class Remark:
    """A sentence that the user should read, told once."""

    text: str


Event = (
    SearchStarted
    | BaselineReady
    | TrialStarted
    | EpochEnded
    | TrialEnded
    | TrialLost
    | DecisionMade
    | ConfirmationStarted
    | ConfirmationRunStarted
    | ConfirmationEpoch
    | ConfirmationEnded
    | FinalTestStarted
    | Remark
)
Watch = Callable[[Event], None]
