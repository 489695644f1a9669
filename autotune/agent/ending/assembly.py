"""The finalists' networks made one model, those that were trained again on other splits among them, blended with the linear model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotune.agent.ending.podium import Podium
from autotune.agent.ending.simple_models import SimpleModels
from autotune.agent.limits import Footprint
from autotune.config import Metric
from autotune.ensemble import blended, write_ensemble
from autotune.linear import LinearModel
from autotune.metrics import Probabilities
from autotune.storage.leaderboard import ensemble_folder

MOST_NETWORKS = 8
"""More of them hardly help, and each takes its bytes and its time."""
_FEWEST = 2
_WEIGHT = 0.5
"""What the linear model counts: as much as all networks together. Weights chosen on held-out texts did no better."""
_WORSE = 1.5
"""A linear model that makes so many times the mistakes of the networks is left out."""


@dataclass(frozen=True)
class Assembly:
    """What an ensemble consists of.

    Args:
        members: the networks' folders, that of the winner first.
        linear: beside them; None: there is none.
    """

    members: tuple[Path, ...]
    linear: LinearModel | None

    @property
    def linear_weight(self) -> float:
        """What the linear model counts."""
        return 0.0 if self.linear is None else _WEIGHT

    @property
    def facts(self) -> dict[str, Any]:
        """As it is stored."""
        return {"networks": len(self.members), "linear_weight": self.linear_weight}

    def probabilities(self, networks: Sequence[Probabilities], texts: Sequence[str]) -> Probabilities:
        """Class probabilities [N, C] of texts, from those of the networks."""
        return blended(networks, None if self.linear is None else self.linear.probabilities(texts), self.linear_weight)


def assemble(podium: Podium, models: SimpleModels) -> Assembly | None:
    """Writes the ensemble of the finalists' networks into the folder of the study; None where it would be of one network alone.

    The networks count alike, and the linear model as much as all of them, unless it is far worse by its validation score and what is
    expected of the winner. It is fitted on the validation texts too, as the networks that were trained again have seen most of them.
    """
    members = _members(podium)
    if len(members) < _FEWEST:
        return None
    linear = None
    metric, expected = podium.plan.metric, podium.expected_score
    # Nobody has measured what the linear model takes of a limit.
    if models.linear is not None and expected is not None and not podium.plan.limits:
        good = _is_good_enough(models.linear.validation[metric], expected, metric)
        linear = models.refitted() if good else None
    assembly = Assembly(tuple(members), linear)
    write_ensemble(ensemble_folder(podium.ledger.shelf.folder), members, linear, assembly.linear_weight)
    return assembly


def is_current(podium: Podium, facts: dict[str, Any] | None) -> bool:
    """Whether the ensemble that is stored is of what there is; also where there is none, and none can be made."""
    members = _members(podium)
    if len(members) < _FEWEST:
        return facts is None
    return facts is not None and facts["networks"] == len(members) and ensemble_folder(podium.ledger.shelf.folder).is_dir()


def _members(podium: Podium) -> list[Path]:
    """The networks of the winner, then those of the other finalists, as many as the limits allow together."""
    winner = podium.winner
    trials = [] if winner is None or not podium.plan.finalists else [winner]
    trials += [finalist.trial for finalist in podium.finalists(podium.plan.finalists) if finalist.trial != winner]
    found: list[Path] = []
    total: Footprint | None = None
    for trial in trials:
        runs = [
            (podium.ledger.shelf.run_model(*key), podium.confirmations.results[key])
            for key in sorted(podium.confirmations.results)
            if key[0] == trial
        ]
        for folder, result in ((podium.ledger.shelf.model(trial), podium.result(trial)), *runs):
            if len(found) == MOST_NETWORKS or not folder.is_dir():
                continue
            if limits := podium.plan.limits:
                own = Footprint.of_result(result)
                together = own if own is None or not found or total is None else total + own
                if together is None or not limits.allow(together):
                    return found
                total = together
            found.append(folder)
    return found


def _is_good_enough(score: float, honest: float, metric: Metric) -> bool:
    """Whether a linear model with this score does not make far more mistakes than a network with that one."""
    if metric == "log_loss":
        return score <= _WORSE * honest
    return 1 - score <= _WORSE * (1 - honest)
