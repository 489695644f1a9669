"""Who wins among the finalists, and what the winner's score is worth: statistics of runs that no trial has seen."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import norm as normal
from scipy.stats import t as student

from autotune.config import MAXIMIZED, Metric

_FEWEST_RUNS = 2
_TIE = 0.5
"""Finalists whose mean lies within so many standard errors of the best one's difference are tied."""


@dataclass(frozen=True)
class Standing:
    """The winner, and what may be expected of it.

    Args:
        trial: of the winner.
        score: the mean of its runs, less what it owes to being the best of the finalists.
        low: of the interval within which the score on as many new texts as are tested on lies with 95 % probability.
        high: of that interval.
        runs: the scores of every finalist, by trial, in the order of the runs.
    """

    trial: int
    score: float
    low: float
    high: float
    runs: Mapping[int, tuple[float, ...]]

    def sentence(self, metric: Metric) -> str:
        """The evidence in words."""
        means = "; ".join(f"trial {trial}: {statistics.mean(scores):.4f} over {len(scores)}" for trial, scores in self.runs.items())
        return f"trained again, mean {metric} of each finalist: {means}; expect {self.score:.4f} ({self.low:.4f} to {self.high:.4f})"


def standing(
    runs: Mapping[int, Sequence[float]], parameters: Mapping[int, int], metric: Metric, compared: int, tested: int
) -> Standing | None:
    """The winner by the mean over the runs that all finalists have; of tied ones the smallest.

    The reported score is cross-fitted: each run is scored by whoever wins on the others, so that no run is counted that helped to choose
    (as in nested cross-validation; Varma & Simon 2006, "Bias in error estimation when using cross-validation for model selection").

    Args:
        runs: scores by trial, the best trial first, in the order of the runs.
        parameters: of each finalist's model.
        compared: texts that a run is scored on.
        tested: texts that the interval is for.

    Where no finalist has two runs, the first one wins, if it has one: then nothing was chosen.

    Returns:
        None where there is no run; and of a log loss, whose spread a single run does not tell.
    """
    known = {trial: tuple(scores) for trial, scores in runs.items() if len(scores) >= _FEWEST_RUNS}
    if not known:
        return _of_one(runs, metric, compared, tested)
    rounds = min(len(scores) for scores in known.values())
    common = {trial: scores[:rounds] for trial, scores in known.items()}
    winner = _winner(common, parameters, metric)
    held_out = [common[_winner(_without(common, place), parameters, metric)][place] for place in range(rounds)]
    more = known[winner][rounds:]  # the winner's alone, which chose nobody
    score = statistics.mean([*held_out, *more])
    half = _half_width(known[winner], score, metric, compared, tested)
    return Standing(winner, score, *_bounds(score, half, metric), known)


def _of_one(runs: Mapping[int, Sequence[float]], metric: Metric, compared: int, tested: int) -> Standing | None:
    first = next(iter(runs), None)
    if first is None or not runs[first] or metric == "log_loss":
        return None
    (score,) = runs[first]
    half = _half_width((score,), score, metric, compared, tested)
    return Standing(first, score, *_bounds(score, half, metric), {first: (score,)})


def _bounds(score: float, half: float, metric: Metric) -> tuple[float, float]:
    """The interval, as far as there are such scores: no share is below 0 or above 1, and no log loss below 0."""
    return max(0.0, score - half), (score + half if metric == "log_loss" else min(1.0, score + half))


def _winner(runs: Mapping[int, Sequence[float]], parameters: Mapping[int, int], metric: Metric) -> int:
    sign = 1 if MAXIMIZED[metric] else -1
    best = max(runs, key=lambda trial: (sign * statistics.mean(runs[trial]), -parameters[trial], -trial))
    tied = [trial for trial in runs if _is_tied(runs[best], runs[trial])]
    return min(tied, key=lambda trial: (parameters[trial], trial))


def _is_tied(best: Sequence[float], other: Sequence[float]) -> bool:
    """Whether a finalist is as good as the best one, as far as these runs, paired by their splits, can tell."""
    differences = [abs(a - b) if best is other else a - b for a, b in zip(best, other, strict=True)]
    mean = abs(statistics.mean(differences))
    if len(differences) < _FEWEST_RUNS:
        return mean == 0
    return mean <= _TIE * statistics.stdev(differences) / math.sqrt(len(differences))


def _without(runs: Mapping[int, Sequence[float]], place: int) -> dict[int, list[float]]:
    return {trial: [score for index, score in enumerate(scores) if index != place] for trial, scores in runs.items()}


def _half_width(scores: Sequence[float], score: float, metric: Metric, compared: int, tested: int) -> float:
    """Half of the interval for a score on `tested` new texts, of which `scores` say how much one on `compared` texts varies.

    A share of right answers varies at least as a binomial one does, so that few runs that happen to agree do not feign certainty.
    """
    spread = statistics.variance(scores) if len(scores) >= _FEWEST_RUNS else 0.0
    if metric == "log_loss":
        quantile = float(student.ppf(0.975, len(scores) - 1))
    else:
        share = min(max(score, 1 / compared), 1 - 1 / compared)
        spread, quantile = max(spread, share * (1 - share) / compared), float(normal.ppf(0.975))
    return quantile * math.sqrt(spread * (1 / len(scores) + compared / tested))
