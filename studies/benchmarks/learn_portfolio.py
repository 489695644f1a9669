"""Learns `search_spaces/portfolio.yaml` from the recorded table: configurations to start from that complement one another.

.venv/bin/python studies/benchmarks/learn_portfolio.py --leave-out tweets
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from table import TABLE, Table, read_table

from autotune.config import Value, has_effect
from autotune.spaces.files import builtin_folder

SIZE = 14
COST_WEIGHT = 0.05
"""How much regret a configuration must save for its cost: to take as long as the mean one, 5 % of what the median one loses."""
_FIRST_COST_WEIGHT = 0.5
"""The same for the first one, which must be there within seconds."""


def learn(table: Table, leave_out: str | None = None, size: int = SIZE) -> list[int]:
    """Rows of a table, the most useful first.

    Greedily (as in Feurer et al. 2022, "Auto-Sklearn 2.0"): next comes the configuration that lowers the mean regret over data sets of the
    best so far by most, with its cost counted against it. Regret is a share of what the median configuration of a data set loses against
    the best one, cost a share of the mean one's. A family of data sets counts as much as another, however many it has.

    Args:
        leave_out: a family not to learn from.
    """
    names = list(table.curves)
    weights = np.array([0.0 if table.family(name) == leave_out else 1 / len(table.families[table.family(name)]) for name in names])
    weights /= weights.sum()
    top = table.bests.max(axis=1, keepdims=True)
    regrets = np.minimum(1.0, (top - table.bests) / (top - np.median(table.bests, axis=1, keepdims=True)))
    costs = weights @ (table.costs / table.costs.mean(axis=1, keepdims=True))
    chosen: list[int] = []
    lowest = np.ones((len(names), 1))
    while len(chosen) < min(size, len(table.samples)):
        weight = COST_WEIGHT if chosen else _FIRST_COST_WEIGHT
        losses = weights @ np.minimum(lowest, regrets) + weight * costs
        losses[chosen] = np.inf
        chosen.append(int(losses.argmin()))
        lowest = np.minimum(lowest, regrets[:, chosen[-1:]])
    return chosen


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
    chosen.out.write_text(written(table, learn(table, chosen.leave_out, chosen.size)))


if __name__ == "__main__":
    main()
