"""From a study as it is stored to one that can be searched on."""

from dataclasses import dataclass, replace

from autotune.agent.plan import SearchPlan
from autotune.agent.pretraining import check_pretraining
from autotune.data.dataset import Dataset, load_dataset
from autotune.errors import UsageError


@dataclass(frozen=True)
class Further:
    """How far a search goes on; None: as far as it was to go.

    Args:
        trials, seconds, epochs: new totals, over all resumes.
        more_trials, more_seconds: so much beyond the totals so far.
        trial_seconds: after which a trial is stopped.
        keep: how many models stay on the disk.
        disk: bytes that they may take.
        data: where the data file is now, if it was moved.
    """

    trials: int | None = None
    seconds: float | None = None
    epochs: int | None = None
    more_trials: int | None = None
    more_seconds: float | None = None
    trial_seconds: float | None = None
    keep: int | None = None
    disk: int | None = None
    data: str | None = None

    def __post_init__(self) -> None:
        if (self.more_trials or self.more_seconds) and (self.trials or self.seconds):
            raise UsageError(
                "--more-trials and --more-time add to the totals, --trials and --budget set them", "give the one kind or the other"
            )


def continued(study: str, plan: SearchPlan, further: Further, done: int, spent: float) -> tuple[SearchPlan, Dataset]:
    """The plan that goes further, and its data.

    Args:
        done: trials that are over, without imported ones.
        spent: seconds that were searched.

    Raises:
        UsageError: nothing would be done, or the data cannot be read.
        StudyError: the data is not that of the study.
    """
    plan = plan.with_budget(further.trials, further.seconds, further.epochs)
    if further.more_trials or further.more_seconds:
        plan = plan.extended(further.more_trials, further.more_seconds, done=done, spent=spent)
    plan = replace(
        plan, trial_seconds=further.trial_seconds or plan.trial_seconds, keep=further.keep or plan.keep, disk=further.disk or plan.disk
    )
    if further.data is not None:
        plan = replace(plan, source=replace(plan.source, data=further.data))
    check_pretraining(plan.space, plan.source.unlabeled)
    dataset = load_dataset(plan.source)
    plan.check_data(study, dataset)
    return plan, dataset
