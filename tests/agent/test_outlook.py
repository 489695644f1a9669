"""What a budget buys: arithmetic that can be done by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.agent.outlook import epochs_of_a_trial, outlook, rungs_within
from autotune.agent.plan import SearchPlan
from autotune.agent.working.timing import EncoderTime, encoders
from autotune.data.dataset import DataSource
from autotune.spaces.files import read_space
from autotune.spaces.space import SearchSpace

QUICK = read_space("quick")
WITHOUT_TEXT = QUICK.fix({"text.unit": "word", "text.ngrams": "0", "text.character_ngrams": "0"})


def plan(space: SearchSpace, seconds: float | None, trials: int | None = None, workers: int = 1) -> SearchPlan:
    return SearchPlan(DataSource("builtin"), "", space, "accuracy", trials, seconds, 0, workers)


def times(space: SearchSpace, epochs: list[float], preparation: float = 0.0) -> list[EncoderTime]:
    return [EncoderTime(config, epoch, preparation) for config, epoch in zip(encoders(space), epochs, strict=True)]


def test_the_encoders_of_a_space_stand_at_its_defaults() -> None:
    found = encoders(QUICK)
    assert [config.encoder.name for config in found] == ["none", "cnn", "gru"]
    assert found[1] == QUICK.config(QUICK.sample({"encoder.name": "cnn"}))
    assert {config.text for config in found} == {found[0].text}
    assert [config.encoder.name for config in encoders(QUICK.fix({"encoder.name": "lstm"}))] == ["lstm"]


@pytest.mark.parametrize(
    ("most", "rungs", "epochs"),
    [
        (1, (), 1),
        (2, (), 2),
        (3, (2,), 2.5),
        (6, (2,), 4),
        (12, (2, 6), 5.5),
        (60, (2, 6, 18, 54), 2 + 4 / 2 + 12 / 4 + 36 / 8 + 6 / 16),
    ],
)
def test_rungs_and_epochs_of_a_trial(most: int, rungs: tuple[int, ...], epochs: float) -> None:
    assert rungs_within(most) == rungs
    assert epochs_of_a_trial(most) == pytest.approx(epochs)


def test_trials_by_time_and_time_by_trials() -> None:
    # The mean epoch is 3 s: two trials of 12 epochs take 72 s, each further one of 5.5 epochs 16.5 s.
    measured = times(QUICK, [1, 2, 6])
    found = outlook(plan(QUICK, 72 + 5 * 16.5), measured)
    assert (found.max_epochs, found.rungs, found.epochs) == (12, (2, 6), 5.5)
    assert found.trials == 7
    assert found.by_encoder == {"none": 2 + 23, "cnn": 2 + 9, "gru": 2}
    assert found.seconds is None
    assert outlook(plan(QUICK, 77.25, workers=2), measured).trials == 7
    assert outlook(plan(QUICK, 35), measured).trials == 0
    by_trials = outlook(plan(QUICK, None, trials=7), measured)
    assert (by_trials.trials, by_trials.by_encoder, by_trials.seconds) == (None, {}, 154.5)
    assert outlook(plan(QUICK, None, trials=7, workers=2), measured).seconds == 77.25


def test_texts_are_encoded_for_each_trial_or_once() -> None:
    assert outlook(plan(QUICK, None, trials=7), times(QUICK, [3, 3, 3], preparation=5)).seconds == 154.5 + 7 * 5
    assert outlook(plan(WITHOUT_TEXT, None, trials=7), times(WITHOUT_TEXT, [3, 3, 3], preparation=5)).seconds == 154.5 + 5


def test_what_could_not_be_timed_is_left_out() -> None:
    one, two, three = times(QUICK, [3, 3, 99])
    found = outlook(plan(QUICK, 154.5), [one, two, replace(three, epoch=None, problem="out of memory")])
    assert (found.trials, set(found.by_encoder)) == (7, {"none", "cnn"})
    nothing = outlook(plan(QUICK, 154.5, trials=7), [replace(one, epoch=None, problem="out of memory")])
    assert (nothing.trials, nothing.by_encoder, nothing.seconds) == (None, {}, None)


@given(
    st.integers(1, 500),
    st.integers(1, 8),
    st.floats(0, 10),
    st.lists(st.floats(0.01, 100), min_size=3, max_size=3),
    st.sampled_from([QUICK, WITHOUT_TEXT]),
)
def test_so_many_trials_fit_into_the_time_that_they_take(
    trials: int, workers: int, preparation: float, epochs: list[float], space: SearchSpace
) -> None:
    measured = times(space, epochs, preparation)
    took = outlook(plan(space, None, trials, workers), measured).seconds
    assert took is not None
    busy = min(workers, trials)
    assert outlook(plan(space, took * busy / workers * (1 + 1e-9), None, workers), measured).trials == trials
    assert outlook(plan(space, took * busy / workers * (1 - 1e-6), None, workers), measured).trials in (trials, trials - 1)
