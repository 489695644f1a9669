"""When the trials are looked at, and how what a rule finds becomes a trial."""

from collections.abc import Iterator, Sequence
from typing import Any

from optuna.trial import FrozenTrial

from autotune.agent.plan import SearchPlan
from autotune.agent.proposing.diagnosis import Seen, diagnose
from autotune.agent.proposing.openings import Wish
from autotune.config import Config
from autotune.spaces.changes import placed
from autotune.storage.leaderboard import NOT_COUNTED, RESULT
from autotune.storage.trials import as_written

ADVICE = "autotune:advice"
"""The trial attribute with the rule that asked for the trial."""
EVERY = 4
"""After so many trials they are looked at again, and one more is given to what they suggest."""


class Advice:
    """What the trials of a study suggest. It depends on the stored trials alone, so that a resumed search gets the same advice."""

    def __init__(self, plan: SearchPlan) -> None:
        self._plan = plan
        self._seen: dict[int, Seen] = {}

    def wishes(self, stored: Sequence[FrozenTrial]) -> Iterator[Wish]:
        """Changes of the best configuration, the most pressing first; none before it is time to look again."""
        over = [trial for trial in stored if trial.state.is_finished() and trial.user_attrs.get(RESULT, {}).get("cause") not in NOT_COUNTED]
        given = sum(ADVICE in trial.user_attrs for trial in stored)
        if len(over) < EVERY * (given + 1):
            return
        space = self._plan.space
        for finding in diagnose([self._read(trial) for trial in over], self._plan.metric, space):
            changed = Config.from_values({**finding.base.values(), **finding.changes})
            sample, _ = placed(changed, space.reaching(finding.changes))
            yield Wish(sample, "diagnosis", finding.sentence, {ADVICE: finding.rule})

    def _read(self, trial: FrozenTrial) -> Seen:
        if trial.number not in self._seen:
            space = self._plan.space
            config = space.config(as_written(space, trial.params))
            self._seen[trial.number] = seen(trial.number, config, trial.user_attrs.get(RESULT, {}))
        return self._seen[trial.number]


def seen(number: int, config: Config, result: dict[str, Any]) -> Seen:
    """A trial as the rules see it, from its stored result."""
    if "score" not in result:
        return Seen(number, config, None, result.get("cause", ""))
    return Seen(
        number=number,
        config=config,
        score=result["score"],
        cause=result["cause"],
        best_epoch=result["best_epoch"],
        epochs=result["epochs"],
        train_loss=result["train_loss"],
        validation_loss=result["validation"]["log_loss"],
        probes=result.get("probes", {}),
    )
