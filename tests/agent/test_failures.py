"""Three different configurations, one cause, no success in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.agent.working.failures import OF_THE_CONFIGURATION, Failures, hint

DEATH = "the worker died (SIGKILL)"


def stops(succeeded: bool, story: str, causes: dict[str, str]) -> list[int]:
    """At which steps of a story a search would stop: `+` is a success, a letter a failure of a new configuration for that cause."""
    failures = Failures(succeeded)
    found = []
    for step, sign in enumerate(story):
        if sign == "+":
            failures.success()
        elif failures.failure(str(step), causes[sign]):
            found.append(step)
    return found


@pytest.mark.parametrize(
    ("succeeded", "story", "at"),
    [
        (False, "ddd", [2]),
        (True, "ddd", [2]),
        (False, "+ddd", [3]),
        (False, "dd+dd", []),
        (False, "dd+ddd", [5]),
        (False, "dxdxd", [4]),  # another cause between shows nothing
        (False, "ooo", [2]),  # out of memory: a matter of the configuration, unless nothing fits
        (False, "+oooo", []),
        (True, "oooo", []),
        (False, "odoxo", [4]),
    ],
)
def test_stories(succeeded: bool, story: str, at: list[int]) -> None:
    causes = {"d": DEATH, "o": "out of memory", "x": "disk: No space left on device"}
    assert stops(succeeded, story, causes) == at


def test_one_configuration_that_fails_three_times_is_one() -> None:
    failures = Failures(succeeded=False)
    assert not any(failures.failure("same", DEATH) for _ in range(5))


def test_causes_that_differ_in_a_number_are_one() -> None:
    failures = Failures(succeeded=True)
    answers = [failures.failure(str(shape), f"RuntimeError: size {shape} does not fit") for shape in (1, 20, 300)]
    assert answers == [False, False, True]


@given(st.text(alphabet="+dox"), st.booleans())
def test_a_search_never_stops_right_after_a_success_and_always_after_three_deaths(story: str, succeeded: bool) -> None:
    causes = {"d": DEATH, "o": "out of memory", "x": "disk: No space left on device"}
    at = stops(succeeded, story, causes)
    for step in at:
        since = story[: step + 1].rsplit("+", 1)[-1]
        assert since.count(story[step]) >= 3
    for step, sign in enumerate(story):
        if sign == "d" and story[: step + 1].rsplit("+", 1)[-1].count("d") >= 3:
            assert step in at


def test_every_cause_has_advice() -> None:
    assert len({hint(cause) for cause in (*OF_THE_CONFIGURATION, DEATH, "the worker died (SIGSEGV)", "disk: full")}) == 6
    assert hint("ValueError: odd") == "mend the cause"
