"""What `search` and `resume` have in common: the search itself, and its end on the terminal."""

import os
import shlex
from contextlib import AbstractContextManager

import typer

from autotune.api.session import Session, conduct
from autotune.cli.console import err, out
from autotune.cli.options import DEFAULT_STORAGE, written
from autotune.config import MAXIMIZED, Config, Metric
from autotune.errors import Interrupted
from autotune.reports.summary import Line, configuration, counts, expectation, results, verdict
from autotune.reports.words import brief, count, duration
from autotune.search.ending.prospect import prospect
from autotune.search.events import Watch
from autotune.search.ledger import Ledger
from autotune.search.plan import SearchPlan
from autotune.storage.address import sqlite_path, storage_url, without_password
from autotune.storage.engine import reading
from autotune.storage.leaderboard import StudyRow, ensemble_folder, read_study
from autotune.watching.search import watching


def run(session: Session) -> None:
    """Searches until the budget is spent, then shows the result; after Ctrl-C says how to go on (exit code 130)."""
    try:
        searched = conduct(session, _watching)
    except Interrupted:  # before the trials began, at their end, or twice
        raise Interrupted(f"`autotune resume {session.name}{storage_option(session.url)}` goes on") from None
    stopped = searched.ending == "stopped"
    _show(session, searched.baselines, stopped)
    if stopped:
        raise typer.Exit(130)


def _watching(plan: SearchPlan, ledger: Ledger) -> AbstractContextManager[Watch]:
    err().print(_intention(plan, ledger), soft_wrap=True)
    return watching(err(), plan, ledger.best)


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


def _show(session: Session, baselines: dict[str, dict[Metric, float]], stopped: bool) -> None:
    console = out()
    url = session.url
    with reading(url) as connection:
        study = read_study(connection, session.name)
    console.print()
    console.print(f"study {session.name}: {counts(study)}" + (", stopped" if stopped else ""))
    winner = study.kept(session.folder)
    if winner is not None:
        config = best_config(session, winner.number)
        metric = session.plan.metric
        lines = results(study, winner, baselines)
        console.print()
        for line in _table(metric, lines, (study.final or {}).get("rows")):
            console.print(line)
        for remark in (study.final or {}).get("notes", ()):
            console.print(f"note: {remark}")
        if sentence := study.better_without_model(session.folder):
            console.print(f"note: {sentence}")
        if sentences := [*filter(None, (expectation(study, winner), _promise(session, study)))]:
            console.print("\n" + "\n".join(sentences))
        if sentence := verdict(metric, lines):
            console.print(f"\nthe baseline wins: {sentence}")
        console.print(f"\nbest configuration (trial {winner.number}: {brief(config)})")
        for line in configuration(config):
            console.print(f"  {line}")
    where = storage_option(url)
    console.print("\nnext")
    if stopped:
        console.print(f"  autotune resume {session.name}{where}")
    if winner is not None:
        console.print(f"  autotune export {session.name}{where} --to best/   # the model, ready for `autotune predict best/ texts.csv`")
        if ensemble_folder(session.folder).is_dir():
            console.print(f"  autotune export {session.name}{where} --ensemble --to best/   # the best networks as one")
    if not stopped:
        console.print(f"  autotune resume {session.name}{where} {_more(session.plan)}   # search on")
    console.print(f"  autotune dashboard{where}   # look at the trials")


def _promise(session: Session, study: StudyRow) -> str | None:
    """What as much searching again may bring."""
    metric, scores = session.plan.metric, [trial.score for trial in study.trials if trial.score is not None]
    found = prospect(scores, metric, len(session.dataset.validation))
    if found is None:
        return None
    if found[0] < 0.00005:
        texts = count(len(session.dataset.validation), "text")
        return f"the best trials differ by no more than chance on {texts} does: as many again promise no gain"
    gain = f"{'+' if MAXIMIZED[metric] else '-'}{found[0]:.4f} +- {found[1]:.4f}"
    return f"as much searching again may be expected to bring {metric} {gain}"


def best_config(session: Session, number: int) -> Config:
    """The configuration of a trial whose model is kept."""
    from autotune.config_file import read_config

    return read_config(session.folder / "trials" / str(number) / "config.yaml")


def _table(metric: str, lines: list[Line], rows: int | None) -> list[str]:
    name = max(len(line.name) for line in lines)
    test = f"test ({rows:,} texts)" if rows else ""
    table = [f"{metric:<{name}}  validation  {test}".rstrip()]
    for line in lines:
        score = f"{line.validation:.4f}" if line.validation is not None else ""
        tested = f"{line.test:.4f}" if line.test is not None else ""
        bounds = f"  (95 % interval {line.interval[0]:.4f} to {line.interval[1]:.4f})" if line.interval else ""
        table.append(f"{line.name:<{name}}  {score:<10}  {tested}{bounds}".rstrip())
    return table


def storage_option(url: str) -> str:
    """The option that names the database, with a space before it; nothing for the usual one. A password has to be written anew."""
    usual = os.environ.get("AUTOTUNE_STORAGE") or DEFAULT_STORAGE
    if url == storage_url(usual):
        return ""
    return f" --storage {shlex.quote(str(sqlite_path(url) or without_password(url)))}"


def _more(plan: SearchPlan) -> str:
    parts = []
    if plan.seconds:
        parts.append(f"--budget {written(2 * plan.seconds)}")
    if plan.trials:
        parts.append(f"--trials {2 * plan.trials}")
    return " ".join(parts)
