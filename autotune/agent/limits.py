"""Limits on what a model may be: a configuration beyond one is not trained, and the sampler learns to stay away from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from autotune.errors import TrainingError

OVER = "over"
"""The key in a result that says which limits the configuration is beyond, and by which share of each; it was not trained."""

REFUSALS = ("too large", "too slow")
"""How the cause of such a trial begins."""

OPTIONS = {"parameters": "--max-parameters", "size": "--max-size", "latency": "--max-latency"}
"""How each limit is set."""


@dataclass(frozen=True)
class Footprint:
    """What a model takes. Those of several models add up to that of their ensemble.

    Args:
        parameters: how many numbers are trained.
        size: bytes of its folder.
        latency: seconds for one text on a processor; None: not measured.
    """

    parameters: int
    size: int
    latency: float | None = None

    def __add__(self, other: "Footprint") -> "Footprint":
        """Both together, one after the other."""
        latency = None if self.latency is None or other.latency is None else self.latency + other.latency
        return Footprint(self.parameters + other.parameters, self.size + other.size, latency)

    @classmethod
    def of_result(cls, result: Mapping[str, Any]) -> "Footprint | None":
        """That of a trial, as its result is stored; None: it was not measured, as in a search without limits."""
        return cls(result["parameters"], result["size"], result.get("latency")) if "size" in result else None


@dataclass(frozen=True)
class Limits:
    """The most that a model may take; None: there is no limit.

    Parameters and size are exact, so that the same search refuses the same configurations. A latency is measured: with a limit on it,
    the same search may refuse others.

    Args:
        parameters: how many numbers are trained.
        size: bytes of its folder.
        latency: seconds for one text on a processor.
    """

    parameters: int | None = None
    size: int | None = None
    latency: float | None = None

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(limit is not None for limit in (self.parameters, self.size, self.latency))

    def __str__(self) -> str:
        """`1,000,000 parameters, 1 ms a text`."""
        return ", ".join(_amount(name, limit) for name in OPTIONS if (limit := getattr(self, name)) is not None)

    def allow(self, footprint: Footprint) -> bool:
        """Whether a model, or an ensemble, takes no more than it may. What was not measured is not known to be within a limit."""
        return not self.over(footprint) and (self.latency is None or footprint.latency is not None)

    def over(self, footprint: Footprint) -> dict[str, float]:
        """By which share of each limit a model is beyond it: 0.5 is half as much again as it may be. What was not measured is left out."""
        return {name: value / limit - 1 for name, value, limit in self._compared(footprint) if value > limit}

    def check(self, footprint: Footprint) -> None:
        """Refuses a model that is beyond a limit.

        Raises:
            OverLimitError: `too large: 1,204,332 parameters, at most 1,000,000`.
        """
        if over := self.over(footprint):
            raise OverLimitError(self._refusal(footprint), {**asdict(footprint), OVER: over})

    def _refusal(self, footprint: Footprint) -> str:
        beyond = [entry for entry in self._compared(footprint) if entry[1] > entry[2]]
        how = REFUSALS[all(name == "latency" for name, _, _ in beyond)]
        return f"{how}: {'; '.join(f'{_amount(name, value)}, at most {_bare(name, limit)}' for name, value, limit in beyond)}"

    def nearest(self, results: Sequence[Mapping[str, Any]]) -> str:
        """How near refused configurations came to each limit that refused any of them.

        Returns:
            `--max-parameters allows 1,000,000, the smallest beyond it takes 1,204,332 parameters`.
        """
        sentences = []
        for name, option in OPTIONS.items():
            beyond = [result[name] for result in results if name in result[OVER]]
            if beyond:
                allowed, least = _bare(name, getattr(self, name)), _amount(name, min(beyond))
                sentences.append(f"{option} allows {allowed}, the {_LEAST[name]} beyond it takes {least}")
        return "; ".join(sentences)

    def _compared(self, footprint: Footprint) -> Iterator[tuple[str, float, float]]:
        for name in OPTIONS:
            value, limit = getattr(footprint, name), getattr(self, name)
            if value is not None and limit is not None:
                yield name, value, limit


class OverLimitError(TrainingError):
    """A configuration whose model would be beyond a limit.

    Args:
        details: for its result, what is over which limit among them.
    """

    def __init__(self, message: str, details: dict[str, Any]) -> None:
        super().__init__(message)
        self.details = details


_LEAST = {"parameters": "smallest", "size": "smallest", "latency": "fastest"}


def _amount(name: str, value: float) -> str:
    return _bare(name, value) + {"parameters": " parameters", "size": " bytes", "latency": " a text"}[name]


def _bare(name: str, value: float) -> str:
    return f"{1000 * value:.3f}".rstrip("0").rstrip(".") + " ms" if name == "latency" else f"{value:,}"
