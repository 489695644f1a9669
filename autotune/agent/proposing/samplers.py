"""Who proposes configurations: Optuna's samplers as they are, and a mixture that begins with what is believed of good values."""

import random
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from autotune.spaces.priors import Draws, Prior, builtin_priors

EVIDENCE = 10
"""So many trials with a score weigh as much as the priors."""
INCUMBENT = 0.3
"""The share of the other proposals that are one of the best configurations with a few values changed."""
_INCUMBENTS = 3
_FIRST_INCUMBENT = 4
"""Before there are so many trials with a score, none is taken for one of the best."""
_CHANGED = 0.2
"""The share of an incumbent's values that are drawn anew."""

MakeSampler = Callable[[int], BaseSampler]
"""Makes the sampler of one trial from a seed. What it knows it reads from the stored trials."""


def at_random(seed: int) -> BaseSampler:
    """Every value as likely as any other."""
    return RandomSampler(seed=seed)


def tpe(seed: int) -> BaseSampler:
    """Optuna's TPE, parameters that are asked for together drawn together."""
    _be_quiet_on_groups()
    return TPESampler(multivariate=True, group=True, seed=seed)


def _be_quiet_on_groups() -> None:
    """`group` is the way to sample a conditional space jointly. The filter stays: to put the former ones back, as `catch_warnings` does,
    would undo what other threads have set, and theirs this one.
    """
    warnings.filterwarnings("ignore", "Argument ``group``", ExperimentalWarning)


_be_quiet_on_groups()


def informed(seed: int) -> BaseSampler:
    """`Informed`, with the priors that come with autotune."""
    return Informed(seed, builtin_priors())


class Informed(BaseSampler):
    """Draws a configuration by the priors, near one of the best ones, or by TPE; the more is known, the less by the priors.

    The sampling of PriorBand (Mallik et al. 2023, "PriorBand: Practical Hyperparameter Optimization in the Age of Deep Learning")
    with TPE in the place of its uniform draws. The priors' share is EVIDENCE / (EVIDENCE + trials with a score, or beyond a limit): the
    priors know nothing of limits, so that where these are tight, TPE has to find out what is within them.

    Args:
        seed: of this trial's proposal.
    """

    def __init__(self, seed: int, priors: Mapping[str, Prior]) -> None:
        self._random = random.Random(seed)
        self._priors = priors
        self._tpe = tpe(seed)
        self._source = self._tpe

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Chooses who proposes this trial; only TPE draws parameters together."""
        scored = _scored(study)
        if self._random.random() < EVIDENCE / (EVIDENCE + len(scored) + _infeasible(study)):
            self._source = _Drawn(self._random, self._priors, {})
        elif len(scored) >= _FIRST_INCUMBENT and self._random.random() < INCUMBENT:
            self._source = _Drawn(self._random, self._priors, self._random.choice(scored[:_INCUMBENTS]).params)
        else:
            self._source = self._tpe
        return self._source.infer_relative_search_space(study, trial)

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]) -> dict[str, Any]:
        """As the chosen one does."""
        return self._source.sample_relative(study, trial, search_space)

    def sample_independent(self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution) -> Any:
        """As the chosen one does."""
        return self._source.sample_independent(study, trial, param_name, param_distribution)


class _Drawn(BaseSampler):
    """Draws each value by the priors, but keeps most of those of an incumbent.

    Args:
        incumbent: values by path; none: everything is drawn.
    """

    def __init__(self, random: random.Random, priors: Mapping[str, Prior], incumbent: Mapping[str, Any]) -> None:
        self._random = random
        self._draws = Draws(priors, random)
        self._incumbent = incumbent

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]) -> dict[str, Any]:
        return {}

    def sample_independent(self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution) -> Any:
        known = self._incumbent.get(param_name)
        if known is not None and self._random.random() >= _CHANGED and _may_be(param_distribution, known):
            return known
        match param_distribution:
            case FloatDistribution(low=low, high=high, step=step, log=log):
                return self._draws.suggest_float(param_name, low, high, step=step, log=log)
            case IntDistribution(low=low, high=high, step=step, log=log):
                return self._draws.suggest_int(param_name, low, high, step=step, log=log)
            case CategoricalDistribution(choices=choices):
                return self._draws.suggest_categorical(param_name, [choice for choice in choices if choice is not None])
        raise NotImplementedError(param_distribution)


def _may_be(distribution: BaseDistribution, value: Any) -> bool:
    if isinstance(distribution, CategoricalDistribution) and value not in distribution.choices:
        return False
    return distribution._contains(distribution.to_internal_repr(value))


def _scored(study: Study) -> list[FrozenTrial]:
    """The trials with a score, the best first: whole ones, and those that were stopped by their last epoch."""
    sign = -1 if study.direction == StudyDirection.MAXIMIZE else 1
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    scores = {trial.number: _score(trial) for trial in trials}
    scored = [trial for trial in trials if scores[trial.number] is not None]
    return sorted(scored, key=lambda trial: (sign * (scores[trial.number] or 0.0), trial.number))


def _infeasible(study: Study) -> int:
    trials = study.get_trials(deepcopy=False, states=(TrialState.PRUNED,))
    return sum(any(excess > 0 for excess in trial.constraints.values()) for trial in trials)


def _score(trial: FrozenTrial) -> float | None:
    if trial.state == TrialState.COMPLETE:
        return trial.value
    return trial.intermediate_values[trial.last_step] if trial.last_step is not None else None
