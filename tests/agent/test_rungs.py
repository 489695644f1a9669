import math
from collections.abc import Sequence

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import TrialState

from autotune.agent.proposing.rungs import GRACE, KEPT, RungPruner, is_rung, rungs_passed


def study_of(curves: Sequence[Sequence[float]], direction: str = "maximize") -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=direction, pruner=RungPruner())
    for curve in curves:
        study.add_trial(
            optuna.trial.create_trial(state=TrialState.COMPLETE, value=curve[-1], intermediate_values=dict(enumerate(curve, 1)))
        )
    return study


def pruned_at(study: optuna.Study, curve: Sequence[float], grace: int = 0) -> int | None:
    trial = study.ask()
    trial.set_user_attr(GRACE, grace)
    for epoch, value in enumerate(curve, 1):
        trial.report(value, epoch)
        if trial.should_prune():
            return epoch
    return None


def test_the_rungs_are_at_epochs_2_6_18_and_so_on() -> None:
    assert [epoch for epoch in range(1, 60) if is_rung(epoch)] == [2, 6, 18, 54]
    assert rungs_passed(1) == 0
    assert rungs_passed(17) == 2


def test_a_trial_below_the_better_half_is_stopped_at_the_first_rung() -> None:
    study = study_of([[0.5, 0.6], [0.5, 0.7], [0.5, 0.8]])
    assert pruned_at(study, [0.1, 0.65]) == 2
    assert pruned_at(study, [0.1, 0.85, 0.1]) is None


def test_the_best_value_so_far_counts_not_the_last() -> None:
    assert pruned_at(study_of([[0.5, 0.6], [0.5, 0.7], [0.5, 0.8]]), [0.9, 0.1]) is None


def test_equals_are_kept() -> None:
    assert pruned_at(study_of([[0.5, 0.5]] * 10), [0.5, 0.5]) is None


def test_too_few_trials_judge_nobody() -> None:
    assert pruned_at(study_of([[0.9, 0.9]]), [0.1, 0.1]) is None


def test_a_schedule_that_is_still_warming_up_is_not_judged() -> None:
    study = study_of([[0.9] * 6] * 5)
    assert pruned_at(study, [0.1] * 8, grace=3) == 6
    assert pruned_at(study, [0.1] * 8) == 2


def test_smaller_is_better_where_the_study_minimizes() -> None:
    study = study_of([[0.5, 0.6], [0.5, 0.7], [0.5, 0.8]], "minimize")
    assert pruned_at(study, [0.9, 0.9]) == 2
    assert pruned_at(study, [0.9, 0.4]) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0, 1), st.sampled_from(["maximize", "minimize"]))
def test_a_trial_is_kept_exactly_if_it_is_in_the_better_half(others: list[float], own: float, direction: str) -> None:
    study = study_of([[value, value] for value in others], direction)
    ahead = sum(value > own if direction == "maximize" else value < own for value in others)
    allowed = math.ceil((len(others) + 1) * KEPT)
    expected = len(others) + 1 >= 3 and ahead >= allowed
    assert (pruned_at(study, [own, own]) == 2) == expected


def test_an_interrupted_trial_is_no_rival() -> None:
    study = study_of([[0.5, 0.6]])
    for _ in range(5):
        trial = study.ask()
        trial.report(0.9, 2)
        study.tell(trial, state=TrialState.FAIL)
    assert pruned_at(study, [0.1, 0.1]) is None


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_the_best_trial_is_never_stopped(direction: str) -> None:
    best = 1.0 if direction == "maximize" else 0.0
    assert pruned_at(study_of([[0.5] * 20] * 20, direction), [best] * 20) is None


def test_what_misses_the_bar_by_less_than_its_standard_error_goes_on() -> None:
    """Of 100 texts a share of .8 has a standard error of .04."""
    study = study_of([[0.5, 0.8]] * 4)
    study.pruner = RungPruner(rows=100)
    assert pruned_at(study, [0.5, 0.77]) is None
    assert pruned_at(study_of([[0.5, 0.8]] * 4), [0.5, 0.77]) == 2
    assert pruned_at(study, [0.5, 0.75]) == 2
