"""What is believed of good values before any trial: weights for choices, a middle and a spread for numbers."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autotune.config import PATHS, Value
from autotune.errors import SpaceError
from autotune.spaces.check import suffix
from autotune.spaces.files import builtin_folder
from autotune.spaces.space import SearchSpace
from autotune.yaml_lines import line_of, read_yaml

PRIORS = "priors.yaml"
_NUMBER = {"middle", "spread"}


@dataclass(frozen=True)
class Normal:
    """A normal distribution, or a log-normal one where a parameter is on a logarithmic scale.

    Args:
        spread: standard deviation; log-normal: the factor that stands for one.
    """

    middle: float
    spread: float

    def draw(self, low: float, high: float, log: bool, random: random.Random) -> float:
        """A value between the bounds; those beyond are drawn again, and after many vain attempts any value will do."""
        for _ in range(100):
            value = self.middle * self.spread ** random.gauss(0, 1) if log else random.gauss(self.middle, self.spread)
            if low <= value <= high:
                return value
        return math.exp(random.uniform(math.log(low), math.log(high))) if log else random.uniform(low, high)


Prior = Normal | Mapping[Value, float]
"""Of one parameter: a distribution for a number, weights for choices."""


def read_priors(path: Path) -> dict[str, Prior]:
    """The priors of a file by the paths of their parameters.

    Raises:
        SpaceError: no such file, or something in it that is no prior, with its line.
    """
    content = read_yaml(path, SpaceError)
    return {key: _prior(content, key, f"{path}:{line_of(content, key)}") for key in content}


@cache
def builtin_priors() -> Mapping[str, Prior]:
    """Those that come with autotune."""
    return read_priors(builtin_folder() / PRIORS)


def draw(space: SearchSpace, priors: Mapping[str, Prior], random: random.Random) -> dict[str, Value]:
    """A sample of a space by the priors; evenly over the values of a parameter that has none."""
    return space.suggest(Draws(priors, random))


@dataclass(frozen=True)
class Draws:
    """Answers the questions of a search space."""

    priors: Mapping[str, Prior]
    random: random.Random

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        prior = self.priors.get(name)
        if not isinstance(prior, Normal):
            value = math.exp(self.random.uniform(math.log(low), math.log(high))) if log else self.random.uniform(low, high)
        else:
            value = prior.draw(low, high, log, self.random)
        return value if step is None else min(high, low + step * round((value - low) / step))

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        prior = self.priors.get(name)
        if isinstance(prior, Normal):
            return round(self.suggest_float(name, low, high, step=step, log=log))
        values = range(low, high + 1, step)
        weights = [1.0 if prior is None else prior.get(value, 1.0) for value in values]
        if prior is None and log:
            weights = [1.0 / value for value in values]
        return self.random.choices(values, weights)[0]

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        prior = self.priors.get(name)
        if prior is None or isinstance(prior, Normal):
            return self.random.choice(choices)
        return self.random.choices(choices, [prior.get(choice, 1.0) for choice in choices])[0]


def _prior(content: Any, path: str, where: str) -> Prior:
    if path not in PATHS:
        raise SpaceError(f"{where}: unknown parameter '{path}'{suffix(path, PATHS)}")
    entry = content[path]
    numbers = isinstance(entry, Mapping) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in entry.values())
    if not numbers or not entry or any(value < 0 for value in entry.values()) or not any(entry.values()):
        raise SpaceError(f"{where}: {path}: expected weights of its choices, or middle and spread", "weights are numbers from 0 on")
    if entry.keys() == _NUMBER:
        return Normal(float(entry["middle"]), float(entry["spread"]))
    if entry.keys() & _NUMBER:
        raise SpaceError(f"{where}: {path}: expected both middle and spread, and nothing else")
    return {_plain(choice): float(weight) for choice, weight in entry.items()}


def _plain(choice: Any) -> Value:
    for kind in (bool, int, float, str):
        if isinstance(choice, kind):
            return kind(choice)
    raise AssertionError(choice)
