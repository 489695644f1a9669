"""What a budget is likely to buy: from the time of an epoch to trials, by what the rungs leave of an epoch budget."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from autotune.agent.plan import SearchPlan
from autotune.agent.proposing.rungs import FEWEST, KEPT, is_rung
from autotune.agent.working.timing import EncoderTime
from autotune.spaces.space import SearchSpace


@dataclass(frozen=True)
class Outlook:
    """An estimate for a search: no more than the order of the numbers is to be relied on.

    Args:
        max_epochs: of a trial, by the space's default.
        rungs: the epochs after which a trial is judged.
        epochs: of an average trial, once there are others to judge it by.
        trials: that the plan's time allows, every encoder as often as the others; None: it has no limit of time, or nothing was timed.
        by_encoder: likewise, if all trials had this encoder.
        seconds: that the plan's trials take; None: it has no limit of trials, or nothing was timed.
    """

    max_epochs: int
    rungs: tuple[int, ...]
    epochs: float
    trials: int | None
    by_encoder: dict[str, int]
    seconds: float | None


def outlook(plan: SearchPlan, times: Sequence[EncoderTime]) -> Outlook:
    """What the plan's budget buys on this machine."""
    max_epochs = plan.space.config(plan.space.defaults()).early_stopping.max_epochs
    costs = {time.encoder: _Cost.of(plan.space, time, max_epochs) for time in times if time.epoch is not None}
    mean = _Cost.mean(list(costs.values())) if costs else None
    workers, allowed = plan.worker_count(), plan.search_seconds
    return Outlook(
        max_epochs=max_epochs,
        rungs=rungs_within(max_epochs),
        epochs=epochs_of_a_trial(max_epochs),
        trials=None if mean is None or allowed is None else mean.trials(workers * allowed),
        by_encoder={} if allowed is None else {name: cost.trials(workers * allowed) for name, cost in costs.items()},
        seconds=None if mean is None or plan.trials is None else mean.seconds(plan.trials) / min(workers, plan.trials),
    )


def rungs_within(max_epochs: int) -> tuple[int, ...]:
    """The epochs after which a trial is judged; after its last epoch there is nothing left to stop."""
    return tuple(epoch for epoch in range(1, max_epochs) if is_rung(epoch))


def epochs_of_a_trial(max_epochs: int) -> float:
    """Epochs of an average trial where each rung lets the share `KEPT` pass; patience may end it sooner.

    For 12 epochs: 2 for all, 4 more for a half of them, 6 more for a quarter, together 5.5.
    """
    bounds = (0, *rungs_within(max_epochs), max_epochs)
    return math.fsum((after - before) * KEPT**passed for passed, (before, after) in enumerate(pairwise(bounds)))


@dataclass(frozen=True)
class _Cost:
    """Seconds that a worker is busy with a trial: one that is judged, one that goes to its last epoch, and once before the first."""

    judged: float
    whole: float
    once: float

    @classmethod
    def of(cls, space: SearchSpace, time: EncoderTime, max_epochs: int) -> "_Cost":
        assert time.epoch is not None
        # A worker keeps encoded texts; where no parameter of the text is tuned it encodes them once.
        often = any(parameter.path.startswith("text.") for parameter in space.parameters)
        each, once = (time.preparation, 0.0) if often else (0.0, time.preparation)
        return cls(each + epochs_of_a_trial(max_epochs) * time.epoch, each + max_epochs * time.epoch, once)

    @classmethod
    def mean(cls, costs: Sequence["_Cost"]) -> "_Cost":
        number = len(costs)
        return cls(
            sum(cost.judged for cost in costs) / number,
            sum(cost.whole for cost in costs) / number,
            sum(cost.once for cost in costs) / number,
        )

    def seconds(self, trials: int) -> float:
        """Of a worker's time. The first trials have no rivals, and are not judged."""
        unjudged = min(trials, FEWEST - 1)
        return self.once + unjudged * self.whole + (trials - unjudged) * self.judged

    def trials(self, seconds: float) -> int:
        """The inverse: how many trials fit."""
        left = max(0.0, seconds - self.once)
        unjudged = min(FEWEST - 1, int(left / self.whole))
        if unjudged < FEWEST - 1:
            return unjudged
        return unjudged + int((left - unjudged * self.whole) / self.judged)
