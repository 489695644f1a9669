"""What changed between two spaces, and what a sample of the one is in the other."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.config import Value
from autotune.spaces.changes import differences, translate
from autotune.spaces.files import read_space
from autotune.spaces.space import Parameter, SearchSpace
from tests.spaces.test_builtin import RandomTrial

FULL, QUICK = read_space("full"), read_space("quick")


def narrower(parameter: Parameter, draw: random.Random) -> Parameter:
    """The parameter with fewer values, in another order or with other steps, and with another default."""
    values = parameter.values()
    if parameter.kind == "categorical":
        choices = draw.sample(parameter.choices, draw.randint(1, len(parameter.choices)))
        return replace(parameter, choices=tuple(choices), default=draw.choice(choices))
    if values is None:
        assert parameter.low is not None
        assert parameter.high is not None
        low, high = sorted(draw.uniform(parameter.low, parameter.high) for _ in range(2))
        return replace(parameter, low=low, high=high, log=draw.random() < 0.5 and low > 0, default=low)
    first = draw.randrange(len(values) - 1)
    some = values[first : draw.randint(first + 2, len(values))]
    return replace(parameter, low=some[0], high=some[-1], default=some[-1])


def small(common: int, seed: int) -> SearchSpace:
    """A finite space: of four parameters of `full`, the same for the same `common`, some are tuned, the others held at some value."""
    draw = random.Random(common)
    finite = [parameter for parameter in FULL.parameters if parameter.values() is not None]
    chosen = draw.sample(finite, 4)
    # Half of the time with whatever their conditions name, else most of these would have no effect.
    parents = {path for parameter in chosen for path in parameter.when} if draw.random() < 0.5 else set()
    draw = random.Random(seed)
    tuned: dict[str, Parameter] = {}
    fixed: dict[str, Value] = {}
    for parameter in FULL.parameters:
        if parameter in chosen or parameter.path in parents:
            if draw.random() < 0.6 and len(tuned) < 3:
                tuned[parameter.path] = narrower(parameter, draw)
            else:
                fixed[parameter.path] = draw.choice(parameter.values() or [parameter.default])
    parameters = [replace(tuned[parameter.path], when=parameter.when) for parameter in FULL.parameters if parameter.path in tuned]
    return SearchSpace("small", "", tuple(parameters), fixed).without_idle()


def edited(space: SearchSpace, seed: int, times: int) -> SearchSpace:
    """A space after so many edits: values taken away, parameters held fixed, conditions dropped."""
    draw = random.Random(seed)
    for _ in range(times):
        parameter = draw.choice(space.parameters)
        match draw.randrange(3):
            case 0:
                space = space.fix({parameter.path: draw.choice(parameter.values() or [parameter.default])})
            case 1:
                other = narrower(parameter, draw)
                space = replace(space, parameters=tuple(other if item == parameter else item for item in space.parameters))
            case _:
                other = replace(parameter, when={})
                space = replace(space, parameters=tuple(other if item == parameter else item for item in space.parameters))
    return space.without_idle()


seeds = st.integers(0, 2**32)


@settings(max_examples=100)
@given(old=seeds, new=seeds, edits=st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_spaces_differ_where_their_fingerprints_do(old: int, new: int, edits: tuple[int, int]) -> None:
    before, after = edited(QUICK, old, edits[0]), edited(QUICK, new, edits[1])
    there, back = differences(before, after), differences(after, before)
    assert (there == []) == (before.fingerprint == after.fingerprint) == (back == [])
    assert [change.path for change in there] == sorted((change.path for change in there), key=[*FULL.config({}).values()].index)
    assert all(change.path in change.sentence and "None" not in change.sentence for change in there)
    assert {change.path for change in there} == {change.path for change in back}


@settings(max_examples=100)
@given(old=seeds, new=seeds, edits=st.tuples(st.integers(0, 2), st.integers(0, 2)), trial=seeds)
def test_a_sample_that_is_taken_over_is_the_same_configuration(old: int, new: int, edits: tuple[int, int], trial: int) -> None:
    before, after = edited(FULL, old, edits[0]), edited(FULL, new, edits[1])
    sample = before.suggest(RandomTrial(trial))
    found = translate(before, after, sample)
    if found.sample is None:
        assert found.why_not
        assert differences(before, after)
        return
    assert after.config(found.sample, seed=3).fingerprint == before.config(sample, seed=3).fingerprint
    assert after.sample(found.sample) == found.sample  # it is one of the space, and whole
    tuned = {parameter.path: parameter for parameter in after.parameters}
    assert all(tuned[path].takes(value) for path, value in found.sample.items())


@settings(max_examples=100)
@given(common=seeds, old=seeds, new=seeds, trial=seeds)
def test_a_sample_is_left_behind_only_where_no_sample_of_the_other_space_is_its_configuration(
    common: int, old: int, new: int, trial: int
) -> None:
    before, after = small(common, old), small(common, new)
    sample = before.suggest(RandomTrial(trial))
    found = translate(before, after, sample)
    wanted = before.config(sample).fingerprint
    exists = any(after.config(other).fingerprint == wanted for other in after.samples())
    assert (found.sample is not None) == exists, found.why_not


@given(seed=seeds, trial=seeds, edits=st.integers(0, 3))
def test_nothing_is_lost_in_the_same_space_or_in_a_wider_one(seed: int, trial: int, edits: int) -> None:
    narrow = edited(QUICK, seed, edits)
    sample = narrow.suggest(RandomTrial(trial))
    same = translate(narrow, narrow, sample)
    assert same.sample is not None
    assert narrow.config(same.sample) == narrow.config(sample)
    assert translate(narrow, QUICK, sample).sample is not None


def one(path: str, kind: Any = "categorical", **entry: Any) -> Parameter:
    return Parameter.from_entry(path, {"type": kind, **entry})


def space_of(*parameters: Parameter, **fixed: Value) -> SearchSpace:
    return SearchSpace("s", "", parameters, {path.replace("__", "."): value for path, value in fixed.items()})


OPTIMIZER = one("optimizer.name", choices=["adam", "sgd"], default="adam")
RATE = one("learning_rate.relative", "float", low=0.3, high=5.0, log=True, default=1.0)
MOMENTUM = one("optimizer.momentum", "float", low=0.0, high=0.9, step=0.1, default=0.9, when={"optimizer.name": ["sgd"]})


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (
            space_of(OPTIMIZER),
            space_of(replace(OPTIMIZER, choices=("adam", "adagrad", "nadam"))),
            ["optimizer.name: adagrad, nadam are new choices", "optimizer.name: sgd is no choice any more"],
        ),
        (
            space_of(OPTIMIZER),
            space_of(replace(OPTIMIZER, choices=("sgd", "adam"))),
            ["optimizer.name: the choices are in another order: sgd, adam"],
        ),
        (space_of(), space_of(OPTIMIZER), ["optimizer.name is tuned now, was adam by default"]),
        (space_of(OPTIMIZER), space_of(optimizer__name="sgd"), ["optimizer.name is not tuned any more, always fixed at sgd"]),
        (space_of(optimizer__name="sgd"), space_of(), ["optimizer.name is adam by default, was fixed at sgd"]),
        (space_of(RATE), space_of(replace(RATE, low=0.1)), ["learning_rate.relative: widened from [0.3, 5.0] to [0.1, 5.0]"]),
        (
            space_of(RATE),
            space_of(replace(RATE, high=2.0, log=False)),
            [
                "learning_rate.relative: narrowed from [0.3, 5.0] to [0.3, 2.0]",
                "learning_rate.relative: on a linear scale, was logarithmic",
            ],
        ),
        (
            space_of(OPTIMIZER, MOMENTUM),
            space_of(OPTIMIZER, replace(MOMENTUM, step=None, when={}, default=0.5)),
            [
                "optimizer.momentum: in no steps, was in steps of 0.1",
                "optimizer.momentum: tuned always, was when optimizer.name is sgd",
                "optimizer.momentum: its default is 0.5, was 0.9",
            ],
        ),
    ],
)
def test_every_difference_is_a_sentence(old: SearchSpace, new: SearchSpace, sentences: list[str]) -> None:
    assert [change.sentence for change in differences(old, new)] == sentences


@pytest.mark.parametrize(
    ("sample", "new", "why"),
    [
        ({"optimizer.name": "sgd"}, space_of(replace(OPTIMIZER, choices=("adam",))), "optimizer.name sgd is no choice"),
        ({"optimizer.name": "sgd"}, space_of(), "optimizer.name is always adam by default"),
        ({"optimizer.name": "sgd"}, space_of(optimizer__name="nadam"), "optimizer.name is always fixed at nadam"),
        ({"learning_rate.relative": 4.0}, space_of(replace(RATE, high=2.0)), "learning_rate.relative is outside [0.3, 2.0]"),
        (
            {"learning_rate.relative": 4.0},
            space_of(replace(RATE, low=0.1, log=False, step=0.7)),
            "learning_rate.relative is between its steps",
        ),
    ],
)
def test_what_cannot_be_taken_over_says_why(sample: dict[str, Value], new: SearchSpace, why: str) -> None:
    found = translate(space_of(OPTIMIZER, RATE), new, {"optimizer.name": "adam", "learning_rate.relative": 1.0, **sample})
    assert (found.sample, found.why_not) == (None, why)


def test_a_new_parameter_takes_the_value_that_it_was_held_at() -> None:
    old = space_of(RATE, optimizer__name="sgd")
    assert translate(old, space_of(OPTIMIZER, RATE, MOMENTUM, optimizer__nesterov=False), {"learning_rate.relative": 1.0}).sample == {
        "optimizer.name": "sgd",
        "learning_rate.relative": 1.0,
        "optimizer.momentum": old.config({}).optimizer.momentum,
    }


def test_learning_rates_are_the_same_in_absolute_terms() -> None:
    absolute = one("learning_rate.initial", "float", low=1e-4, high=1.0, log=True, default=0.01)
    there = translate(space_of(OPTIMIZER, RATE), space_of(OPTIMIZER, absolute), {"optimizer.name": "sgd", "learning_rate.relative": 2.5})
    assert there.sample == {"optimizer.name": "sgd", "learning_rate.initial": 0.25}
    back = translate(space_of(OPTIMIZER, absolute), space_of(OPTIMIZER, RATE), there.sample)
    assert back.sample == {"optimizer.name": "sgd", "learning_rate.relative": 2.5}
