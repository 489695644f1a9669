"""A search in events, for the tests of those who watch it."""

from autotune.agent.events import (
    BaselineReady,
    ConfirmationEnded,
    ConfirmationEpoch,
    ConfirmationRunStarted,
    ConfirmationStarted,
    DecisionMade,
    EpochEnded,
    Event,
    FinalTestStarted,
    Remark,
    SearchStarted,
    TrialEnded,
    TrialLost,
    TrialStarted,
)
from autotune.agent.plan import SearchPlan
from autotune.config import Config
from autotune.data.dataset import DataSource
from autotune.spaces.files import read_space
from autotune.watching.progress import Before, Progress

PLAN = SearchPlan(DataSource("builtin"), "f" * 16, read_space("quick"), "accuracy", 10, 60.0, 0, 1)
TRIALS: list[Event] = [
    SearchStarted(finished=2, requeued=1, searched_seconds=30.0, workers=2),
    BaselineReady("TF-IDF on words and characters + logistic regression", {"accuracy": 0.8}),
    BaselineReady("majority class", {"accuracy": 0.2}),
    DecisionMade(3, "diagnosis", "trial 0 was best after epoch 1 of 4: learning_rate.relative 1 -> 0.5 (tip 2)"),
    TrialStarted(3, Config()),
    TrialStarted(4, Config()),
    TrialStarted(5, Config()),
    EpochEnded(3, 1, 0.7, 0),
    EpochEnded(3, 2, 0.6, 1),
    DecisionMade(4, "pruned", "best accuracy 0.5000 after 2 epochs, 0.6000 needed"),
    TrialEnded(4, "PRUNED", 0.5, "pruned", 2, 1.5, False),
    TrialEnded(5, "FAIL", None, "out of memory", 0, 0.0, False),
]
ENDING: list[Event] = [
    TrialLost(6, "the worker died (SIGKILL)"),
    TrialEnded(3, "COMPLETE", 0.9, "finished", 5, 3.0, True),
    ConfirmationStarted((3, 0), 2, True),
    ConfirmationRunStarted(3, 1, Config()),
    ConfirmationRunStarted(0, 1, Config()),
    ConfirmationEpoch(3, 1, 1, 0.85),
    ConfirmationEnded(3, 1, 0.88, 2.0),
    ConfirmationEnded(0, 1, None, 0.0),
    Remark("a sentence"),
    FinalTestStarted(1234),
]


def progress(*events: Event, name: str = "reviews") -> Progress:
    """What is known after some events of a study whose trials 0 and 1 are known from before."""
    found = Progress(PLAN, name, Before((0, 0.75), [("COMPLETE", "finished"), ("PRUNED", "diverged")], 9))
    for event in events:
        found.update(event)
    return found
