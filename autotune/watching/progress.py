"""What is known of a search while it goes on, kept up to date by its events."""

import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from autotune.agent.events import (
    BaselineReady,
    ConfirmationEnded,
    ConfirmationEpoch,
    ConfirmationRunStarted,
    ConfirmationStarted,
    DecisionMade,
    EpochEnded,
    Event,
    FinalTestStarted,
    SearchStarted,
    TrialEnded,
    TrialLost,
    TrialStarted,
)
from autotune.agent.limits import REFUSALS
from autotune.agent.plan import SearchPlan
from autotune.agent.working.messages import TRIAL_TIMEOUT
from autotune.config import Config, better
from autotune.storage.records import CUT_OFF

Phase = Literal["starting", "searching", "confirming", "testing"]

_ENOUGH = 3
"""So many trials tell how long others take."""
_REMEMBERED = 32
"""So many decisions; no picture has room for more."""


@dataclass
class Running:
    """A trial that is being trained, or a finalist's run. `values` are the objective, epoch by epoch."""

    config: Config
    since: float
    epoch: int = 0
    rung: int = 0
    values: list[float] = field(default_factory=list)
    best: float | None = None


@dataclass(frozen=True)
class Before:
    """What earlier sessions left.

    Args:
        best: trial and score.
        ends: state and cause of every trial that is over.
        epochs: that were trained.
    """

    best: tuple[int, float] | None = None
    ends: Iterable[tuple[str, str]] = ()
    epochs: int = 0


class Progress:
    """The state of a search.

    Attributes:
        outcomes: how many trials came to what, see `outcome`.
        best: trial and score of the best so far.
        history: the best score with the second from which on it was that.
        runs: the finalists' runs that are over.
        decided: the last decisions, each with its second.
        testing: on how many texts, once it has come to that.
    """

    def __init__(self, plan: SearchPlan, name: str, before: Before) -> None:
        self.plan = plan
        self.name = name
        self.phase: Phase = "starting"
        self.running: dict[int, Running] = {}
        self.again: dict[tuple[int, int], Running] = {}
        self.ended = 0
        self.epochs = before.epochs
        self.outcomes = Counter(outcome(state, cause) for state, cause in before.ends)
        self.best = before.best
        self.history: list[tuple[float, float]] = []
        self.to_beat: tuple[str, float] | None = None
        self.finalists: tuple[int, ...] = ()
        self.wanted_runs = 0
        self.runs: list[ConfirmationEnded] = []
        self.decided: deque[tuple[float, DecisionMade]] = deque(maxlen=_REMEMBERED)
        self.testing = 0
        self.configs: dict[int, Config] = {}
        """Of the trials that are being trained, and of the one that ended last."""
        self._clock: float | None = None
        self._found, self._found_at = 0, 0.0

    def update(self, event: Event) -> None:
        """Takes up what has happened."""
        match event:
            case SearchStarted():
                self.phase, self.ended = "searching", event.finished
                self._found, self._found_at = event.finished, event.searched_seconds
                self._clock = time.monotonic() - event.searched_seconds
                if self.best is not None:
                    self.history.append((self.elapsed, self.best[1]))
            case BaselineReady():
                value = event.validation[self.plan.metric]
                if self.to_beat is None or better(self.plan.metric, value, self.to_beat[1]):
                    self.to_beat = (event.name, value)
            case TrialStarted():
                self.configs = {number: trial.config for number, trial in self.running.items()} | {event.number: event.config}
                self.running[event.number] = Running(event.config, self.elapsed)
            case EpochEnded():
                self.epochs += 1
                trial = self.running[event.number]
                trial.rung = event.rung
                self._epoch(trial, event.epoch, event.value)
            case TrialEnded():
                self.running.pop(event.number, None)
                self.ended += 1
                self.outcomes[outcome(event.state, event.cause)] += 1
                if event.is_best and event.score is not None:
                    self.best = (event.number, event.score)
                    self.history.append((self.elapsed, event.score))
            case TrialLost():
                self.running.pop(event.number, None)
            case _:
                self._update_ending(event)

    def _update_ending(self, event: Event) -> None:
        match event:
            case DecisionMade():
                self.decided.append((self.elapsed, event))
            case ConfirmationStarted():
                self.phase, self.finalists, self.wanted_runs = "confirming", event.finalists, event.runs
                self.running.clear()
            case ConfirmationRunStarted():
                self.again[event.trial, event.run] = Running(event.config, self.elapsed)
            case ConfirmationEpoch():
                self._epoch(self.again[event.trial, event.run], event.epoch, event.value)
            case ConfirmationEnded():
                self.again.pop((event.trial, event.run), None)
                self.runs.append(event)
            case FinalTestStarted():
                self.phase, self.testing = "testing", event.rows
                self.running.clear()
                self.again.clear()

    def _epoch(self, trial: Running, epoch: int, value: float) -> None:
        trial.epoch = epoch
        trial.values.append(value)
        if trial.best is None or better(self.plan.metric, value, trial.best):
            trial.best = value

    @property
    def elapsed(self) -> float:
        """Seconds of searching, over all sessions; the clock starts with the trials, not with the workers."""
        return 0.0 if self._clock is None else time.monotonic() - self._clock

    @property
    def left(self) -> float | None:
        """Seconds until the budget of time is spent; None: there is none."""
        return None if self.plan.seconds is None else max(0.0, self.plan.seconds - self.elapsed)

    @property
    def estimate(self) -> float | None:
        """Seconds that the trials may still take where only their number is limited; None: not known."""
        total, done = self.plan.trials, self.ended - self._found
        if total is None or self.plan.seconds is not None or self.phase != "searching" or done < _ENOUGH:
            return None
        return (self.elapsed - self._found_at) / done * (total - self.ended)

    @property
    def share(self) -> float:
        """How much of the budget is used, 0 to 1: of time, trials or epochs, whichever is further."""
        spent = ((self.elapsed, self.plan.seconds), (self.ended, self.plan.trials), (self.epochs, self.plan.epochs))
        return min(1.0, max((used / total for used, total in spent if total), default=0.0))


def outcome(state: str, cause: str) -> str:
    """What a trial came to, in the words that trials are counted by."""
    if cause.startswith(REFUSALS):
        return "refused"
    named = {"diverged": "diverged", "out of memory": "out of memory", TRIAL_TIMEOUT: "timed out", CUT_OFF: "cut off"}
    return named.get(cause) or {"COMPLETE": "complete", "PRUNED": "pruned"}.get(state, "failed")
