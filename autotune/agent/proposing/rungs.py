"""Asynchronous successive halving on epochs: at each rung a trial goes on only if it is among the better half there, or near."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import optuna
from optuna.pruners import BasePruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

FIRST_RUNG = 2
REDUCTION_FACTOR = 3
"""So many times as far as a rung is the next one."""
KEPT = 0.5
"""The share that goes on at a rung."""
FEWEST = 3
"""With fewer trials at a rung nobody is judged."""
GRACE = "autotune:grace_epochs"
"""The trial attribute with the number of epochs in which its schedule is still warming up: no judgement before."""


@dataclass(frozen=True)
class Verdict:
    """Why a trial was stopped: its best value up to the epoch, and the value that it needed among the `rivals` that came as far."""

    epoch: int
    value: float
    needed: float
    rivals: int

    def sentence(self, metric: str) -> str:
        """The same in words."""
        return (
            f"best {metric} {self.value:.4f} after {self.epoch} epochs, {self.needed:.4f} needed to be near the better half "
            f"of the {self.rivals} trials that came as far"
        )


class RungPruner(BasePruner):
    """Stops a trial at epoch 2, 6, 18, ... unless its best value so far is in the better half of all that came as far, or near it.

    The stopping variant of ASHA (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"), which keeps more. Best-so-far
    values at equal epochs are compared, so that one jittery epoch costs nobody the trial, equals are kept, and so is what misses the
    bar by less than the standard error of a share. It looks at stored values alone: a resumed search judges as an undisturbed one.

    Args:
        rows: the texts that a share is of; None: it is no share, and there is no standard error.
    """

    def __init__(self, rows: int | None = None) -> None:
        self.rows = rows

    verdict: Verdict | None = None
    """On the trial that was stopped last."""

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Whether the trial should stop at its last reported epoch."""
        epoch = trial.last_step
        if epoch is None or not is_rung(epoch) or epoch <= trial.user_attrs.get(GRACE, 0):
            return False
        sign = 1 if study.direction == StudyDirection.MAXIMIZE else -1
        verdict = judged(trial, study.get_trials(deepcopy=False), sign, self.rows)
        if verdict is None:
            return False
        self.verdict = verdict
        return True


def judged(trial: FrozenTrial, trials: Sequence[FrozenTrial], sign: int, rows: int | None = None) -> Verdict | None:
    """Whether a trial lags behind at its last epoch; None: it is near the better half of those that came as far.

    Args:
        trials: of the study, itself among them.
        sign: 1 where large values are good, else -1.
        rows: see `RungPruner`.
    """
    epoch = trial.last_step
    own = None if epoch is None else best_at(trial, epoch, sign)
    if epoch is None or own is None:
        return None
    # A trial that failed or was interrupted is no rival: its configuration may run again, and would count twice.
    others = [other for other in trials if other.state != TrialState.FAIL and other.number != trial.number]
    rivals = sorted([sign * own, *(sign * value for other in others if (value := best_at(other, epoch, sign)) is not None)], reverse=True)
    if len(rivals) < FEWEST:
        return None
    needed = rivals[math.ceil(len(rivals) * KEPT) - 1]
    if rows is not None:
        needed -= math.sqrt(max(0.0, abs(needed) * (1 - abs(needed))) / rows)
    return None if sign * own >= needed else Verdict(epoch, own, sign * needed, len(rivals))


def best_at(trial: FrozenTrial, epoch: int, sign: int) -> float | None:
    """The best value up to an epoch, None for a trial that did not come as far."""
    values = [value for step, value in trial.intermediate_values.items() if step <= epoch]
    if not values or max(trial.intermediate_values) < epoch:
        return None
    return max(values) if sign > 0 else min(values)


def is_rung(epoch: int) -> bool:
    """Whether trials are judged after this epoch."""
    return rungs_passed(epoch) > rungs_passed(epoch - 1)


def rungs_passed(epoch: int) -> int:
    """How many rungs lie at or before an epoch."""
    rungs, rung = 0, FIRST_RUNG
    while rung <= epoch:
        rungs, rung = rungs + 1, rung * REDUCTION_FACTOR
    return rungs
