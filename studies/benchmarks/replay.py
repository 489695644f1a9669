"""A search replayed on a recorded table: a strategy proposes, and stored learning curves answer in the place of training.

What is proposed is answered by the nearest configuration of the table that this search has not had. The strategy is told the parameters
of that configuration, not its own, so that it learns from what was really trained. Time is the processor time that was recorded.
"""

import heapq
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState
from table import Curve, Table

from autotune.config import Value
from autotune.spaces.space import Parameter, SearchSpace

WEIGHTS: Mapping[str, float] = {
    "text.ngrams": 2,
    "text.character_ngrams": 2,
    "optimizer.name": 2,
    "learning_rate.relative": 2,
    "initialization.name": 2,
    "pretraining.method": 2,
    "encoder.name": 3,
    "pooling.name": 2,
    "batch_size.initial": 3,
}
"""How much it counts that two configurations differ in a parameter, where that is not 1: what decides of cost and score counts more.

With these the score and the cost of a configuration correlate best with those of its nearest; twice as large weights do worse.
"""
_CHANGED = 20.0
"""The weight of a parameter that a proposal changes for a reason: the answer should differ in that above all."""
_ONE_SIDED = 0.25
"""Of its weight a parameter counts that only one of two configurations has: their parent differs, which counts already."""


class Rows:
    """The configurations of a table: how far they are from a sample, and how Optuna keeps their parameters.

    The distance is Gower's, for parameters that depend on others. A parameter's part is between 0 and 1: differences of numbers by
    their range, on a logarithmic scale where the space has one; of numeric choices by their order; of other choices 0 or 1.
    """

    def __init__(self, table: Table) -> None:
        self._parameters = table.space.parameters
        self._weighed = [(parameter, WEIGHTS.get(parameter.path, 1.0)) for parameter in self._parameters]
        self._ordered = np.array([_is_ordered(parameter) for parameter in self._parameters])
        self._places = np.array([self._encode(sample) for sample in table.samples])
        self.distributions = [_distributions(table.space, sample) for sample in table.samples]

    def distances(self, sample: Mapping[str, Value], changed: Collection[str] = ()) -> NDArray[np.float64]:
        """From a sample to every configuration of the table.

        Args:
            changed: parameters that matter more than all others.
        """
        own = self._encode(sample)
        apart = np.abs(self._places - own)
        apart = np.where(self._ordered, apart, apart > 0)
        one, other = np.isnan(own), np.isnan(self._places)
        apart = np.where(one | other, np.where(one & other, 0.0, _ONE_SIDED), apart)
        return apart @ np.array([_CHANGED if parameter.path in changed else weight for parameter, weight in self._weighed])

    def _encode(self, sample: Mapping[str, Value]) -> NDArray[np.float64]:
        return np.array(
            [_place(parameter, sample[parameter.path]) if parameter.path in sample else math.nan for parameter in self._parameters]
        )


def _distributions(space: SearchSpace, sample: Mapping[str, Value]) -> dict[str, BaseDistribution]:
    trial = optuna.trial.FixedTrial(dict(sample))
    space.suggest(trial)
    return trial.distributions


def _is_ordered(parameter: Parameter) -> bool:
    return parameter.kind != "categorical" or all(type(choice) in (int, float) for choice in parameter.choices)


def _place(parameter: Parameter, value: Value) -> float:
    if parameter.kind == "categorical":
        index = parameter.choices.index(value)
        return index / max(1, len(parameter.choices) - 1) if _is_ordered(parameter) else index
    low, high, own = (float(number) for number in (parameter.low, parameter.high, value))  # type: ignore[arg-type]
    if parameter.log:
        low, high, own = math.log(low), math.log(high), math.log(own)
    return (own - low) / (high - low)


@dataclass(frozen=True)
class Change:
    """A sample that is like another one but for some parameters, which were changed for a reason."""

    sample: Mapping[str, Value]
    paths: Collection[str]


@dataclass(eq=False)
class Run:
    """A configuration of the table in training.

    Attributes:
        row: its number in the table.
        trial: in the study, with the parameters of the table.
        epoch: epochs that were trained.
        thawed: it was stopped once, and taken up again.
    """

    row: int
    trial: optuna.Trial
    curve: Curve
    epoch: int = 0
    thawed: bool = False

    @property
    def best(self) -> float:
        """The best score so far."""
        return float(self.curve.scores[: self.epoch].max(initial=0.0))

    @property
    def next_seconds(self) -> float:
        """What the next epoch costs."""
        return float(self.curve.seconds[self.epoch] - (self.curve.seconds[self.epoch - 1] if self.epoch else 0.0))

    @property
    def spent(self) -> float:
        """What its epochs have cost."""
        return float(self.curve.seconds[self.epoch - 1]) if self.epoch else 0.0

    @property
    def over(self) -> bool:
        """Whether its curve goes no further."""
        return self.epoch == len(self.curve.seconds)


