"""`autotune plan`"""

from typing import TYPE_CHECKING

import typer

from autotune.cli.options import (
    DEFAULT_BUDGET,
    Budget,
    Data,
    Fixed,
    LabelColumn,
    MetricName,
    Objective,
    Seed,
    Space,
    Test,
    TestFraction,
    TextColumn,
    Trials,
    Unlabeled,
    Validation,
    ValidationFraction,
    Workers,
    assignments,
    data_source,
    written,
)
from autotune.quantities import seconds

if TYPE_CHECKING:
    from rich.console import Console

    from autotune.agent.ending.simple_models import SimpleModels
    from autotune.agent.outlook import Outlook
    from autotune.agent.plan import SearchPlan
    from autotune.agent.working.timing import EncoderTime

_FEW = 10
"""Trials; below, chance decides more than the search."""


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("plan")(plan_command)


def plan_command(
    data: Data = None,
    test: Test = None,
    validation: Validation = None,
    unlabeled: Unlabeled = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    test_fraction: TestFraction = 0.1,
    validation_fraction: ValidationFraction = 0.1,
    space: Space = "quick",
    fixed: Fixed = None,
    metric: Objective = MetricName.accuracy,
    budget: Budget = None,
    trials: Trials = None,
    workers: Workers = 0,
    seed: Seed = 0,
) -> None:
    """Look at the data and say what a search would do, without searching.

    Shows the data's card, the baselines' scores, how long an epoch of each encoder takes on this machine, and what the budget buys.
    It takes some seconds, and stores nothing.

    \b
    Examples:
      autotune plan --data reviews.csv
      autotune plan --data reviews.csv --budget 5m --space full
      autotune plan --data reviews.csv --trials 50 --set encoder.name=gru
    """
    allowed = seconds(budget if budget or trials else DEFAULT_BUDGET)
    values = assignments(fixed or [])
    source = data_source(data, validation, test, text, label, validation_fraction, test_fraction, seed, unlabeled)

    from autotune.agent.pretraining import check_pretraining
    from autotune.cli.console import caution, note, out
    from autotune.spaces.files import read_space

    chosen, remarks = check_pretraining(read_space(space).fix(values), source.unlabeled)
    caution(chosen.config(chosen.defaults()))

    from autotune.agent.ending.simple_models import SimpleModels
    from autotune.agent.outlook import outlook
    from autotune.agent.plan import SearchPlan
    from autotune.agent.working.apart import from_server
    from autotune.agent.working.timing import encoder_times
    from autotune.data.card import data_card
    from autotune.data.dataset import load_dataset
    from autotune.reports.data_card import card_lines

    from_server()  # it imports torch while the data is read
    dataset = load_dataset(source)
    for remark in (*remarks, *dataset.notes):
        note(f"note: {remark}")
    plan = SearchPlan(source, dataset.fingerprint, chosen, metric.value, trials, allowed, seed, workers).with_reserve(dataset.test_rows)

    console = out()
    models = SimpleModels(dataset, plan.metric)
    models.begin()
    console.print(f"data {dataset.name}")
    _print_table(console, card_lines(data_card(dataset)))

    times: list[EncoderTime] = []
    for time in encoder_times(chosen, dataset, plan.worker_count(), before=lambda: _show_baselines(console, plan, models)):
        times.append(time)
        _show_time(console, time)
    console.print("\nplan")
    for line in plan_lines(plan, outlook(plan, times)):
        console.print(f"  {line}")
    console.print("\n`autotune search` with the same options does it")


def _show_baselines(console: "Console", plan: "SearchPlan", models: "SimpleModels") -> None:
    models.wait()
    console.print(f"\nto beat ({plan.metric} on the texts to compare on)")
    _print_table(console, [(baseline.name, f"{baseline.validation[plan.metric]:.4f}") for baseline in models.fitted])
    for problem in models.problems:
        console.print(f"  {problem}")
    console.print(f"\none epoch with each encoder ({_workers(plan)})")


def _show_time(console: "Console", time: "EncoderTime") -> None:
    found = f"not timed: {time.problem}" if time.epoch is None else span(time.epoch)
    console.print(f"  {time.encoder:<6}  {found}")


def plan_lines(plan: "SearchPlan", expected: "Outlook") -> list[str]:
    """The plan in plain sentences."""
    from autotune.words import count

    lines = [_time(plan), _judged(expected)]
    if expected.trials is not None:
        enough = f"about {count(expected.trials, 'trial')}" if expected.trials else "no whole trial"
        lines.append(f"the time is enough for {enough}{_ends(expected)}")
        if expected.trials < _FEW:
            fastest = max(expected.by_encoder, key=lambda name: expected.by_encoder[name])
            faster = f", or add --set encoder.name={fastest}" if len(expected.by_encoder) > 1 else ""
            lines.append(f"that is little to choose from: give more time{faster}")
    if expected.seconds is not None and plan.trials is not None:
        lines.append(f"{count(plan.trials, 'trial')} take about {span(expected.seconds)}")
    return lines


def _time(plan: "SearchPlan") -> str:
    if plan.seconds is None or plan.search_seconds is None:
        return f"no limit of time; {_workers(plan)}"
    parts = [f"{span(plan.search_seconds)} for trials"]
    if plan.confirming:
        parts.append(f"{span(plan.confirming)} to train the best {plan.finalists} again")
    if plan.reserved:
        parts.append(f"{span(plan.reserved)} for the test")
    return f"{written(plan.seconds)}: {', '.join(parts)}; {_workers(plan)}"


def _judged(expected: "Outlook") -> str:
    from autotune.words import count

    if not expected.rungs:
        return f"trials have at most {count(expected.max_epochs, 'epoch')}, too few to be compared in between"
    *most, last = map(str, expected.rungs)
    rungs = f"epochs {', '.join(most)} and {last}" if most else f"epoch {last}"
    return (
        f"trials are compared after {rungs} of at most {expected.max_epochs}, and the better half goes on: "
        f"about {expected.epochs:.1f} epochs a trial"
    )


def _ends(expected: "Outlook") -> str:
    """What the number of trials would be with the slowest and the fastest encoder alone."""
    ordered = sorted(expected.by_encoder.items(), key=lambda item: item[1])
    if len(ordered) < 2:
        return ""
    (slow, fewest), (fast, most) = ordered[0], ordered[-1]
    return f" ({fewest:,} if all were {slow}, {most:,} if all were {fast})"


def _workers(plan: "SearchPlan") -> str:
    from autotune.agent.plan import cores, visible_gpus
    from autotune.words import count

    workers, gpus = plan.worker_count(), visible_gpus()
    means = f"on {count(len(gpus), 'GPU')}" if gpus else f"of {count(max(1, cores() // workers), 'thread')}"
    return f"{count(workers, 'worker')} {means}"


def span(seconds: float) -> str:
    """A time as short as it is sure: `0.04s`, `1.2s`, `12s`, `2m 05s`."""
    from autotune.words import duration

    return f"{seconds:.2g}s" if seconds < 10 else duration(seconds)


def _print_table(console: "Console", rows: list[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        console.print(f"  {name:<{width}}  {value}")
