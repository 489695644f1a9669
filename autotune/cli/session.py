"""What `search` and `resume` have in common: the search itself, and its end on the terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import typer

from autotune.agent.events import Event, Watch
from autotune.agent.ledger import Ledger
from autotune.agent.plan import SearchPlan
from autotune.api.result import result_of
from autotune.api.session import Session, conduct
from autotune.cli.console import err, out, reader_gone
from autotune.cli.next_commands import next_commands, storage_option
from autotune.cli.options import written
from autotune.config import MAXIMIZED
from autotune.errors import AutotuneError, Interrupted
from autotune.watching.json_lines import SCHEMA, JsonLines
from autotune.watching.search import before, watching
from autotune.words import count, duration


def run(session: Session, as_json: bool = False) -> None:
    """Searches until the budget is spent, then shows the result; after Ctrl-C says how to go on (exit code 130).

    Args:
        as_json: writes events and result to standard output, one a line.
    """
    lines = JsonLines(sys.stdout) if as_json else None
    try:
        if lines is not None:
            _write(lambda: lines.write("start", _start(session)))
        ending = conduct(session, lambda plan, ledger: _watching(session.name, plan, ledger, lines))
    except Interrupted:  # before the trials began, at their end, or twice
        stop = Interrupted(f"`autotune resume {session.name}{storage_option(session.url)}` goes on")
        if lines is not None:
            _write(lambda: lines.error("interrupted", stop.hint, 130))
        raise stop from None
    except AutotuneError as problem:
        resume = f"autotune resume {session.name}"  # whoever searches knows of no --storage
        problem.hint = problem.hint and problem.hint.replace(resume, resume + storage_option(session.url))
        if lines is not None:
            message, hint, code = problem.message, problem.hint, problem.exit_code
            _write(lambda: lines.error(message, hint, code))
        raise
    stopped = ending == "stopped"
    result = result_of(session.url, session.name, session.folder, stopped, len(session.dataset.validation))
    commands = next_commands(session, result.winner is not None, stopped)
    if lines is not None:
        _write(lambda: lines.write("result", {**result.to_json(), "next": [command for command, _ in commands]}))
    else:
        for line in ["", *result.text(), "", "next", *(f"  {command}" + (f"   # {why}" if why else "") for command, why in commands)]:
            out().print(line)
    if stopped:
        raise typer.Exit(130)


@contextmanager
def _watching(name: str, plan: SearchPlan, ledger: Ledger, lines: JsonLines | None) -> Iterator[Watch]:
    err().print(_intention(plan, ledger), soft_wrap=True)
    live = lines is None or not sys.stdout.isatty()  # a picture and lines would write over each other
    with watching(err(), plan, name, before(ledger), live) as watch:
        if lines is None:
            yield watch
            return

        def both(event: Event) -> None:
            _write(lambda: lines.watch(event))
            watch(event)

        yield both


def _write(line: Callable[[], None]) -> None:
    """Writes a line, and ends the search where nobody reads it any more; all trials are kept."""
    try:
        line()
    except BrokenPipeError:
        reader_gone()


def _start(session: Session) -> dict[str, Any]:
    """The first line of `--json`."""
    plan = session.plan
    return {
        "schema": SCHEMA,
        "autotune": version("autotune"),
        "study": session.name,
        "metric": plan.metric,
        "maximize": MAXIMIZED[plan.metric],
        "budget": {"seconds": plan.seconds, "trials": plan.trials, "epochs": plan.epochs},
        "seed": plan.seed,
        "labels": list(session.dataset.labels),
        "rows": {"train": len(session.dataset.train), "validation": len(session.dataset.validation), "test": session.dataset.test_rows},
    }


def _intention(plan: SearchPlan, ledger: Ledger) -> str:
    """What is going to be done, in one line."""
    totals = []
    if plan.seconds is not None:
        kept = [f"{plan.confirming:g}s to confirm the winner"] if plan.confirming else []
        kept += [f"{plan.reserved:g}s to test it"] if plan.reserved else []
        totals.append(written(plan.seconds) + (f" ({', '.join(kept)})" if kept else ""))
    totals += [count(total, noun) for total, noun in ((plan.trials, "trial"), (plan.epochs, "epoch")) if total is not None]
    done = f"; so far {duration(ledger.searched_seconds)}, {count(ledger.finished, 'trial')}" if ledger.searched_seconds else ""
    limits = f", models of at most {plan.limits}" if plan.limits else ""
    return f"plan: {' or '.join(totals)}{limits}{done}"
