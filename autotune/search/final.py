"""The end of a search: the winner and the baselines on the test split, read once."""

from dataclasses import asdict, dataclass
from typing import Any

import optuna

from autotune.config import Metric
from autotune.data.dataset import Dataset, load_test
from autotune.metrics import intervals, scores
from autotune.search.apart import probabilities
from autotune.search.events import Remark, Watch
from autotune.search.ledger import Ledger
from autotune.search.simple_models import SimpleModels
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


def judge(study: optuna.Study, ledger: Ledger, dataset: Dataset, models: SimpleModels, watch: Watch) -> Final | None:
    """Scores the winner and the baselines on the test split; None where the study has none.

    The result is stored: as long as the winner is the same, the split is not read again. Baselines that an earlier session has fitted
    are fitted again, which takes its time.
    """
    winner = ledger.winner
    if not dataset.has_test or winner is None:
        return None
    stored = study.user_attrs.get(FINAL)
    if stored is not None and stored["trial"] == winner:
        return from_json(stored)
    test = load_test(ledger.plan.source, dataset)
    found = probabilities(ledger.shelf.model(winner), test.texts)
    if not models.begun:
        watch(Remark("the baselines are fitted again, for the test texts"))
    models.wait()
    final = Final(
        trial=winner,
        rows=len(test.texts),
        test=scores(found, test.labels),
        intervals=intervals(found, test.labels),
        baselines={baseline.name: scores(baseline.probabilities(test.texts), test.labels) for baseline in models.fitted},
        notes=test.notes,
    )
    study.set_user_attr(FINAL, asdict(final))
    return final


def from_json(stored: dict[str, Any]) -> Final:
    """The inverse of `dataclasses.asdict`."""
    bounds = {metric: (low, high) for metric, (low, high) in stored["intervals"].items()}
    return Final(**{**stored, "intervals": bounds, "notes": tuple(stored["notes"])})
