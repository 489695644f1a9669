"""What is compared on a recorded table: rivals, each as its own documentation says to use it, and ours with its parts on or off."""

import math
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import TrialState
from replay import Change, Rows, Run

from autotune.agent.proposing.advice import EVERY
from autotune.agent.proposing.diagnosis import RULES, Seen, diagnose
from autotune.agent.proposing.rungs import best_at
from autotune.agent.proposing.samplers import MakeSampler, informed, tpe
from autotune.config import Config, Value
from autotune.spaces.alternatives import alternatives, in_multiples
from autotune.spaces.changes import placed
from autotune.spaces.space import SearchSpace

Sample = Mapping[str, Value]
MOST_EPOCHS = 40
"""The largest value of `early_stopping.max_epochs` in the space."""
_REDRAWS = 3
"""So often a proposal may be drawn again for its cost."""
_ALIKE = 3
"""So many trials predict what a proposal will cost."""


@dataclass(frozen=True)
class Setting:
    """What a strategy may know before its search.

    Args:
        seconds: that the search may take.
        portfolio: samples to start from, learnt on other families of data sets.
    """

    space: SearchSpace
    rows: Rows
    seed: int
    seconds: float
    portfolio: Sequence[Sample]


class OptunaSearch:
    """Optuna proposes and prunes; every epoch's score is reported."""

    def __init__(self, setting: Setting, sampler: BaseSampler, pruner: BasePruner) -> None:
        self.study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
        self.setting = setting

    def propose(self, trial: optuna.Trial, clock: float) -> Sample | Run:
        """What the sampler proposes."""
        return self.setting.space.suggest(trial)

    def stop(self, run: Run) -> bool:
        """What the pruner says."""
        return run.trial.should_prune()

    def resume(self) -> Run | None:
        """Optuna never takes up what it pruned."""
        return None

    def ended(self, run: Run) -> None:
        """Nothing is kept."""


class OneEpoch(OptunaSearch):
    """One epoch of many configurations drawn at random, then the best to the end (Egele et al. 2023, "Is One Epoch All You Need?").

    Args:
        share: of the time, in which new configurations are trained for one epoch.
    """

    def __init__(self, setting: Setting, share: float = 0.6) -> None:
        super().__init__(setting, RandomSampler(seed=setting.seed), NopPruner())
        self._until = share * setting.seconds
        self._paused: list[Run] = []

    def propose(self, trial: optuna.Trial, clock: float) -> Sample | Run:
        """A draw; later the best that waits."""
        return (None if clock < self._until else self.resume()) or super().propose(trial, clock)

    def resume(self) -> Run | None:
        """The best that waits."""
        return _taken(self._paused)

    def stop(self, run: Run) -> bool:
        """After the first epoch."""
        return run.epoch == 1

    def ended(self, run: Run) -> None:
        """It waits, unless it is over."""
        if not run.over:
            self._paused.append(run)


def _taken(paused: list[Run]) -> Run | None:
    """The best of those, which is then no longer among them."""
    if not paused:
        return None
    best = max(paused, key=lambda run: run.best)
    paused.remove(best)
    return best


@dataclass(frozen=True)
class Rungs:
    """Asynchronous successive halving as in `autotune.agent.proposing.rungs`, with any rungs: best so far at equal epochs, equals kept.

    Args:
        first: epoch of the first rung.
        factor: how many times as far the next one is.
        keep: the share that goes on.
        margin: by so much a score may miss what is needed.
    """

    first: int = 1
    factor: int = 3
    keep: float = 1 / 2
    margin: float = 0.01

    def stop(self, study: optuna.Study, run: Run) -> bool:
        """Whether a run that just reported is not in the best part of those that came as far; never while its rate is warming up."""
        if not self._is_rung(run.epoch) or run.epoch <= _warm_up(run.trial.params):
            return False
        trials = study.get_trials(deepcopy=False)
        others = [trial for trial in trials if trial.state != TrialState.FAIL and trial.number != run.trial.number]
        rivals = [run.best, *(value for trial in others if (value := best_at(trial, run.epoch, 1)) is not None)]
        if len(rivals) * self.keep < 1 - 1e-9:
            return False
        needed = sorted(rivals, reverse=True)[math.ceil(len(rivals) * self.keep - 1e-9) - 1]
        return run.best < needed - self.margin

    def _is_rung(self, epoch: int) -> bool:
        rung = self.first
        while rung < epoch:
            rung *= self.factor
        return rung == epoch


