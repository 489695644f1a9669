"""Who may win a study, who does, and what is expected of the winner."""

from dataclasses import asdict, dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from autotune.agent.ending.standing import Standing
from autotune.agent.ledger import Ledger
from autotune.config import Config
from autotune.storage.confirmations import Confirmations
from autotune.storage.leaderboard import CONFIRMED, RESULT
from autotune.storage.records import Decision
from autotune.storage.trials import as_written

_CONFIRMED_SECONDS = "autotune:confirmed_seconds"


@dataclass(frozen=True)
class Finalist:
    """One of the best trials.

    Args:
        config: with the seed of the search.
        seconds: that its training took.
    """

    trial: int
    config: Config
    seconds: float


class Podium:
    """The finalists of a study and its winner, as they are stored with it.

    Args:
        confirmations: what came of training finalists again.
    """

    def __init__(self, study: optuna.Study, ledger: Ledger, confirmations: Confirmations) -> None:
        self._study = study
        self.ledger = ledger
        self.plan = ledger.plan
        self.confirmations = confirmations

    def finalists(self, count: int) -> list[Finalist]:
        """The best configurations whose models are on the disk, the best first, each by its best trial."""
        stored, found = self._trials(), dict[str, Finalist]()
        for number, _ in self.ledger.ranked():
            config = self.plan.space.config(as_written(self.plan.space, stored[number].params), seed=self.plan.seed)
            result = stored[number].user_attrs[RESULT]
            found.setdefault(self.ledger.fingerprint(number), Finalist(number, config, result["seconds"]))
        return list(found.values())[:count]

    def result(self, number: int) -> dict[str, Any]:
        """What is stored of a trial that is over."""
        return dict(self._trials()[number].user_attrs[RESULT])

    def parameters(self) -> dict[int, int]:
        """How many numbers the model of each trial with a score has."""
        stored = self._trials()
        return {number: stored[number].user_attrs[RESULT]["parameters"] for number, _ in self.ledger.ranked()}

    def crown(self, standing: Standing, rows: int, resplit: bool) -> None:
        """Stores who wins among the finalists, until the search goes on.

        Args:
            rows: texts that the interval is for.
            resplit: whether the runs were compared on other texts than the trials.
        """
        stored = {**asdict(standing), "runs": {str(trial): list(scores) for trial, scores in standing.runs.items()}}
        stored |= {"rows": rows, "resplit": resplit}
        if stored != self._study.user_attrs.get(CONFIRMED):
            self._study.set_user_attr(CONFIRMED, stored)
            self.ledger.decide(Decision(standing.trial, "confirmed", standing.sentence(self.plan.metric)))

    @property
    def winner(self) -> int | None:
        """The trial that wins: the one that was confirmed, or else the best; None where no model is on the disk."""
        confirmed = self._study.user_attrs.get(CONFIRMED)
        if confirmed is not None and confirmed["trial"] in self.ledger.shelf.models():
            return int(confirmed["trial"])
        return self.ledger.best[0] if self.ledger.best is not None else None

    @property
    def expected_score(self) -> float | None:
        """What is expected of the winner on new texts, or else its validation score; None where nobody wins."""
        confirmed = self._study.user_attrs.get(CONFIRMED)
        if confirmed is not None:
            return float(confirmed["score"])
        return None if self.ledger.best is None else self.ledger.best[1]

    @property
    def confirmed_seconds(self) -> float:
        """How long finalists have been trained again, over all sessions."""
        return float(self._study.user_attrs.get(_CONFIRMED_SECONDS, 0.0))

    def confirmed(self, seconds: float) -> None:
        """Stores that."""
        self._study.set_user_attr(_CONFIRMED_SECONDS, round(seconds, 1))

    def _trials(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)
