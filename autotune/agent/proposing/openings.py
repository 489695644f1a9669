"""What a search tries before anything is sampled: the user's own configurations, the default, and the portfolio."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autotune.agent.plan import SearchPlan
from autotune.config import Value
from autotune.spaces.portfolio import builtin_portfolio
from autotune.storage.records import Kind


@dataclass(frozen=True)
class Wish:
    """A configuration that is to be tried for a reason.

    Args:
        sample: of the search space.
        kind: of the decision.
        reason: the evidence, in one sentence.
        attributes: of the trial.
    """

    sample: Mapping[str, Value]
    kind: Kind
    reason: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


def openings(plan: SearchPlan) -> list[Wish]:
    """The first trials of a study, in their order. What a space cannot take of a configuration is at the space's default.

    A result within seconds comes before everything else but the user's wishes: of the default and the head of the portfolio the one
    without an encoder, whose epoch costs a tenth.
    """
    space = plan.space
    given = [Wish(space.sample(values), "given", "given by --start-from") for values in plan.start_from]
    default = Wish(space.defaults(), "default", "the default of the search space")
    if plan.strategy != "agent":
        return [*given, default]
    entries = builtin_portfolio()
    portfolio = [
        Wish(space.sample(values), "portfolio", f"number {place} of {len(entries)} in the portfolio: it did well elsewhere")
        for place, values in enumerate(entries, 1)
    ]
    first = sorted([default, portfolio[0]], key=lambda wish: space.config(wish.sample).encoder.name != "none")
    return [*given, *first, *portfolio[1:]]
