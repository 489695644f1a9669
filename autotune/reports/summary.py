"""The end of a search in words: what won, by how much, and what to type next."""

from dataclasses import dataclass
from typing import Any

from autotune.config import Config, Metric, better
from autotune.reports.words import count, duration, sections
from autotune.storage.leaderboard import StudyRow


@dataclass(frozen=True)
class Line:
    """One classifier in the table of results."""

    name: str
    validation: float | None
    test: float | None
    interval: tuple[float, float] | None


def results(study: StudyRow, baselines: dict[str, dict[Metric, float]]) -> list[Line]:
    """The winner first, then the simple models it has to beat."""
    metric: Metric = study.plan["metric"]
    final: dict[str, Any] = study.final if study.final and study.best and study.final["trial"] == study.best.number else {}
    lines = []
    if study.best is not None:
        test = final.get("test", {}).get(metric)
        bounds = final.get("intervals", {}).get(metric)
        lines.append(Line(f"trial {study.best.number}", study.best.score, test, tuple(bounds) if bounds else None))
    for name, validation in baselines.items():
        lines.append(Line(name, validation[metric], final.get("baselines", {}).get(name, {}).get(metric), None))
    return lines


def verdict(metric: Metric, lines: list[Line]) -> str | None:
    """A sentence where a simple model is at least as good on the validation texts; None where the search has won."""
    if len(lines) < 2 or lines[0].validation is None:
        return None
    winner, *simple = lines
    assert winner.validation is not None
    ahead = [line for line in simple if line.validation is not None and not better(metric, winner.validation, line.validation)]
    if not ahead:
        return None
    best = ahead[0]
    for line in ahead[1:]:
        assert line.validation is not None
        assert best.validation is not None
        best = line if better(metric, line.validation, best.validation) else best
    return f"{best.name} is as good or better ({best.validation:.4f} against {winner.validation:.4f}): use it, or give the search more time"


def counts(study: StudyRow) -> str:
    """`34 trials in 2m 00s (21 complete, 12 pruned, 1 failed)`."""
    states = [(study.count("COMPLETE"), "complete"), (study.count("PRUNED"), "pruned"), (study.count("FAIL"), "failed")]
    done = ", ".join(f"{number} {word}" for number, word in states if number)
    return f"{count(sum(number for number, _ in states), 'trial')} in {duration(study.searched_seconds)}" + (f" ({done})" if done else "")


def configuration(config: Config) -> list[str]:
    """The lines of a configuration, one a section, aligned."""
    rows = sections(config)
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {entries}" for name, entries in rows]
