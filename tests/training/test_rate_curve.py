"""The analysis of a range test's curve, without a run."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.training.rate_curve import BELOW_STEEPEST, RateCurve


def curve(losses: list[float], memory: int = 1, scale: float = 1.0, first_rate: float = 1e-4) -> RateCurve:
    """The curve of these losses, the rate doubling at every step; as in a sweep, nothing follows the divergence."""
    made = RateCurve(memory)
    for step, loss in enumerate(losses):
        made.add(first_rate * 2**step, scale * loss)
        if made.diverged:
            break
    return made


# A sweep as one would draw it: level, falling, lowest, exploding.
BY_HAND = [1.0, 1.0, 1.0, 0.9, 0.5, 0.3, 0.28, 0.3, 9.0]

losses = st.lists(st.floats(0.01, 100), min_size=1, max_size=60)
memories = st.integers(1, 8)
# Ups and downs on the way to less than a hundredth, then anything.
falling = st.lists(st.floats(0.5, 1.0), min_size=30, max_size=50).map(lambda noise: [x * 0.8**step for step, x in enumerate(noise)])
sweeps = st.builds(lambda fall, rest: fall + rest, falling, losses)


def test_the_proposal_lies_below_the_steepest_point() -> None:
    made = curve(BY_HAND)
    assert made.steepest == 4  # from 0.9 to 0.3 over two steps
    assert made.proposal == float(f"{1e-4 * 2**4 / BELOW_STEEPEST:.3g}")
    assert made.diverged


def test_smoothing_is_a_weighted_mean_that_remembers_so_many_steps() -> None:
    made = curve(BY_HAND[:6], memory=4)
    for step, level in enumerate(made.smoothed):
        weights = [0.75 ** (step - earlier) for earlier in range(step + 1)]
        mean = sum(weight * loss for weight, loss in zip(weights, BY_HAND, strict=False)) / sum(weights)
        assert level == pytest.approx(mean)


@given(st.floats(0.01, 100), st.integers(1, 60), memories)
def test_the_average_does_not_start_at_zero(loss: float, steps: int, memory: int) -> None:
    assert curve([loss] * steps, memory).smoothed == pytest.approx([loss] * steps)


@given(losses, memories, st.integers(-20, 20))
def test_the_unit_of_the_loss_moves_nothing(losses: list[float], memory: int, power: int) -> None:
    plain, scaled = curve(losses, memory), curve(losses, memory, scale=2.0**power)
    assert (scaled.steepest, scaled.proposal, scaled.diverged) == (plain.steepest, plain.proposal, plain.diverged)


@given(losses, memories)
def test_the_proposal_moves_with_the_rates(losses: list[float], memory: int) -> None:
    assert curve(losses, memory, first_rate=0.25).steepest == curve(losses, memory, first_rate=0.5).steepest


@given(sweeps, memories)
def test_the_proposal_is_a_rate_of_the_sweep_and_comes_before_its_end(losses: list[float], memory: int) -> None:
    made = curve(losses, memory)
    assert made.steepest is not None
    assert made.proposal is not None
    assert made.rates[0] <= made.proposal <= made.rates[made.steepest]
    kept = made.smoothed[: len(made.smoothed) - made.diverged]
    assert memory <= made.steepest <= memory + kept[memory:].index(min(kept[memory:]))


@given(falling, memories, st.sampled_from([math.inf, math.nan, 1e9]))
def test_the_divergence_itself_does_not_move_the_proposal(losses: list[float], memory: int, last: float) -> None:
    before, after = curve(losses, memory), curve([*losses, last], memory)
    assert (before.diverged, after.diverged) == (False, True)
    assert before.proposal is not None
    assert after.proposal == before.proposal


@given(st.lists(st.floats(0.97, 1.0), min_size=1, max_size=60), memories)
def test_noise_is_no_fall(losses: list[float], memory: int) -> None:
    assert curve(losses, memory).proposal is None


@given(losses, memories)
def test_a_loss_that_only_rises_gives_no_proposal(losses: list[float], memory: int) -> None:
    assert curve(sorted(losses), memory).proposal is None


@given(st.lists(st.floats(0.01, 100), max_size=8), st.integers(4, 8))
def test_a_sweep_of_less_than_two_passes_gives_no_proposal(losses: list[float], memory: int) -> None:
    assert curve(losses, memory).proposal is None


def test_losing_again_what_was_learnt_is_divergence_and_a_small_rise_from_almost_nothing_is_not() -> None:
    assert not curve([1.0, 1.0, 0.01, 0.2]).diverged  # twenty times the lowest, yet most of the fall is kept
    assert curve([1.0, 1.0, 0.01, 1.1]).diverged
    assert not curve([1.0, 1.0, 0.9, 3.5]).diverged
    assert curve([1.0, 1.0, 0.9, 3.7]).diverged


def test_a_loss_that_is_no_number_ends_the_sweep_at_once() -> None:
    made = curve([math.nan, 1.0, 1.0], memory=5)
    assert made.diverged
    assert len(made.rates) == 1
    assert made.proposal is None
