"""Which tip matters: the differences that an ablation found, how sure they are, and the same in words."""

import math
import statistics
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autotune.config import Config, Metric, Value, better
from autotune.spaces.alternatives import Alternative
from autotune.words import count

CONFIDENCE = 0.95
"""Of intervals; what is left, 5 %, is also the rate of false discoveries that is put up with among all changes together."""

Results = Mapping[int, Mapping[str, Any]]
"""What came of a configuration, by seed: `score`, where there is one, `cause`, `epochs`, `epoch_seconds`."""


@dataclass(frozen=True)
class Effect:
    """What one change of the base does.

    Args:
        differences: in the metric, change minus base, one for each seed that both have a score with.
        half_width: of the 95 % interval around the mean difference; None with fewer than two seeds.
        p: how likely a mean difference so far from zero is without an effect, corrected for the number of changes; None as above.
        causes: why runs have no score.
        epochs: that the change was trained for, mean over its runs with a score; None where there are none.
        slowdown: time for an epoch over that of the base; None as above.
    """

    change: Alternative
    differences: tuple[float, ...]
    half_width: float | None
    p: float | None
    causes: tuple[str, ...]
    epochs: float | None
    slowdown: float | None

    @property
    def mean(self) -> float | None:
        """The mean difference; None where no run can be compared."""
        return statistics.fmean(self.differences) if self.differences else None

    @property
    def certainty(self) -> str:
        """`beyond` noise, `maybe` (beyond by itself, not among so many changes), `within` noise, or `-`: one seed tells neither."""
        if self.mean is None or self.half_width is None or self.p is None:
            return "-"
        if self.p <= 1 - CONFIDENCE:
            return "beyond"
        return "maybe" if abs(self.mean) > self.half_width else "within"


def effects(base: Results, tried: Iterable[tuple[Alternative, Results]], step: float) -> list[Effect]:
    """The effect of every change that has been tried, the largest mean difference first, those without any score last.

    Seeds are paired: what a seed does to base and change alike cancels. Intervals are Student's t on the differences. The p-values
    are corrected by the step-up procedure of Benjamini and Hochberg (1995), which keeps its word for tests that go up and down
    together, as those that share their base do (Benjamini and Yekutieli 2001).

    Args:
        base: of the unchanged configuration.
        step: the smallest difference that the metric can show, such as one text's share; 0 for a metric without steps. Scores of
            few seeds often agree to the step by chance, which is no proof that there is no noise: the standard deviation of
            differences is taken as at least so much.
    """
    found = [_effect(base, change, results, step) for change, results in tried if results]
    tested = [effect.p for effect in found if effect.p is not None]
    corrected = iter(benjamini_hochberg(tested))
    found = [effect if effect.p is None else replace(effect, p=next(corrected)) for effect in found]
    return sorted(found, key=lambda effect: -1.0 if effect.mean is None else abs(effect.mean), reverse=True)


def _effect(base: Results, change: Alternative, results: Results, step: float) -> Effect:
    scored = {seed: result for seed, result in results.items() if "score" in result}
    differences = tuple(result["score"] - base[seed]["score"] for seed, result in sorted(scored.items()) if "score" in base.get(seed, {}))
    half_width, p = student(differences, step)
    return Effect(
        change,
        differences,
        half_width,
        p,
        causes=tuple(result["cause"] for _, result in sorted(results.items()) if "score" not in result),
        epochs=statistics.fmean(result["epochs"] for result in scored.values()) if scored else None,
        slowdown=epoch_seconds(scored) / epoch_seconds(base) if scored else None,
    )


def student(differences: Sequence[float], step: float) -> tuple[float, float] | tuple[None, None]:
    """Half the width of the 95 % t interval around the mean of paired differences, and the two-sided p-value of its being zero.

    Args:
        step: the least that their standard deviation is taken as.

    Returns:
        None twice for fewer than two differences.
    """
    from scipy.stats import t

    if len(differences) < 2:
        return None, None
    error = max(statistics.stdev(differences), step) / math.sqrt(len(differences))
    mean, freedom = statistics.fmean(differences), len(differences) - 1
    if error == 0:  # a metric without steps, and runs that are the same
        return 0.0, 1.0 if mean == 0 else 0.0
    return float(t.ppf((1 + CONFIDENCE) / 2, freedom)) * error, float(2 * t.sf(abs(mean) / error, freedom))


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """The p-values, in their order, each as the smallest rate of false discoveries at which its test would be counted as one."""
    order = sorted(range(len(values)), key=lambda index: values[index], reverse=True)
    corrected, smallest = [1.0] * len(values), 1.0
    for position, index in enumerate(order):
        smallest = min(smallest, values[index] * (len(values) / (len(values) - position)))
        corrected[index] = smallest
    return corrected


def epoch_seconds(results: Results) -> float:
    """Seconds for an epoch in the fastest run: what else the machine does only ever adds to it."""
    return float(min(result["epoch_seconds"] for result in results.values() if "score" in result))


def base_line(metric: Metric, base: Results) -> str:
    """The unchanged configuration in one line."""
    scored = {seed: result for seed, result in sorted(base.items()) if "score" in result}
    values = [result["score"] for result in scored.values()]
    spread = f", standard deviation {statistics.stdev(values):.4f}" if len(values) > 1 else ""
    epochs = statistics.fmean(result["epochs"] for result in scored.values())
    return (
        f"base: {metric} {statistics.fmean(values):.4f} ({count(len(values), 'seed')}{spread}), "
        f"{epochs:.1f} epochs of {epoch_seconds(scored):.2g}s"
    )


