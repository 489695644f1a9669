"""A second chance for trials that were stopped: one that would go on by what is known today goes on."""

from collections.abc import Callable, Iterator, Sequence

from optuna.trial import FrozenTrial

from autotune.agent.proposing.openings import Wish
from autotune.agent.proposing.rungs import best_at, judged
from autotune.storage.leaderboard import RESULT

THAWED = "autotune:thawed"
"""The trial attribute with the number of the stopped trial that it goes on with."""
_FROZEN = 3
"""So many stopped trials keep their checkpoints."""


def frozen(stored: Sequence[FrozenTrial], sign: int) -> list[FrozenTrial]:
    """The stopped trials that may go on one day, the best first.

    Args:
        sign: 1 where large scores are good, else -1.
    """
    thawed = {trial.user_attrs.get(THAWED) for trial in stored}
    stopped = [trial for trial in stored if trial.user_attrs.get(RESULT, {}).get("cause") == "pruned" and trial.number not in thawed]
    return sorted(stopped, key=lambda trial: (-sign * trial.user_attrs[RESULT]["score"], trial.number))[:_FROZEN]


def wishes(stored: Sequence[FrozenTrial], sign: int, rows: int | None, is_kept: Callable[[int], bool]) -> Iterator[Wish]:
    """Trials that were stopped and are near the better half of those that came as far by now, since worse ones have followed.

    That is asynchronous promotion (Li et al. 2020), for what the stopping rule has stopped too early.

    Args:
        rows: see `RungPruner`.
        is_kept: whether the checkpoint of a trial is there.
    """
    for trial in frozen(stored, sign):
        if is_kept(trial.number) and trial.last_step is not None and judged(trial, stored, sign, rows) is None:
            value = best_at(trial, trial.last_step, sign)
            reason = (
                f"trial {trial.number}, stopped after {trial.last_step} epochs with {value:.4f}, is near the better half by now: it goes on"
            )
            yield Wish(trial.params, "thawed", reason, {THAWED: trial.number})
