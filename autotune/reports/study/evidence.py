"""What the trials show of each tip, and what an ablation has shown: with the number, and in words no stronger than it."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, create_trial

from autotune.config import MAXIMIZED, Config, Metric, Value
from autotune.reports.ablation import Effect, Results, base_line, by_tip, change_words, effects, tip_number
from autotune.reports.study.parts import Change, Evidence, Option, ParameterPart, TipPart, TrialPart
from autotune.spaces.alternatives import Alternative, in_multiples
from autotune.storage.ablations import StoredRun
from autotune.words import count

NEEDED = 30
"""Trials for an importance: with so many PED-ANOVA puts a parameter that decides first nine times in ten, with twenty every other time."""
_BETTER = 0.5
"""The share of the trials whose common values it looks for. Optuna's own tenth is meant for hundreds of trials."""
_BEST_SHARE = 0.25
"""Of the trials, whose values of a range are told."""
_FEWEST_ALIKE = 3
_FEWEST_OF_A_RANGE = 8
_MOST_TOGETHER = 6

Distributions = Mapping[str, BaseDistribution]


def evidence(
    trials: Sequence[TrialPart], stored: Sequence[FrozenTrial], winner: Config | None, metric: Metric, ablation: list[StoredRun], rows: int
) -> Evidence:
    """Everything that is known of the tips.

    Args:
        stored: the same trials as Optuna has them, with the distributions of their parameters.
        winner: its configuration.
        ablation: the runs that took that apart.
        rows: validation texts; 0: not known.
    """
    scored = [trial for trial in trials if trial.score is not None]
    distributions = _distributions(stored)
    shares = _importances(scored, distributions, metric) if len(scored) >= NEEDED else {}
    won = {} if winner is None else in_multiples(winner).values()
    varied = {path: _parameter(path, distributions[path], scored, shares, won, metric) for path in distributions}
    varied = {path: part for path, part in varied.items() if len(part.options) > 1 or len({value for value, _ in part.points}) > 1}
    base, found = ([], []) if winner is None else _effects(in_multiples(winner), ablation, metric, rows)
    sentences = _ablation_sentences(found, metric)
    sections = [name for name in Config.model_fields if name != "seed"]
    tips = []
    for section in sorted(sections, key=_place):
        parts = tuple(part for path, part in varied.items() if path.startswith(f"{section}."))
        changes = tuple(_change(effect) for effect in found if effect.change.tip == section)
        if parts or changes:
            sentence = sentences.get(section)
            tips.append(TipPart(tip_number(section), section, sentence or _observed(parts, metric), sentence is not None, parts, changes))
    return Evidence(
        scored=len(scored),
        needed=NEEDED,
        tips=tuple(tips),
        unvaried=tuple(section for section in sections if section not in {tip.section for tip in tips}),
        ablation=base[0] if base else None,
        most_important=_most_important(varied, scored, metric),
    )


def _place(section: str) -> tuple[int, str]:
    """The twelve tips in their order, then the rest."""
    number = tip_number(section)
    return (int(number), "") if number.isdigit() else (99, section)


def _distributions(stored: Sequence[FrozenTrial]) -> dict[str, BaseDistribution]:
    """One distribution a parameter. Advice moves bounds within a study: a range spans all that it ever was."""
    found: dict[str, BaseDistribution] = {}
    for trial in stored:
        for path, one in trial.distributions.items():
            other = found.setdefault(path, one)
            if isinstance(one, FloatDistribution) and isinstance(other, FloatDistribution) and one != other:
                found[path] = FloatDistribution(min(one.low, other.low), max(one.high, other.high), log=one.log and other.log)
            elif isinstance(one, IntDistribution) and isinstance(other, IntDistribution) and one != other:
                found[path] = IntDistribution(min(one.low, other.low), max(one.high, other.high), log=one.log and other.log)
    return found


