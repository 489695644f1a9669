"""The winner's models made one: its network and those that were trained again on other splits, blended with the linear model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotune.config import Metric
from autotune.ensemble import write_ensemble
from autotune.search.ledger import Ledger
from autotune.search.limits import Footprint
from autotune.search.simple_models import SimpleModels
from autotune.storage.confirmations import Confirmations
from autotune.storage.leaderboard import ensemble_folder

_FEWEST = 2
_WEIGHT = 0.5
"""What the linear model counts: as much as all networks together. Weights chosen on held-out texts did no better."""
_WORSE = 1.5
"""A linear model that makes so many times the mistakes of the networks is left out."""


@dataclass(frozen=True)
class Assembly:
    """What an ensemble consists of.

    Args:
        trial: of its first network.
        members: the networks' folders.
        linear_weight: what the linear model counts; 0: there is none.
    """

    trial: int
    members: tuple[Path, ...]
    linear_weight: float

    @property
    def facts(self) -> dict[str, Any]:
        """As it is stored."""
        return {"networks": len(self.members), "linear_weight": self.linear_weight}


def assemble(ledger: Ledger, confirmations: Confirmations, models: SimpleModels) -> Assembly | None:
    """Writes the ensemble of the winner into the folder of the study; None where it would be of one network alone.

    The networks count alike, and the linear model as much as all of them, unless it is far worse by its validation score and the honest
    score of the winner. It is fitted on the validation texts too, as the networks that were trained again have seen most of them.
    """
    winner = ledger.winner
    members = _members(ledger, confirmations, winner) if winner is not None else []
    if winner is None or len(members) < _FEWEST:
        return None
    linear = None
    metric, honest = ledger.plan.metric, ledger.honest_score
    # Nobody has measured what the linear model takes of a limit.
    if models.linear is not None and honest is not None and not ledger.plan.limits:
        good = _is_good_enough(models.linear.validation[metric], honest, metric)
        linear = models.refitted() if good else None
    weight = _WEIGHT if linear is not None else 0.0
    write_ensemble(ensemble_folder(ledger.shelf.folder), members, linear, weight)
    return Assembly(winner, tuple(members), weight)


def is_current(ledger: Ledger, confirmations: Confirmations, facts: dict[str, Any] | None) -> bool:
    """Whether the ensemble that is stored is of what there is; also where there is none, and none can be made."""
    winner = ledger.winner
    members = _members(ledger, confirmations, winner) if winner is not None else []
    if len(members) < _FEWEST:
        return facts is None
    return facts is not None and facts["networks"] == len(members) and ensemble_folder(ledger.shelf.folder).is_dir()


def _members(ledger: Ledger, confirmations: Confirmations, winner: int) -> list[Path]:
    """The winner's network and those of its runs, as many as the limits allow together."""
    found, total = [ledger.shelf.model(winner)], Footprint.of_result(ledger.result(winner))
    for (trial, run), result in sorted(confirmations.results.items()):
        folder = ledger.shelf.run_model(trial, run)
        if trial != winner or not folder.is_dir():
            continue
        if limits := ledger.plan.limits:
            more = Footprint.of_result(result)
            if total is None or more is None or not limits.allow(total + more):
                break
            total = total + more
        found.append(folder)
    return found


def _is_good_enough(score: float, honest: float, metric: Metric) -> bool:
    """Whether a linear model with this score does not make far more mistakes than a network with that one."""
    if metric == "log_loss":
        return score <= _WORSE * honest
    return 1 - score <= _WORSE * (1 - honest)