def _warm_up(sample: Sample) -> float:
    """Epochs."""
    if sample["learning_rate.schedule"] == "one_cycle":
        return 0.3 * float(sample["early_stopping.max_epochs"])
    return float(sample["learning_rate.warmup_epochs"])


@dataclass(frozen=True)
class Parts:
    """What ours is made of.

    Args:
        sampler: proposes once the queue is empty.
        defaults: the space's defaults come first.
        portfolio: so many entries of the portfolio come before anything the sampler proposes.
        rungs: None: nothing is stopped.
        cost: how much the predicted seconds of a proposal count against it; 0: not at all, 1: at twice the seconds, half the chance.
        advice: rules of the diagnosis; every fourth trial is what they suggest. None: as often any change of one parameter of the best.
        thaw: the share of the time at the end in which the best stopped runs are taken up again.
    """

    sampler: MakeSampler = informed
    defaults: bool = True
    portfolio: int = 12
    rungs: Rungs | None = Rungs()
    cost: float = 0.0
    advice: Collection[str] | None = ()
    thaw: float = 0.0


class Agent(OptunaSearch):
    """Ours: starts from what did well elsewhere, mixes priors, the best so far and TPE, stops what lags behind at its rungs."""

    def __init__(self, setting: Setting, parts: Parts) -> None:
        super().__init__(setting, parts.sampler(setting.seed), NopPruner())
        self._parts = parts
        self._random = random.Random(setting.seed)
        self._queue = self._openings()
        self._paused: list[Run] = []
        self._ended: list[Run] = []
        self._advised: set[tuple[str, str]] = set()

    def propose(self, trial: optuna.Trial, clock: float) -> Sample | Change | Run:
        """The queue, then the sampler; near the end what was stopped."""
        if self._queue:
            return self._queue.pop(0)
        if clock > (1 - self._parts.thaw) * self.setting.seconds and (run := self.resume()):
            return run
        if change := self._change():
            return change
        sample = self._sampled(trial)
        for _ in range(_REDRAWS if self._parts.cost else 0):
            if self._random.random() < self._chance(sample):
                break
            another = self.study.ask()
            sample = self._sampled(another)
            self.study.tell(another, state=TrialState.FAIL)
        return sample

    def stop(self, run: Run) -> bool:
        """By the rungs, but never a run that was taken up again."""
        return self._parts.rungs is not None and not run.thawed and self._parts.rungs.stop(self.study, run)

    def ended(self, run: Run) -> None:
        """Kept, for its cost and for a second chance."""
        self._ended.append(run)
        if not run.over:
            self._paused.append(run)

    def resume(self) -> Run | None:
        """The best that was stopped."""
        return _taken(self._paused) if self._parts.thaw else None

    def _change(self) -> Change | None:
        """The next that a rule suggests and that was not suggested before, where it is time for one."""
        if self._parts.advice == () or len(self._ended) < EVERY * (len(self._advised) + 1):
            return None
        space = self.setting.space
        trials = [_seen(run, space) for run in self._ended if run.epoch and run.curve.scores.size]
        for base, changes in self._suggested(trials):
            key = (base.fingerprint, str(sorted(changes.items())))
            if key not in self._advised:
                self._advised.add(key)
                changed = Config.from_values({**base.values(), **changes})
                return Change(placed(changed, space.reaching(changes))[0], changes.keys())
        return None

    def _suggested(self, trials: list[Seen]) -> Iterator[tuple[Config, Mapping[str, Value]]]:
        if self._parts.advice is None:
            base = max(trials, key=lambda trial: trial.score or 0.0).config
            others = alternatives(self.setting.space, in_multiples(base), "accuracy")
            yield from ((base, {other.path: other.after}) for other in self._random.sample(others, len(others)))
        else:
            rules = {name: RULES[name] for name in self._parts.advice}
            yield from ((found.base, found.changes) for found in diagnose(trials, "accuracy", self.setting.space, rules))

    def _openings(self) -> list[Sample]:
        """As `autotune.agent.proposing.openings`: of the default and the head of the portfolio, the one without an encoder is first."""
        default, portfolio = self.setting.space.defaults(), list(self.setting.portfolio[: self._parts.portfolio])
        first = [*portfolio[:1], *([default] if self._parts.defaults else [])]
        return [*sorted(first, key=lambda sample: sample["encoder.name"] != "none"), *portfolio[1:]]

    def _sampled(self, trial: optuna.Trial) -> Sample:
        self.study.sampler = self._parts.sampler(self._random.randrange(2**31))
        return self.setting.space.suggest(trial)

    def _chance(self, sample: Sample) -> float:
        """Of a proposal to be trained: by the seconds an epoch of the most alike trials took, against the median of all."""
        if len(self._ended) < _ALIKE:
            return 1.0
        distances = self.setting.rows.distances(sample)
        alike = sorted(self._ended, key=lambda run: distances[run.row])[:_ALIKE]
        seconds = np.exp(np.mean([math.log(run.spent / run.epoch) for run in alike]))
        middle = np.median([run.spent / run.epoch for run in self._ended])
        return float((middle / seconds) ** self._parts.cost)


