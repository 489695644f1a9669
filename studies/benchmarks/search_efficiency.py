"""Strategies of search replayed on the recorded table, many times each: what they find, and how soon.

    .venv/bin/python studies/benchmarks/search_efficiency.py --quick

A search's clock is the processor time that training took when the table was recorded; proposing costs nothing there. Portfolios are
learnt without the family of the data set that is searched. Repetitions differ by their seed and by the part of the table that they
have; intervals are 95 % of a bootstrap over data sets and, within them, repetitions.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
from learn_portfolio import learn
from numpy.typing import NDArray
from replay import History, Rows, Search
from strategies import STRATEGIES, Setting
from table import TABLE, Table, read_table

from autotune.config import Value

GRID = np.geomspace(0.002, 1.0, 400)
"""Moments of a search as shares of its time, at which its best score is looked at."""
PART = 0.8
"""Of the table's configurations a repetition has, so that chance in what the table holds tells in the intervals, too."""
SHARES = (0.05, 0.1, 0.2, 1 / 3, 0.5, 1.0)
BUDGETS = {"short": 6, "long": 24}
"""Time of a search, in mean times of a configuration trained to the end."""
BASE = "optuna"


@dataclass(frozen=True)
class World:
    """What one repetition is about: a part of the table, and the portfolios learnt from it, by the family that they were learnt without."""

    table: Table
    rows: Rows
    portfolios: Mapping[str, Sequence[Mapping[str, Value]]]

    @classmethod
    def drawn(cls, table: Table, seed: int) -> "World":
        """Of the repetition with this seed."""
        count = len(table.samples)
        numbers = np.random.default_rng(seed).choice(count, round(PART * count), replace=False)
        part = table.part(sorted(numbers.tolist()))
        portfolios = {family: [part.samples[row] for row in learn(part, family)] for family in part.families}
        return cls(part, Rows(part), portfolios)

    def seconds(self, data: str, budget: float, workers: int) -> float:
        """How long a search on a data set may take, for a budget in mean times of a configuration trained to the end."""
        return budget * float(self.table.costs[list(self.table.curves).index(data)].mean()) / workers


@dataclass(frozen=True)
class Outcome:
    """What one strategy came to. Arrays are by data set and repetition.

    Args:
        best: the best score at each moment of `GRID`, too.
        test: of the configuration with the best score, at its best epoch.
        processor: seconds that its searches took.
    """

    best: NDArray[np.float64]
    test: NDArray[np.float64]
    trials: NDArray[np.float64]
    processor: float


