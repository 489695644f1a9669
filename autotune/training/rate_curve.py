"""The curve of a learning-rate range test: the loss smoothed, where it diverged, and the rate to start a run with. No torch here.

After Smith 2017 (arXiv:1506.01186, section 3.3) in the form that later tools gave it: the rate rises exponentially, and the proposal is
read off where the smoothed loss falls fastest.
"""

import math

DIVERGED = 4.0
"""The sweep ends where the smoothed loss is so many times its lowest value, and nothing is left of what it had fallen."""
LEAST_FALL = 0.05
"""A curve that never loses this share of its first level has not fallen: so much may be noise."""
BELOW_STEEPEST = 5.0
"""A run starts this much below the steepest point. There a single pass learns fastest; what is kept up for whole epochs must be smaller."""


class RateCurve:
    """Rates and losses of a sweep, in the order of its steps.

    Args:
        memory: steps that the smoothing remembers, at least 1: one pass over the batches of the sweep, so that what sets them apart
            does not show.

    Attributes:
        rates: learning rates, rising.
        losses: of the batch of each step, before the step was taken; not negative, or not finite.
        smoothed: their exponential moving average, corrected for its start at zero as Adam's is.
        diverged: whether the last point is the one where the sweep had to end.
    """

    def __init__(self, memory: int) -> None:
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.smoothed: list[float] = []
        self.diverged = False
        self._memory = memory
        self._sum = 0.0
        self._weight = 0.0
        self._lowest = math.inf

    def add(self, rate: float, loss: float) -> None:
        """Adds a step and sees whether it diverged."""
        keep = 1 - 1 / self._memory
        self._sum = keep * self._sum + (1 - keep) * loss
        self._weight = keep * self._weight + (1 - keep)
        level = self._sum / self._weight
        self.rates.append(rate)
        self.losses.append(loss)
        self.smoothed.append(level)
        if not math.isfinite(level):
            self.diverged = True
        elif len(self.smoothed) >= self._memory:
            self._lowest = min(self._lowest, level)
            self.diverged = level > max(DIVERGED * self._lowest, self._first_level)

    @property
    def proposal(self) -> float | None:
        """The rate to start a run with, rounded to three digits, within the rates of the sweep; None where the loss never fell."""
        steepest = self.steepest
        if steepest is None:
            return None
        return max(self.rates[0], float(f"{self.rates[steepest] / BELOW_STEEPEST:.3g}"))

    @property
    def steepest(self) -> int | None:
        """The step around which the smoothed loss falls fastest over the logarithm of the rate; None where it never fell.

        The first pass, where the average is young, and all that follows the lowest point are left out. A slope is taken over a pass to
        either side, so that no single batch makes it.
        """
        first = self._memory
        last = len(self.smoothed) - self.diverged - first  # the first step that has no pass on its right
        if last <= first:
            return None
        lowest = min(range(first, len(self.smoothed) - self.diverged), key=self.smoothed.__getitem__)
        if self.smoothed[lowest] > (1 - LEAST_FALL) * self._first_level:
            return None
        steepest = min(range(first, min(lowest + 1, last)), key=self._slope)
        return steepest if self._slope(steepest) < 0 else None

    @property
    def _first_level(self) -> float:
        """The smoothed loss after the first pass, before any rate had an effect."""
        return self.smoothed[self._memory - 1]

    def _slope(self, step: int) -> float:
        before, after = step - self._memory, step + self._memory
        return (self.smoothed[after] - self.smoothed[before]) / math.log(self.rates[after] / self.rates[before])
