"""Learns `search_spaces/portfolio.yaml` from the recorded table: configurations to start from that complement one another.

.venv/bin/python studies/benchmarks/learn_portfolio.py --leave-out tweets
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from table import TABLE, Table, read_table

from autotune.config import Value, has_effect
from autotune.spaces.files import builtin_folder

SIZE = 14
_NOISE = 0.04
"""Standard deviation of what a score says of another data set that is alike. Without it, what is best by chance here is all that counts."""
_DRAWS = 50


def learn(table: Table, leave_out: str | None = None, size: int = SIZE) -> list[int]:
    """Rows of a table, the most useful first.

    Greedily (as in Feurer et al. 2022, "Auto-Sklearn 2.0"): next comes the configuration that lowers the mean regret over data sets of the
    best so far by most for the root of its cost, so that the first ones are quick: by the cost itself (Streeter and Golovin 2008, "An
    Online Algorithm for Maximizing Submodular Functions") the later ones are cheap and of no use. Regret is a share of what the median
    configuration of a data set loses against the best one, cost a share of the mean one's. Every data set stands for many that are
    alike, with scores that differ by chance. A family of data sets counts as much as another, however many it has.

    Args:
        leave_out: a family not to learn from.
    """
    learnt = [index for index, name in enumerate(table.curves) if table.family(name) != leave_out]
    names = [name for name in table.curves if table.family(name) != leave_out]
    weights = np.array([1 / len(table.families[table.family(name)]) for name in names])
    weights /= weights.sum()
    bests, costs = table.bests[learnt], table.costs[learnt]
    scale = bests.max(axis=1) - np.median(bests, axis=1)
    scores = bests[:, None] + np.random.default_rng(0).normal(0, _NOISE, (len(names), _DRAWS, bests.shape[1]))
    regrets = np.minimum(1.0, (scores.max(axis=2, keepdims=True) - scores) / scale[:, None, None])
    shares = weights @ (costs / costs.mean(axis=1, keepdims=True))
    chosen: list[int] = []
    lowest = np.ones((len(names), _DRAWS, 1))
    while len(chosen) < min(size, len(table.samples)):
        gains = weights @ (lowest - np.minimum(lowest, regrets)).mean(axis=1) / np.sqrt(shares)
        gains[chosen] = -1.0
        chosen.append(int(gains.argmax()))
        lowest = np.minimum(lowest, regrets[:, :, chosen[-1:]])
    return chosen


def transferred(table: Table, size: int = SIZE) -> NDArray[np.float64]:
    """Regret in points on every data set after each entry of the portfolio that was learnt without its family."""
    rows = {family: learn(table, family, size) for family in table.families}
    found = [np.maximum.accumulate(scores[rows[table.family(name)]]) for name, scores in zip(table.curves, table.bests, strict=True)]
    return 100 * (table.bests.max(axis=1, keepdims=True) - np.array(found))


def written(table: Table, rows: list[int]) -> str:
    """The portfolio as YAML."""
    top = table.bests.max(axis=1)
    cost = table.costs.mean()
    lines = [
        "# Configurations to start a search from, in this order: learnt greedily over recorded trainings on many data sets",
        "# (studies/benchmarks/learn_portfolio.py), so that each helps where those before it do not. The first one is quick.",
        "configurations:",
    ]
    for row in rows:
        sample = table.samples[row]
        regret = 100 * float(np.mean(top - table.bests[:, row]))
        share = table.costs[:, row].mean() / cost
        lines.append(f"  # {_title(sample)}: {regret:.1f} points behind the best on average, {share:.2f} of the mean cost")
        kept = {path: value for path, value in sample.items() if has_effect(table.space.config(sample), path)}
        lines += [f"  {'  ' if index else '- '}{path}: {_yaml(value)}" for index, (path, value) in enumerate(kept.items())]
    return "\n".join(lines) + "\n"


def _title(sample: Mapping[str, Value]) -> str:
    encoder = "no encoder" if sample["encoder.name"] == "none" else f"{sample['encoder.name']} of {sample['encoder.width']}"
    parts = [encoder, f"{sample['pooling.name']} pooling", f"{sample['optimizer.name']} x {sample['learning_rate.relative']:.2g}"]
    grams = [
        f"{name} up to {sample[path]}" for name, path in (("runs", "text.ngrams"), ("characters", "text.character_ngrams")) if sample[path]
    ]
    method = sample["pretraining.method"]
    return ", ".join([*parts, *grams, *([] if method == "none" else [str(method)])])


def _yaml(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if value[0].isdigit() else value
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Writes the portfolio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--leave-out", metavar="FAMILY", help="of data sets, not to learn from")
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--out", type=Path, default=builtin_folder() / "portfolio.yaml")
    chosen = parser.parse_args()
    table = read_table(chosen.table)
    regret = transferred(table, chosen.size)
    print("regret in points after each entry of a portfolio that was learnt without the family")
    for name, own in [*zip(table.curves, regret, strict=True), ("mean", regret.mean(axis=0))]:
        print(f"{name:16}" + "".join(f"{value:6.2f}" for value in own))
    chosen.out.write_text(written(table, learn(table, chosen.leave_out, chosen.size)))


if __name__ == "__main__":
    main()