def _importances(trials: Sequence[TrialPart], distributions: Distributions, metric: Metric) -> dict[str, float]:
    """Shares by PED-ANOVA (Watanabe, Bansal and Hutter 2023): which parameters the better half of the trials have in common.

    Pruned trials count with the score that they were pruned at: others were better then, and more is not asked.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # it tells of every study that is made
    direction = StudyDirection.MAXIMIZE if MAXIMIZED[metric] else StudyDirection.MINIMIZE
    study = optuna.create_study(storage=InMemoryStorage(), direction=direction)
    for trial in trials:
        ranges = {path: distributions[path] for path in trial.values}
        study.add_trial(create_trial(params=dict(trial.values), distributions=ranges, value=trial.score))
    try:
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(target_quantile=_BETTER))
    except (ValueError, RuntimeError):  # trials without a common parameter, or all alike
        return {}
    return {path: float(share) for path, share in found.items()}


def _parameter(
    path: str,
    distribution: BaseDistribution,
    trials: Sequence[TrialPart],
    shares: Mapping[str, float],
    won: Mapping[str, Value | None],
    metric: Metric,
) -> ParameterPart:
    pairs = [(trial.values[path], trial.score) for trial in trials if path in trial.values and trial.score is not None]
    options: tuple[Option, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    if isinstance(distribution, CategoricalDistribution):
        by_value: dict[Value, list[float]] = defaultdict(list)
        for value, score in pairs:
            by_value[value].append(score)
        chosen = [value for value in distribution.choices if value in by_value]
        options = tuple(_option(value, by_value[value], metric) for value in chosen if value is not None)
    else:
        points = tuple((float(value), score) for value, score in pairs)
    log = bool(getattr(distribution, "log", False))
    return ParameterPart(path, shares.get(path), log, options, points, won.get(path))


def _option(value: Value, scores: list[float], metric: Metric) -> Option:
    return Option(value, tuple(sorted(scores, reverse=MAXIMIZED[metric])), statistics.median(scores))


def gap(part: ParameterPart, metric: Metric) -> float:
    """How much the metric differs along a parameter, by medians: between its best and its worst option, or the halves of its range."""
    sides = [option.median for option in part.options if len(option.scores) >= _FEWEST_ALIKE]
    if len(part.points) >= _FEWEST_OF_A_RANGE:
        middle = statistics.median(value for value, _ in part.points)
        halves = [[score for value, score in part.points if (value > middle) == above] for above in (False, True)]
        sides = [statistics.median(half) for half in halves if half]
    return max(sides) - min(sides) if len(sides) > 1 else 0.0


def _most_important(varied: Mapping[str, ParameterPart], trials: Sequence[TrialPart], metric: Metric) -> tuple[str, ...]:
    """Of the parameters that every trial has."""
    common = [part for path, part in varied.items() if all(path in trial.values for trial in trials)]
    common.sort(key=lambda part: (-(part.importance or 0.0), -gap(part, metric)))
    return tuple(part.path for part in common[:_MOST_TOGETHER])


def _observed(parts: Sequence[ParameterPart], metric: Metric) -> str:
    """One sentence on the parameter that says most."""
    part = max(parts, key=lambda part: (part.importance or 0.0, gap(part, metric)))
    sentence = _of_range(part, metric) if part.points else _of_options(part, metric)
    return sentence if part.importance is None else f"{sentence} Importance {part.importance:.2f} of 1."


def _of_options(part: ParameterPart, metric: Metric) -> str:
    ranked = sorted(
        (option for option in part.options if len(option.scores) >= _FEWEST_ALIKE),
        key=lambda option: option.median,
        reverse=MAXIMIZED[metric],
    )
    if len(ranked) < 2:
        tried = ", ".join(f"{show(option.value)} {len(option.scores)}" for option in part.options)
        return f"Too early to tell: trials by {part.path}: {tried}."
    best, second = ranked[0], ranked[1]
    apart = abs(best.median - second.median)
    how = f"{apart:.4f} better than" if apart >= 0.00005 else "as good as"
    return (
        f"Observed: {part.path} {show(best.value)} has the best median, {best.median:.4f} in {count(len(best.scores), 'trial')}, "
        f"{how} {show(second.value)} ({count(len(second.scores), 'trial')})."
    )


def _of_range(part: ParameterPart, metric: Metric) -> str:
    tried = [value for value, _ in part.points]
    if len(tried) < _FEWEST_OF_A_RANGE:
        return f"Too early to tell: {count(len(tried), 'trial')} with {part.path} from {show(min(tried))} to {show(max(tried))}."
    ranked = sorted(part.points, key=lambda point: point[1], reverse=MAXIMIZED[metric])
    best = [value for value, _ in ranked[: max(2, round(_BEST_SHARE * len(ranked)))]]
    return (
        f"Observed: the best {len(best)} of {count(len(tried), 'trial')} have {part.path} from {show(min(best))} to {show(max(best))}; "
        f"{show(min(tried))} to {show(max(tried))} was tried."
    )


def show(value: Value) -> str:
    """A value in the fewest characters that tell it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _effects(base: Config, runs: Sequence[StoredRun], metric: Metric, rows: int) -> tuple[list[str], list[Effect]]:
    """A line on the base, and the effect of every change; nothing twice where no run of the base has a score."""
    by_change: dict[str, dict[int, dict[str, object]]] = defaultdict(dict)
    for run in runs:
        by_change[run.change][run.seed] = run.result
    unchanged: Results = by_change.pop("", {})
    if not any("score" in result for result in unchanged.values()):
        return [], []
    values = base.values()
    tried = []
    for change, results in by_change.items():
        path, _, after = change.partition("=")
        tried.append((Alternative(path, values.get(path), after, base), results))
    step = 0.0 if metric == "log_loss" or not rows else 1 / rows
    return [base_line(metric, unchanged)], effects(unchanged, tried, step)


def _ablation_sentences(found: Sequence[Effect], metric: Metric) -> dict[str, str]:
    """A sentence for every tip that the ablation has an interval for."""
    judged = {effect.change.tip for effect in found if effect.half_width is not None}
    sentences = {}
    for tip in judged:
        (line,) = by_tip(found, [tip], metric)
        name = f"{tip_number(tip):>2}  {tip.replace('_', ' ')}"
        sentences[tip] = f"By ablation: {line.removeprefix(name).strip()}."
    return sentences


def _change(effect: Effect) -> Change:
    return Change(
        change=change_words(effect.change),
        difference=effect.mean,
        half_width=effect.half_width,
        certainty=effect.certainty,
        seeds=len(effect.differences),
        failed=len(effect.causes),
    )
