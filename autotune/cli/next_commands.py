"""What may be typed after a search."""

import os
import shlex

from autotune.agent.plan import SearchPlan
from autotune.api.session import Session
from autotune.cli.options import DEFAULT_STORAGE, written
from autotune.storage.address import sqlite_path, storage_url, without_password
from autotune.storage.leaderboard import ensemble_folder


def next_commands(session: Session, won: bool, stopped: bool) -> list[tuple[str, str]]:
    """Commands, each with a word on it.

    Args:
        won: whether there is a model.
        stopped: whether a signal has ended the search.
    """
    where, name = storage_option(session.url), session.name
    commands = [(f"autotune resume {name}{where}", "")] if stopped else []
    if won:
        commands.append((f"autotune export {name}{where} --to best/", "the model, ready for `autotune predict best/ texts.csv`"))
        if ensemble_folder(session.folder).is_dir():
            commands.append((f"autotune export {name}{where} --ensemble --to best/", "the best networks as one"))
        commands.append((f"autotune report {name}{where}", "all of it on one page"))
    if not stopped:
        commands.append((f"autotune resume {name}{where} {_more(session.plan)}", "search on"))
    return [*commands, (f"autotune dashboard{where}", "look at the trials")]


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
