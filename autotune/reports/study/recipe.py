"""How to do a search again, or train its winner: commands, versions, seeds, fingerprints, the machine."""

import os
import platform
import shlex
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial

from autotune.data.dataset import BUILTIN
from autotune.reports.study.parts import Recipe, Winner
from autotune.storage.liveness import PROCESS
from autotune.storage.records import Resources

_PACKAGES = ("torch", "lightning", "optuna", "scikit-learn", "tokenizers")
_FILES = {"validation": "--validation", "test": "--test", "unlabeled": "--unlabeled", "text": "--text", "label": "--label"}
_FRACTIONS = {"test_fraction": ("--test-fraction", 0.1), "validation_fraction": ("--validation-fraction", 0.1)}
_SAME = {"metric": ("--metric", "accuracy"), "seed": ("--seed", 0), "workers": ("--workers", 0), "finalists": ("--finalists", 3)}
_LIMITS = {"parameters": ("--max-parameters", ""), "size": ("--max-size", "B"), "latency": ("--max-latency", "s")}


def recipe(
    study: str, storage: str, plan: Mapping[str, Any], winner: Winner | None, trials: Sequence[FrozenTrial], cost: Resources | None
) -> Recipe:
    """What to type, with what, on what.

    Args:
        storage: the option that names the database, with a space before it; empty for the usual one.
        cost: what the winner, or another trial, took: where it ran.
    """
    commands = [("the search again", _search(study, plan))]
    if winner is not None:
        commands += [
            (f"trial {winner.trial} alone, its configuration from above saved as best.yaml", _train(plan)),
            ("the model, to keep", f"autotune export {study}{storage} --to best/"),
            ("and to use", "autotune predict best/ texts.csv"),
        ]
    return Recipe(tuple(commands), tuple(_facts(plan, winner, trials, cost)))


def _search(study: str, plan: Mapping[str, Any]) -> str:
    words = ["autotune search", *_data(plan["source"])]
    origin = plan.get("space_origin") or {"name": plan["space"]["name"], "fixed": {}}
    if origin["name"] != "quick":
        words.append(f"--space {shlex.quote(origin['name'])}")
    words += [f"--set {shlex.quote(f'{path}={value}')}" for path, value in origin["fixed"].items()]
    words += [f"{option} {plan[name]}" for name, (option, usual) in _SAME.items() if plan.get(name, usual) != usual]
    if plan.get("strategy", "tpe") != "agent":
        words.append(f"--strategy {plan.get('strategy', 'tpe')}")
    words += [f"--budget {plan['seconds']:g}s"] if plan["seconds"] else []
    words += [f"--{name} {plan[name]}" for name in ("trials", "epochs", "keep") if plan.get(name) and (name, plan[name]) != ("keep", 3)]
    words += [f"--trial-timeout {plan['trial_seconds']:g}s"] if plan.get("trial_seconds") else []
    limits = plan.get("limits") or {}
    words += [f"{option} {limits[name]:g}{unit}" for name, (option, unit) in _LIMITS.items() if limits.get(name)]
    return " ".join([*words, f"--study {shlex.quote(study)}-again"])


def _train(plan: Mapping[str, Any]) -> str:
    seed = plan["source"].get("seed", 0)
    words = ["autotune train best.yaml", *_data(plan["source"])]
    words += [f"--split-seed {seed}"] if seed else []
    words += [f"--metric {plan['metric']}"] if plan["metric"] != "accuracy" else []
    return " ".join([*words, "--to model/"])


def _data(source: Mapping[str, Any]) -> list[str]:
    words = [] if source["data"] == BUILTIN else [f"--data {shlex.quote(source['data'])}"]
    words += [f"{option} {shlex.quote(source[name])}" for name, option in _FILES.items() if source.get(name)]
    words += [f"{option} {source[name]:g}" for name, (option, usual) in _FRACTIONS.items() if source.get(name, usual) != usual]
    return words


def _facts(plan: Mapping[str, Any], winner: Winner | None, trials: Sequence[FrozenTrial], cost: Resources | None) -> list[tuple[str, str]]:
    seeds = f"{plan['seed']} for the search, {plan['source'].get('seed', 0)} for the splits"
    facts = [
        ("searched with", f"autotune {plan.get('autotune', 'of an earlier version')}"),
        ("report made with", f"autotune {version('autotune')}, Python {platform.python_version()}, {_versions()}"),
        ("seeds", seeds),
        ("fingerprint of the data", plan["fingerprint"]),
        ("fingerprint of the search space", plan.get("space_fingerprint", "not known")),
    ]
    if winner is not None:
        facts.append(("fingerprint of the configuration", winner.fingerprint))
    if cost is not None:
        where = "a processor" if cost.device == "cpu" else f"GPU {cost.device}"
        facts.append(("trained on", f"{where}, {cost.threads} thread{'s' if cost.threads > 1 else ''} a worker"))
    hosts = {trial.user_attrs[PROCESS]["host"] for trial in trials if PROCESS in trial.user_attrs}
    same = "the search ran here too" if hosts == {socket.gethostname()} else "the search ran elsewhere" if hosts else ""
    facts.append(("report made on", ", ".join(filter(None, [_machine(), same]))))
    facts.append(("the same again", "bit for bit on a CPU with the same versions and as many threads; else within noise"))
    return facts


def _versions() -> str:
    return ", ".join(f"{name} {version(name)}" for name in _PACKAGES)


def _machine() -> str:
    """`Linux x86_64, Intel(R) Xeon(R), 2 cores`."""
    model = ""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    cores = os.cpu_count() or 1
    return ", ".join(filter(None, [f"{platform.system()} {platform.machine()}", model, f"{cores} core{'s' if cores > 1 else ''}"]))