def _seen(run: Run, space: SearchSpace) -> Seen:
    """A trial as the rules see it."""
    best, curve = int(run.curve.scores[: run.epoch].argmax()), run.curve
    cause = ("finished" if curve.stopped == "finished" else "patience") if run.over else "pruned"
    config = space.config(run.trial.params)
    losses = float(curve.train_loss[best]), float(curve.validation_loss[best])
    return Seen(run.trial.number, config, run.best, cause, best + 1, run.epoch, *losses)


MEASURED_RULES = ("at a bound", "early best", "still improving", "over-fitting", "under-fitting")
"""The others need what the table does not have: values inside the networks, runs that diverged."""

STRATEGIES: Mapping[str, Callable[[Setting], OptunaSearch]] = {
    "random": lambda setting: OptunaSearch(setting, RandomSampler(seed=setting.seed), NopPruner()),
    "optuna": lambda setting: OptunaSearch(setting, TPESampler(seed=setting.seed), MedianPruner()),
    "hyperband": lambda setting: OptunaSearch(setting, TPESampler(seed=setting.seed), HyperbandPruner(1, MOST_EPOCHS, 3)),
    "asha": lambda setting: OptunaSearch(setting, RandomSampler(seed=setting.seed), SuccessiveHalvingPruner(1, 4)),
    "asha-tpe": lambda setting: OptunaSearch(setting, TPESampler(seed=setting.seed), SuccessiveHalvingPruner(1, 4)),
    "one-epoch": OneEpoch,
    **{
        name: (lambda setting, parts=parts: Agent(setting, parts))
        for name, parts in {
            "agent": Parts(),
            "no portfolio": Parts(portfolio=0),
            "no priors": Parts(tpe),
            "neither": Parts(tpe, portfolio=0),
            "no rungs": Parts(rungs=None),
            "rungs 2,6,18": Parts(rungs=Rungs(2)),
            "strict third": Parts(rungs=Rungs(2, 3, 1 / 3, 0.0)),
            "cost": Parts(cost=0.5),
            "thaw": Parts(thaw=0.2),
            "advice": Parts(advice=MEASURED_RULES),
        }.items()
    },
}
"""The agent as it is recommended, and what follows it: the same but for one part."""
