"""The table of `rivals.py`: who is how good on which data, and whether what was promised held."""

from collections.abc import Mapping
from statistics import mean
from typing import Any

OURS = {"autotune": "quick", "autotune-full": "full"}
"""Searches of autotune, and their spaces."""
WITH_ALL = " +all"
"""Behind a name: the ensemble of that search, or its single network where there was none."""

Scores = Mapping[str, Mapping[str, float]]
"""Test accuracy by rival and data set, the mean over seeds."""


def show(rows: list[dict[str, Any]]) -> None:
    """Prints everything about some results of one budget."""
    done = [row for row in rows if "test" in row]
    if not done:
        raise SystemExit("no results: run it without --table first")
    scores = by_rival(done)
    sets = list(dict.fromkeys(row["set"] for row in done))
    shared = [name for name in sets if all(name in own for own in scores.values())]
    width = max(map(len, scores)) + 2
    print(f"test accuracy in percent; mean over the {len(shared)} sets that all have")
    print(f"{'':{width}}" + "".join(f"{name[:12]:>13}" for name in sets) + f"{'mean':>8}{'seconds':>9}")
    for rival, own in scores.items():
        cells = "".join(f"{100 * own[name]:13.2f}" if name in own else f"{'-':>13}" for name in sets)
        whole = f"{100 * mean(own[name] for name in shared):8.2f}" if shared else f"{'-':>8}"
        seconds = mean(row["seconds"] for row in done if row["rival"] == rival.removesuffix(WITH_ALL))
        print(f"{rival:{width}}{cells}{whole}{seconds:9.0f}")
    for ours in [name for name in scores if _is_ours(name)]:
        print(f"\n{ours} against")
        for rival, own in scores.items():
            both = [name for name in own if name in scores[ours]]
            if _is_ours(rival) or not both:
                continue
            gains = [100 * (scores[ours][name] - own[name]) for name in both]
            print(
                f"  {rival:{width}}above on {sum(gain > 0 for gain in gains)} of {len(both)} sets, by {mean(gains):+.2f} points in the mean"
            )
    _show_promises(done)
    _show_doubts(rows)


def by_rival(done: list[dict[str, Any]]) -> Scores:
    """Scores of rows; those of ensembles beside those of single networks."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in done:
        found.setdefault(row["rival"], {}).setdefault(row["set"], []).append(row["test"])
        if row["rival"] in OURS:
            together = row["ensemble"] if row["ensemble"] is not None else row["test"]
            found.setdefault(row["rival"] + WITH_ALL, {}).setdefault(row["set"], []).append(together)
    return {rival: {name: mean(values) for name, values in own.items()} for rival, own in found.items()}


def _show_promises(done: list[dict[str, Any]]) -> None:
    """Whether the test score lay within the interval that was stated before it was known."""
    for rival in OURS:
        own = [row for row in done if row["rival"] == rival]
        if not own:
            continue
        stated = [row for row in own if row["interval"] is not None]
        held = [row for row in stated if row["interval"][0] <= row["test"] <= row["interval"][1]]
        none = len(own) - len(stated)
        print(f"\n{rival}: the test score lay within the stated interval in {len(held)} of {len(stated)} searches; {none} stated none")
        for row in stated:
            said, low, high, test = (100 * value for value in (row["validation"], *row["interval"], row["test"]))
            verdict = "held" if row in held else "missed"
            print(f"  {row['set']:16} said {said:.2f} ({low:.2f} to {high:.2f}), test {test:.2f}: {verdict}")


def _show_doubts(rows: list[dict[str, Any]]) -> None:
    """What should make one wary of the table."""
    for row in rows:
        where = f"{row['rival']} on {row['set']}"
        if "problem" in row:
            print(f"\n{where} failed: {row['problem']}")
        elif "fallback" in row["details"]:
            print(f"\n{where}: no epoch ended in time, so the {row['details']['fallback']} counts")
        elif row["seconds"] > 1.1 * row["budget"]:
            print(f"\n{where} took {row['seconds']:.0f} s instead of {row['budget']:.0f}")


def _is_ours(name: str) -> bool:
    return name.removesuffix(WITH_ALL) in OURS
