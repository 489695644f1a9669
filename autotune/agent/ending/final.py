"""The end of a search: the winner and the baselines on the test split, read once."""

from dataclasses import asdict, dataclass
from typing import Any

import optuna

from autotune.agent.ending.assembly import assemble, is_current
from autotune.agent.ending.podium import Podium
from autotune.agent.ending.simple_models import SimpleModels
from autotune.agent.events import FinalTestStarted, Remark, Watch
from autotune.agent.working.apart import probabilities
from autotune.config import Metric
from autotune.data.dataset import Dataset, load_test
from autotune.metrics import intervals, scores
from autotune.storage.leaderboard import FINAL


@dataclass(frozen=True)
class Final:
    """What the winner is worth on texts that decided nothing."""

    trial: int
    rows: int
    test: dict[Metric, float]
    intervals: dict[Metric, tuple[float, float]]
    """95 %, bootstrap over the test texts."""
    baselines: dict[str, dict[Metric, float]]
    notes: tuple[str, ...]
    ensemble: dict[str, Any] | None = None
    """What it consists of, and its scores as `test` and `intervals`; None: there is none."""


def judge(study: optuna.Study, podium: Podium, dataset: Dataset, models: SimpleModels, watch: Watch) -> Final | None:
    """Makes the ensemble, and scores the winner, the ensemble and the baselines on the test split; None where there is none.

    The result is stored: as long as the winner is the same, the split is not read again. Baselines that an earlier session has fitted
    are fitted again, which takes its time.
    """
    winner = podium.winner
    if winner is None:
        return None
    stored = study.user_attrs.get(FINAL)
    if stored is not None and stored["trial"] == winner and is_current(podium, stored.get("ensemble")):
        return from_json(stored)
    if not models.begun:
        watch(Remark("the baselines are fitted again, for the test texts"))
    if dataset.has_test:
        watch(FinalTestStarted(dataset.test_rows))
    models.wait()
    assembly = assemble(podium, models)
    if not dataset.has_test:
        return None
    test = load_test(podium.plan.source, dataset)
    members = (podium.ledger.shelf.model(winner),) if assembly is None else assembly.members
    networks = probabilities(members, test.texts)
    found, ensemble = networks[0], None
    if assembly is not None:
        together = assembly.probabilities(networks, test.texts)
        ensemble = {**assembly.facts, "test": scores(together, test.labels), "intervals": intervals(together, test.labels)}
    final = Final(
        trial=winner,
        rows=len(test.texts),
        test=scores(found, test.labels),
        intervals=intervals(found, test.labels),
        baselines={baseline.name: scores(baseline.probabilities(test.texts), test.labels) for baseline in models.fitted},
        notes=test.notes,
        ensemble=ensemble,
    )
    study.set_user_attr(FINAL, asdict(final))
    return final


def from_json(stored: dict[str, Any]) -> Final:
    """The inverse of `dataclasses.asdict`."""
    bounds = {metric: (low, high) for metric, (low, high) in stored["intervals"].items()}
    return Final(**{**stored, "intervals": bounds, "notes": tuple(stored["notes"])})
