"""The end of a search in words: what won, by how much, and what to type next."""

from dataclasses import dataclass
from typing import Any

from autotune.config import Config, Metric, better
from autotune.storage.leaderboard import StudyRow, TrialRow
from autotune.storage.records import CUT_OFF
from autotune.words import count, duration, sections


@dataclass(frozen=True)
class Line:
    """One classifier in the table of results."""

    name: str
    validation: float | None
    test: float | None
    interval: tuple[float, float] | None
    ours: bool = False
    """Whether the search has made it, and a baseline has not."""


def results(study: StudyRow, winner: TrialRow, baselines: dict[str, dict[Metric, float]]) -> list[Line]:
    """The winner first, its ensemble where there is one, then the simple models to be beaten."""
    metric: Metric = study.plan["metric"]
    final: dict[str, Any] = study.final if study.final and study.final["trial"] == winner.number else {}
    bounds = final.get("intervals", {}).get(metric)
    test = final.get("test", {}).get(metric)
    lines = [Line(f"trial {winner.number}", winner.score, test, tuple(bounds) if bounds else None, ours=True)]
    if ensemble := final.get("ensemble"):
        low, high = ensemble["intervals"][metric]
        lines.append(Line(_parts(ensemble), None, ensemble["test"][metric], (low, high), ours=True))
    for name, validation in baselines.items():
        lines.append(Line(name, validation[metric], final.get("baselines", {}).get(name, {}).get(metric), None))
    return lines


def verdict(metric: Metric, lines: list[Line]) -> str | None:
    """A sentence where a simple model is at least as good as what the search has made; None where the search has won.

    Compared on the test texts where both were measured there: the winner's validation score is the best of many, and flatters it.
    """
    on_test = all(line.test is not None for line in lines)
    ours, simple = ([_value(line, on_test) for line in lines if line.ours == own] for own in (True, False))
    made, given = _best(metric, ours), _best(metric, simple)
    if made is None or given is None or better(metric, made[1], given[1]):
        return None
    split = "test" if on_test else "validation"
    return f"{given[0]} is as good or better on the {split} texts ({given[1]:.4f} against {made[1]:.4f}): use it, or search longer"


def _value(line: Line, on_test: bool) -> tuple[str, float | None]:
    return line.name, line.test if on_test else line.validation


def _best(metric: Metric, values: list[tuple[str, float | None]]) -> tuple[str, float] | None:
    best: tuple[str, float] | None = None
    for name, value in values:
        if value is not None and (best is None or better(metric, value, best[1])):
            best = (name, value)
    return best


def _parts(ensemble: dict[str, Any]) -> str:
    """What an ensemble consists of: `5 networks + 0.3 linear model`."""
    networks = count(ensemble["networks"], "network")
    return f"{networks} + {ensemble['linear_weight']:g} x TF-IDF" if ensemble["linear_weight"] else networks


def expectation(study: StudyRow, winner: TrialRow) -> str | None:
    """What is expected of the winner on new texts; None where it was not confirmed: its validation score is the best of many."""
    confirmed = study.confirmed
    if confirmed is None or confirmed["trial"] != winner.number:
        return None
    metric, score = study.plan["metric"], f"{confirmed['score']:.4f}"
    runs, finalists = len(confirmed["runs"][str(winner.number)]), len(confirmed["runs"])
    again = f"{runs} times" if runs > 1 else "once"
    chosen = f", winner of {finalists} finalists" if finalists > 1 else ""
    if not confirmed["resplit"]:
        return (
            f"trial {winner.number} trained {again} more with other seeds: {metric} {score} on the validation texts, which chose it{chosen}"
        )
    about = "about " if study.plan.get("source", {}).get("test") else ""  # of a file that was not read yet
    bounds = f"{confirmed['low']:.4f} to {confirmed['high']:.4f}"
    return (
        f"expected on {about}{confirmed['rows']:,} new texts: {metric} {score} ({bounds}; trial {winner.number} trained {again} more "
        f"on other splits{chosen})"
    )


def counts(study: StudyRow) -> str:
    """`34 trials in 2m 00s (21 complete, 12 pruned, 1 failed)`."""
    cut_off = sum(trial.state == "PRUNED" and trial.cause == CUT_OFF for trial in study.trials)
    pruned, failed = study.count("PRUNED") - cut_off, study.count("FAIL")
    states = [(study.count("COMPLETE"), "complete"), (pruned, "pruned"), (cut_off, "cut off"), (failed, "failed")]
    done = ", ".join(f"{number} {word}" for number, word in states if number)
    total = count(sum(number for number, _ in states), "trial")
    others = study.plan.get("imported", 0)
    return (
        f"{total} in {duration(study.searched_seconds)}"
        + (f" ({done})" if done else "")
        + (f", {others} of them from another study" if others else "")
    )


def configuration(config: Config) -> list[str]:
    """The lines of a configuration, one a section, aligned."""
    rows = sections(config)
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {entries}" for name, entries in rows]
