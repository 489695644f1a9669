"""What `autotune studies show` shows of one trial, and of what a search decided."""

from typing import Any

from autotune.cli.console import out, print_table


def show_trial(url: str, study: str, number: int) -> None:
    """The configuration of a trial, its curve, what it cost, and the decisions on it."""
    from autotune.reports.summary import configuration
    from autotune.storage.engine import reading
    from autotune.storage.facts import read_curve, read_decisions, read_resources
    from autotune.storage.trials import read_trial
    from autotune.words import size

    with reading(url) as connection:
        trial = read_trial(connection, study, number)
        curve = read_curve(connection, study, number)
        resources = read_resources(connection, study, number)
        decisions = read_decisions(connection, study, number)
    console, metric = out(), trial.plan["metric"]
    score = f", {metric} {trial.result['score']:.4f} after epoch {trial.result['best_epoch']}" if "score" in trial.result else ""
    state = trial.state.lower()
    cause = f" ({trial.cause})" if trial.cause not in ("", state) else ""
    if "in" in trial.result:  # left behind
        cause = f" ({trial.cause} in {trial.result['in']}: {trial.result['why']})"
    console.print(f"study {study}, trial {number}: {state}{cause}{score}")
    if trial.config is not None:
        console.print("\nconfiguration")
        for line in configuration(trial.config):
            console.print(f"  {line}")
    elif trial.sample:
        console.print("\nparameters, of a space that is not the study's of today")
        for path, value in trial.sample.items():
            console.print(f"  {path} {value}")
    if curve or trial.values:
        console.print()
    best = trial.result.get("best_epoch")
    if curve:
        head = ("epoch", "train loss", "validation loss", "accuracy", "macro F1", "log loss")
        rows = [
            (str(point.epoch), *(f"{value:.4f}" for value in _numbers(point)), *(["<- best"] if point.epoch == best else [""]))
            for point in curve
        ]
        print_table(console, (*head, ""), rows)
    elif trial.values:
        values = [(str(epoch), f"{value:.4f}", "<- best" if epoch == best else "") for epoch, value in trial.values.items()]
        print_table(console, ("epoch", metric, ""), values)
    if resources is not None:
        where = "the processor" if resources.device == "cpu" else f"GPU {resources.device}"
        console.print(f"\ntook {resources.seconds:.1f}s on {where}, {resources.processor_seconds:.1f}s of processor time")
        memory = [f"{size(resources.peak_memory)} resident" if resources.peak_memory else ""]
        memory += [f"{size(resources.peak_gpu_memory)} on the GPU" if resources.peak_gpu_memory else ""]
        if any(memory):
            console.print(f"peak memory of its process: {', '.join(filter(None, memory))}")
        if resources.parameters is not None:
            console.print(", ".join([f"{resources.parameters:,} parameters", *_measured(trial.result)]))
    if decisions:
        console.print("\ndecisions")
        _print_decisions(console, decisions, of_one=True)


def _measured(result: dict[str, Any]) -> list[str]:
    """What a model takes, where limits had it measured."""
    latency = result.get("latency")
    return ([f"{result['size']:,} bytes"] if "size" in result else []) + ([f"{1000 * latency:.2f} ms a text"] if latency else [])


def show_decisions(url: str, study: str) -> None:
    """Every decision of a search, in their order."""
    from autotune.storage.engine import reading
    from autotune.storage.facts import read_decisions
    from autotune.storage.leaderboard import find_study

    with reading(url) as connection:
        find_study(connection, study)
        decisions = read_decisions(connection, study)
    if decisions:
        _print_decisions(out(), decisions, of_one=False)
    else:
        out().print(f"study {study}: no decisions are stored")


def _numbers(point: Any) -> tuple[float, ...]:
    return point.train_loss, point.validation_loss, point.accuracy, point.macro_f1, point.log_loss


def _print_decisions(console: Any, decisions: list[Any], of_one: bool) -> None:
    from datetime import UTC

    rows = []
    for decision in decisions:
        at = decision.at.replace(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        trial = () if of_one else (str(decision.trial) if decision.trial is not None else "-",)
        rows.append((at, *trial, decision.kind, decision.evidence))
    print_table(console, ("when", *(() if of_one else ("trial",)), "decision", "evidence"), rows)