class Strategy(Protocol):
    """What chooses in a search. A new one is made for every search."""

    study: optuna.Study

    def propose(self, trial: optuna.Trial, clock: float) -> Mapping[str, Value] | Change | Run:
        """A sample to train, asked of the trial or chosen otherwise; or a stopped run to take up again."""
        ...

    def resume(self) -> Run | None:
        """A stopped run to take up again, as the table has nothing new left; None: there is none."""
        ...

    def stop(self, run: Run) -> bool:
        """Whether a run should stop at the epoch that it just reported."""
        ...

    def ended(self, run: Run) -> None:
        """Is told of a run that was stopped or is over."""
        ...


@dataclass
class History:
    """What a search came to.

    Attributes:
        found: seconds, score and row of every improvement of the best score.
        trials: configurations of which training began.
    """

    found: list[tuple[float, float, int]] = field(default_factory=list)
    trials: int = 0


class Search:
    """One search on one data set of the table.

    Args:
        seconds: of the clock, when it ends; epochs that are not through by then do not count.
        workers: that train at the same time.
    """

    def __init__(self, table: Table, rows: Rows, name: str, strategy: Strategy, seconds: float, workers: int = 1) -> None:
        self._table = table
        self._rows = rows
        self._curves = table.curves[name]
        self._strategy = strategy
        self._study = strategy.study
        self._seconds = seconds
        self._workers = workers
        self._had = np.zeros(len(table.samples), dtype=bool)
        self._history = History()
        self._events: list[tuple[float, int, Run]] = []
        self._begun = 0

    def replay(self) -> History:
        """The whole search."""
        for _ in range(self._workers):
            self._begin(0.0)
        while self._events:
            clock, _, run = heapq.heappop(self._events)
            if clock > self._seconds:
                break
            run.epoch += 1
            if run.curve.scores.size:
                self._report(clock, run)
                stopped = not run.over and self._strategy.stop(run)
            if run.over or stopped:
                self._tell(run)
                self._strategy.ended(run)
                self._begin(clock)
            else:
                self._wait(clock, run)
        return self._history

    def _begin(self, clock: float) -> None:
        trial = self._study.ask()
        proposed = self._strategy.resume() if self._had.all() else self._strategy.propose(trial, clock)
        if proposed is None or isinstance(proposed, Run):
            self._study.tell(trial, state=TrialState.FAIL)
        if isinstance(proposed, Run):
            self._live(proposed.trial).state = TrialState.RUNNING
            proposed.thawed = True
            self._wait(clock, proposed)
        elif proposed is not None:
            self._wait(clock, self._answer(proposed, trial))

    def _wait(self, clock: float, run: Run) -> None:
        self._begun += 1
        heapq.heappush(self._events, (clock + run.next_seconds, self._begun, run))

    def _answer(self, proposed: Mapping[str, Value] | Change, asked: optuna.Trial) -> Run:
        change = proposed if isinstance(proposed, Change) else Change(proposed, ())
        distances = self._rows.distances(change.sample, change.paths)
        distances[self._had] = np.inf
        row = int(distances.argmin())
        self._had[row] = True
        self._history.trials += 1
        stored = self._live(asked)
        stored.params, stored.distributions = dict(self._table.samples[row]), self._rows.distributions[row]
        stored.system_attrs = {}  # there the sampler keeps what it proposed, for other processes
        return Run(row, optuna.Trial(self._study, stored._trial_id), self._curves[row])

    def _live(self, trial: optuna.Trial) -> FrozenTrial:
        """The trial as the study keeps it in memory: Optuna's own interface lets nobody change what was proposed or has ended."""
        return self._study.get_trials(deepcopy=False)[trial.number]

    def _report(self, clock: float, run: Run) -> None:
        score = float(run.curve.scores[run.epoch - 1])
        run.trial.report(score, run.epoch)
        if not self._history.found or score > self._history.found[-1][1]:
            self._history.found.append((clock, score, run.row))

    def _tell(self, run: Run) -> None:
        study = self._study
        if not run.curve.scores.size:
            study.tell(run.trial, state=TrialState.FAIL)
        elif run.over:
            study.tell(run.trial, run.best)
        else:
            study.tell(run.trial, state=TrialState.PRUNED)
