import warnings

import optuna
import pytest
from optuna.trial import TrialState

from autotune.agent.proposing.samplers import MakeSampler, at_random, informed, tpe
from autotune.spaces.files import read_space

SPACE = read_space("full")
GOOD = {**SPACE.defaults(), "encoder.name": "none", "optimizer.name": "nadam"}


def study_of(make: MakeSampler, trials: int, direction: str = "maximize") -> optuna.Study:
    """What a sampler proposes, where only nadam without an encoder is any good."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(direction=direction)
    for number in range(trials):
        study.sampler = make(number)
        trial = study.ask()
        sample = SPACE.suggest(trial)
        good = 0.5 * (sample["encoder.name"] == "none") + 0.4 * (sample["optimizer.name"] == "nadam")
        study.tell(trial, good if direction == "maximize" else 1 - good)
    return study


@pytest.mark.parametrize("make", [informed, tpe, at_random])
def test_the_same_seeds_and_trials_give_the_same_proposals(make: MakeSampler) -> None:
    first, second = (study_of(make, 14) for _ in range(2))
    assert [trial.params for trial in first.trials] == [trial.params for trial in second.trials]


def test_before_any_trial_the_priors_propose() -> None:
    firsts = [study_of(lambda seed, start=start: informed(start), 1).trials[0].params for start in range(60)]  # type: ignore[misc]
    assert sum(sample["initialization.name"] == "zeros" for sample in firsts) <= 3
    assert sum(sample["optimizer.name"] == "adam" for sample in firsts) >= 12


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_with_more_trials_what_they_show_counts_more(direction: str) -> None:
    found = study_of(informed, 60, direction).trials
    late = [trial.params["optimizer.name"] == "nadam" and trial.params["encoder.name"] == "none" for trial in found[40:]]
    early = [trial.params["optimizer.name"] == "nadam" and trial.params["encoder.name"] == "none" for trial in found[:10]]
    assert sum(late) / len(late) > max(0.3, sum(early) / len(early))


def test_trials_that_failed_are_no_evidence() -> None:
    study = study_of(informed, 0)
    for number in range(40):
        study.sampler = informed(number)
        trial = study.ask()
        SPACE.suggest(trial)
        study.tell(trial, state=TrialState.FAIL)
    adam = sum(trial.params["optimizer.name"] == "adam" for trial in study.trials)
    assert adam >= 8
