"""What a longer search may be expected to bring, from the trials there are."""

import math
import statistics
from collections.abc import Sequence

import numpy as np

from autotune.config import MAXIMIZED, Metric

_FEWEST = 6
"""Trials with a score below which nothing can be said."""
_DRAWS = 4000


def prospect(scores: Sequence[float], metric: Metric, rows: int) -> tuple[float, float] | None:
    """The gain in the best true score if as many trials again are made, and its standard deviation; None: there are too few to say.

    New trials are taken to be like the better half of those there are: drawn from their scores, smoothed (Silverman 1986, eq. 3.31). A part
    of what scores differ by is chance of the validation texts, and the best of many has most of it; only the rest can be gained.

    Args:
        scores: of the trials, on the validation texts, in their order.
        rows: how many validation texts there are.
    """
    if len(scores) < _FEWEST:
        return None
    sign = 1.0 if MAXIMIZED[metric] else -1.0
    values = sorted((sign * score for score in scores), reverse=True)
    better = values[: max(_FEWEST // 2, math.ceil(len(values) / 2))]
    spread = statistics.stdev(better)
    if spread == 0.0:
        return 0.0, 0.0
    noise = values[0] * (1 - values[0]) / rows if metric != "log_loss" else 0.0
    real = max(0.0, 1 - noise / spread**2)
    generator = np.random.default_rng(0)
    drawn = generator.choice(better, (_DRAWS, len(better))) + generator.normal(0, _bandwidth(better), (_DRAWS, len(better)))
    gains = real * np.maximum(0.0, drawn.max(axis=1) - values[0])
    return float(gains.mean()), float(gains.std())


def _bandwidth(values: Sequence[float]) -> float:
    low, high = np.quantile(values, [0.25, 0.75])
    spread = min(statistics.stdev(values), (high - low) / 1.34) or statistics.stdev(values)
    return float(0.9 * spread * len(values) ** -0.2)
