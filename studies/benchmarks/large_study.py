"""A study of 10,000 trials: what it costs to look at it and to copy it.

    .venv/bin/python studies/benchmarks/large_study.py             # what large_study.txt holds; a minute on a free core

Each command is a process of its own, as a user starts it. Times are of the processor (user and system, the median of several runs,
with an almost empty study of 10 trials in turn with the large one), memory is the largest resident size.
"""

import argparse
import datetime
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autotune.agent.proposing.rungs import GRACE
from autotune.config import Config
from autotune.config_file import write_config
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.leaderboard import RESULT, model_folder
from autotune.storage.liveness import PROCESS, Process
from autotune.storage.studies import create_study

Drawn = list[tuple[str, float, str]]
"""The parameters of a trial: name, value as stored, and distribution."""

EPOCHS = 9
"""Of a trial on average: so many intermediate values are stored of it."""

PLAN = {
    "metric": "accuracy",
    "trials": 20_000,
    "seconds": None,
    "seed": 0,
    "workers": 2,
    "fingerprint": "0" * 16,
    "source": {"data": "reviews.csv"},
    "space": {"name": "full"},
}
PARAMETERS = 22  # of a trial in the space `full`, more or less
COMMANDS = (("studies",), ("studies", "show", "large"), ("studies", "copy", "large", "--to"))


def drawn_at_random(draw: random.Random) -> Drawn:
    """As many parameters as a trial has, of no space."""
    distribution = json.dumps({"name": "FloatDistribution", "attributes": {"step": None, "low": 0.0, "high": 1.0, "log": False}})
    return [(f"section{parameter % 12}.parameter{parameter}", draw.random(), distribution) for parameter in range(PARAMETERS)]


def drawn_from(space: dict[str, Any], different: int = 1000) -> Callable[[random.Random], Drawn]:
    """Trials of a search space, as it is stored in a plan; so many different ones, as to draw one takes a while."""
    import optuna
    from optuna.distributions import distribution_to_json

    from autotune.spaces.space import SearchSpace

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    read = SearchSpace.from_json(space)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    drawn = []
    for _ in range(different):
        trial = study.ask()
        read.suggest(trial)
        kinds = trial.distributions
        drawn.append(
            [(name, kinds[name].to_internal_repr(value), distribution_to_json(kinds[name])) for name, value in trial.params.items()]
        )
    return lambda draw: draw.choice(drawn)


def build(path: Path, trials: int, plan: dict[str, Any] = PLAN, drawn: Callable[[random.Random], Drawn] = drawn_at_random) -> None:
    """A study as a search leaves it, written by plain SQL: Optuna would need minutes."""
    draw = random.Random(0)
    create_study(open_storage(storage_url(str(path))), "large", True, plan)
    best = (0.0, 0)
    began = datetime.datetime(2026, 1, 1)
    with sqlite3.connect(path) as connection:
        for number in range(trials):
            score, epochs = draw.uniform(0.5, 0.9), draw.randint(1, 2 * EPOCHS - 1)
            state = draw.choice(("COMPLETE", "PRUNED", "PRUNED", "FAIL"))
            at = [str(began + datetime.timedelta(seconds=number + after, microseconds=1)) for after in (0, 30)]
            trial = connection.execute(
                "INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete) VALUES (?, 1, ?, ?, ?)",
                (number, state, *at),
            ).lastrowid
            connection.executemany(
                "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (?, ?, ?)",
                [
                    (trial, "fingerprint", f'"{number:016x}"'),
                    (trial, GRACE, "1"),
                    (trial, PROCESS, json.dumps(asdict(Process("host", "0" * 36, 1000, "1000")))),
                    (trial, RESULT, json.dumps(_result(score, epochs) if state != "FAIL" else {"cause": "out of memory"})),
                ],
            )
            parameters = drawn(draw)
            relative = json.dumps({name: value for name, value, _ in parameters})  # as the sampler stores them
            connection.execute(
                "INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (?, 'tpe:relative_params:0', ?)",
                (trial, json.dumps(relative)),
            )
            connection.executemany(
                "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, ?)",
                [(trial, *parameter) for parameter in parameters],
            )
            connection.executemany(
                "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) "
                "VALUES (?, ?, ?, 'FINITE')",
                [(trial, epoch, draw.random()) for epoch in range(1, epochs + 1)],
            )
            if state != "FAIL":
                best = max(best, (score, number))
            if state == "COMPLETE":
                connection.execute(
                    "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, 0, ?, 'FINITE')", (trial, score)
                )
    model = model_folder(path.parent / "large", best[1])
    model.mkdir(parents=True)
    (model / "config.yaml").write_text(write_config(Config()), encoding="utf-8")


def _result(score: float, epochs: int) -> dict[str, Any]:
    return {
        "score": score,
        "cause": "finished",
        "best_epoch": epochs,
        "epochs": epochs,
        "seconds": 29.125,
        "parameters": 2_003_003,
        "validation": {"accuracy": score, "macro_f1": score - 0.01234567890123, "log_loss": 1.0520228147506714},
        "train_loss": 1.062859058380127,
    }


def measure(database: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """Processor seconds and MB of one command."""
    arguments = [sys.executable, "-m", "autotune", *command, "--storage", str(database)]
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(sys.executable, arguments)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Builds both studies, measures each command on them in turn, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sizes = {trials: Path(scratch) / str(trials) / "a.db" for trials in (10, given.trials)}
        for trials, path in sizes.items():
            build(path, trials)
        print(f"database of {given.trials:,} trials: {sizes[given.trials].stat().st_size / 2**20:.0f} MB; medians of {given.runs} runs")
        print(f"{'autotune':<24} {'trials':>7}  {'processor s':>11}  {'from':>5} {'to':>5}  {'memory MB':>9}")
        for command in COMMANDS:
            found: dict[int, list[tuple[float, float]]] = {trials: [] for trials in sizes}
            for run in range(given.runs):
                for trials, path in sizes.items():
                    to = (str(Path(scratch) / f"copy-{trials}-{run}" / "b.db"),) if command[-1] == "--to" else ()
                    found[trials].append(measure(path, (*command, *to)))
            for trials, pairs in found.items():
                seconds = [pair[0] for pair in pairs]
                numbers = f"{statistics.median(seconds):>11.2f}  {min(seconds):>5.2f} {max(seconds):>5.2f}"
                print(f"{' '.join(command):<24} {trials:>7,}  {numbers}  {max(pair[1] for pair in pairs):>9.0f}")


if __name__ == "__main__":
    main()