def outcome(worlds: Sequence[World], name: str, budget: float, workers: int) -> Outcome:
    """Replays a strategy on all data sets, once in every world."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    began = time.process_time()
    best, test, trials = [], [], []
    for data in worlds[0].table.curves:
        for seed, world in enumerate(worlds):
            seconds = world.seconds(data, budget, workers)
            setting = Setting(world.table.space, world.rows, seed, seconds, world.portfolios[world.table.family(data)])
            history = Search(world.table, world.rows, data, STRATEGIES[name](setting), seconds, workers).replay()
            best.append(np.maximum(_best(history, seconds), _floor(world.table, data)))
            test.append(_test(world.table, data, history))
            trials.append(history.trials)
    shape = (-1, len(worlds))
    processor = time.process_time() - began
    return Outcome(np.reshape(best, (*shape, len(GRID))), np.reshape(test, shape), np.reshape(trials, shape), processor)


def _floor(table: Table, data: str) -> float:
    """What counts as found before anything is: the worst first epoch."""
    return min(float(curve.scores[0]) for curve in table.curves[data] if curve.scores.size)


def _best(history: History, seconds: float) -> NDArray[np.float64]:
    moments = np.array([at / seconds for at, _, _ in history.found])
    scores = np.array([0.0, *(score for _, score, _ in history.found)])
    return scores[np.searchsorted(moments, GRID, side="right")]


def _test(table: Table, data: str, history: History) -> float:
    # Of a run that was stopped the table knows the test score of its best epoch of all: close enough, and the same for every strategy.
    return table.curves[data][history.found[-1][2]].test if history.found else 0.0


def time_to(target: NDArray[np.float64], best: NDArray[np.float64]) -> NDArray[np.float64]:
    """By data set: the share of the time after which the mean of repetitions has reached a score; infinite where it does not.

    Args:
        target: by data set.
        best: by data set, repetition and moment.
    """
    reached = best.mean(axis=1) >= target[:, None] - 1e-9
    return np.where(reached.any(axis=1), GRID[reached.argmax(axis=1)], np.inf)


def report(worlds: Sequence[World], outcomes: Mapping[str, Outcome]) -> None:
    """Prints the tables of a comparison."""
    names = list(worlds[0].table.curves)
    top = np.array([world.table.bests.max(axis=1) for world in worlds]).T
    base = outcomes[BASE].best[:, :, -1].mean(axis=1)
    random = np.random.default_rng(0)
    columns = "".join(f"{f'@{share:.0%}':>7}" for share in SHARES)
    print(f"\n{'':14}{'time':>6} {'95 %':>13}{columns} {'95 % at the end':>16}{'test':>7}{'trials':>8}{'seconds':>9}")
    for name, own in outcomes.items():
        regret = 100 * (top[:, :, None] - own.best)
        at = "".join(f"{regret[:, :, np.searchsorted(GRID, share - 1e-9)].mean():7.2f}" for share in SHARES)
        draws = [_drawn(own, outcomes[BASE], regret[:, :, -1], random) for _ in range(300)]
        times, ends = (
            np.percentile([draw[0] for draw in draws], [2.5, 97.5], method="nearest"),
            np.percentile([draw[1] for draw in draws], [2.5, 97.5]),
        )
        middle = np.median(time_to(base, own.best))
        print(
            f"{name:14}{_share(middle):>6} {_share(times[0]):>6}..{_share(times[1]):5}{at} {ends[0]:7.2f} ..{ends[1]:6.2f}"
            f"{own.test.mean():7.4f}{own.trials.mean():8.1f}{own.processor:9.1f}"
        )
    for title, cell in (
        ("time to plain Optuna's final score, by data set", lambda own: [_share(value) for value in time_to(base, own.best)]),
        (
            "regret at the end in points, by data set",
            lambda own: [f"{value:.2f}" for value in 100 * (top - own.best[:, :, -1]).mean(axis=1)],
        ),
        ("test accuracy, by data set", lambda own: [f"{value:.3f}" for value in own.test.mean(axis=1)]),
    ):
        print(f"\n{title}\n{'':14}" + "".join(f"{data[:12]:>13}" for data in names))
        for name, own in outcomes.items():
            print(f"{name:14}" + "".join(f"{text:>13}" for text in cell(own)))


def _drawn(own: Outcome, base: Outcome, regret: NDArray[np.float64], random: np.random.Generator) -> tuple[float, float]:
    """The median time and mean regret of one draw of data sets, and of repetitions within each."""
    sets = random.integers(len(regret), size=len(regret))
    seeds = random.integers(regret.shape[1], size=(len(regret), regret.shape[1]))
    best, target = own.best[sets[:, None], seeds], base.best[sets[:, None], seeds, -1].mean(axis=1)
    return float(np.median(time_to(target, best))), float(regret[sets[:, None], seeds].mean())


def _share(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else ">1"


def main() -> None:
    """Replays and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument(
        "--strategies", nargs="+", choices=STRATEGIES, default=list(STRATEGIES), help=f"beside {BASE}, which is always there"
    )
    parser.add_argument("--budgets", nargs="+", choices=BUDGETS, default=list(BUDGETS))
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="4 repetitions, 1 worker")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.repetitions, chosen.workers = 4, [1]
    table = read_table(chosen.table)
    worlds = [World.drawn(table, seed) for seed in range(chosen.repetitions)]
    names = [BASE, *(name for name in chosen.strategies if name != BASE)]
    print(f"{len(table.samples)} configurations, {PART:.0%} of them in each of {len(worlds)} repetitions, {len(table.curves)} data sets")
    for budget in chosen.budgets:
        for workers in chosen.workers:
            print(
                f"\n== {budget}: as long as {BUDGETS[budget]} configurations to the end, {workers} worker{'s' * (workers > 1)}", flush=True
            )
            with ProcessPoolExecutor(chosen.processes) as pool:
                outcomes = {name: pool.submit(outcome, worlds, name, BUDGETS[budget], workers) for name in names}
                report(worlds, {name: future.result() for name, future in outcomes.items()})


if __name__ == "__main__":
    main()
