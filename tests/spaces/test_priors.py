import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.errors import SpaceError
from autotune.spaces.files import read_space
from autotune.spaces.priors import Normal, builtin_priors, draw, read_priors

FULL = read_space("full")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), space=st.sampled_from([FULL, read_space("quick")]))
def test_every_draw_is_a_sample_of_the_space(seed: int, space) -> None:  # type: ignore[no-untyped-def]
    sample = draw(space, builtin_priors(), random.Random(seed))
    assert space.sample(sample) == sample
    assert draw(space, builtin_priors(), random.Random(seed)) == sample


def test_every_prior_is_of_a_parameter_of_the_space_full_and_knows_its_choices() -> None:
    tuned = {parameter.path: parameter for parameter in FULL.parameters}
    for path, prior in builtin_priors().items():
        assert path in tuned
        if isinstance(prior, Normal):
            assert tuned[path].kind != "categorical"
            assert tuned[path].low <= prior.middle <= tuned[path].high  # type: ignore[operator]
        else:
            assert set(prior) <= set(tuned[path].values() or ())


def test_heavier_choices_come_more_often_and_numbers_near_the_middle() -> None:
    generator = random.Random(0)
    samples = [draw(FULL, builtin_priors(), generator) for _ in range(400)]
    optimizers = Counter(sample["optimizer.name"] for sample in samples)
    assert optimizers["adam"] > 3 * optimizers["sgd"] > 0
    rates = sorted(sample["learning_rate.relative"] for sample in samples)
    assert 1.2 < rates[len(rates) // 2] < 1.9
    even = sorted(draw(FULL, {}, generator)["learning_rate.relative"] for _ in range(400))
    assert even[len(even) // 10] < 0.3 < rates[len(rates) // 10]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("optimizer.nam: {adam: 1}", ":1: unknown parameter 'optimizer.nam', did you mean 'optimizer.name'?"),
        ("optimizer.name: adam", ":1: optimizer.name: expected weights"),
        ("dropout.head: {middle: 0.2}", ":1: dropout.head: expected both middle and spread"),
        ("optimizer.name: {adam: -1}", ":1: optimizer.name: expected weights"),
        ("optimizer.name: {adam: 0}", ":1: optimizer.name: expected weights"),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    with pytest.raises(SpaceError) as raised:
        read_priors(file)
    assert message in str(raised.value)