def table(found: Sequence[Effect], metric: Metric, width: int | None = None) -> list[str]:
    """One line a change under a line of headings.

    Args:
        width: characters a line that there is room for, if that is limited. Where it does not do, the parameters go without their
            section, which the number of the tip stands for, and the column of epochs is left out.
    """
    head = ("tip", "change", metric, "noise", "seeds", "time", "epochs")
    lines = _aligned([head, *(_cells(effect, change_words(effect.change)) for effect in found)])
    if width is not None and max(map(len, lines)) > width:
        lines = _aligned([row[:-1] for row in (head, *(_cells(effect, _leaf(effect)) for effect in found))])
    return lines


def change_words(change: Alternative) -> str:
    """`optimizer.name: adam -> sgd`."""
    return f"{change.path}: {_word(change.before)} -> {_word(change.after)}"


def _cells(effect: Effect, change: str) -> tuple[str, ...]:
    failed = f"{len(effect.causes)} failed" if effect.causes else ""
    number = tip_number(effect.change.tip)
    if effect.mean is None or effect.epochs is None or effect.slowdown is None:
        return (number, change, failed, "", "0", "", "")
    seeds = str(len(effect.differences))
    return (
        number,
        change,
        _difference(effect),
        effect.certainty,
        f"{seeds}, {failed}" if failed else seeds,
        f"x{effect.slowdown:.2g}",
        f"{effect.epochs:.1f}",
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = {0, 5, 6}
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def legend(found: Sequence[Effect], metric: Metric) -> list[str]:
    """How to read the table, and why runs failed."""
    compared = sum(effect.half_width is not None for effect in found)
    entries: list[tuple[str, str]] = [(metric, "change minus base on the same seeds, mean +- half the 95 % t interval")]
    if compared:
        by_chance = (1 - CONFIDENCE) * compared
        entries += [
            ("noise", "of seeds, on these texts alone, which favour a base that won on them"),
            ("beyond", f"holds among {count(compared, 'comparison')} (Benjamini-Hochberg at 5 %)"),
            ("maybe", f"excludes zero by itself, as {by_chance:.1f} of {compared} would by chance"),
        ]
    if any(len(effect.differences) == 1 for effect in found):
        entries.append(("-", "one seed: no interval, no judgement"))
    entries.append(("time", "of an epoch, as a multiple of the base's"))
    causes = {cause: change_words(effect.change) for effect in reversed(found) for cause in effect.causes}
    entries += [("failed", f"{change}: {cause}") for cause, change in causes.items()]
    width = max(len(name) for name, _ in entries)
    return [f"{name:<{width}}  {text}" for name, text in entries]


def by_tip(found: Sequence[Effect], tips: Iterable[str], metric: Metric, width: int | None = None) -> list[str]:
    """One sentence a tip: first those that matter beyond noise, then the others, by the size of their largest effect.

    Args:
        width: characters a line that there is room for, if that is limited; sentences are broken between words.
    """
    rows = [_tip(tip, [effect for effect in found if effect.change.tip == tip], metric) for tip in tips]
    rows.sort(key=lambda row: row[0])
    names = [f"{tip_number(tip):>2}  {tip.replace('_', ' ')}" for _, tip, _ in rows]
    longest = max(map(len, names), default=0)
    lines = [f"{name:<{longest}}  {sentence}" for name, (_, _, sentence) in zip(names, rows, strict=True)]
    if width is None:
        return lines
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent=" " * (longest + 2))]


def _tip(tip: str, found: Sequence[Effect], metric: Metric) -> tuple[tuple[int, float], str, str]:
    """Where the tip's sentence stands among the others, the tip, the sentence."""
    measured = [(effect, effect.mean) for effect in found if effect.mean is not None]  # in the order of the table
    if not measured:
        return (3, 0.0), tip, f"every change failed: {found[0].causes[-1]}" if found else "not tried yet"
    sure = [(effect, mean) for effect, mean in measured if effect.certainty == "beyond"]
    if sure:
        gains = [(effect, mean) for effect, mean in sure if better(metric, mean, 0.0)]
        costs = [(effect, mean) for effect, mean in sure if not better(metric, mean, 0.0)]
        parts = [f"{_leaf(side[0][0])} {verb} {abs(side[0][1]):.4f}" for side, verb in ((costs, "costs"), (gains, "gains")) if side]
        more = len(sure) - len(parts)
        return (0, -abs(sure[0][1])), tip, f"matters: {', '.join(parts)}" + (f"; {more} more beyond noise" if more else "")
    strongest, mean = measured[0]
    judged = sum(effect.half_width is not None for effect, _ in measured)
    verdict = f"{count(judged, 'change')}, none beyond noise" if judged else "too early to tell"
    return (1 if judged else 2, -abs(mean)), tip, f"{verdict}; most: {_leaf(strongest)}, {_difference(strongest)}"


def _leaf(effect: Effect) -> str:
    """The change without the section."""
    return change_words(effect.change).partition(".")[2]


def tip_number(section: str) -> str:
    """The number of the tip that a section of the configuration stands for; `-` for a section that is none of them."""
    kind = Config.model_fields[section].annotation
    heading = (getattr(kind, "__doc__", "") or "").partition(",")[0]
    return heading.removeprefix("tip ") if heading.startswith("tip ") else "-"


def _difference(effect: Effect) -> str:
    interval = f" +- {effect.half_width:.4f}" if effect.half_width is not None else ""
    return f"{round(effect.mean or 0.0, 4) + 0.0:+.4f}{interval}"  # adding 0 to -0.0 takes the sign away


def _word(value: Value | None) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)
