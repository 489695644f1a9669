"""`SearchSpace`: which parameters are tuned, over which values, under which conditions; and what is held fixed meanwhile.

Optuna is met through `SuggestsValues` alone, so nothing here imports it.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Any, Literal, Protocol

from autotune.config import HAS_EFFECT_WHEN, Config, Value, build, has_effect
from autotune.errors import ConfigError, SpaceError

Kind = Literal["float", "int", "categorical"]

CONFIG_DEFAULTS: Mapping[str, Value | None] = Config().values()
"""What a parameter is where a space neither tunes nor fixes it."""


class SuggestsValues(Protocol):
    """What `optuna.Trial` has and a search space needs."""

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        """A number between `low` and `high`, both included."""
        ...

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """A whole number between `low` and `high`, both included."""
        ...

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value | None:
        """One of the choices."""
        ...


@dataclass(frozen=True)
class Parameter:
    """One parameter that is tuned.

    Args:
        path: its place in `Config`, such as `optimizer.name`; also its name in the study.
        kind: how its values are given: by `low` and `high`, or by `choices`.
        default: its value in the first trial of a search.
        when: paths to values; the parameter is asked for only where each of these paths has one of its values.
    """

    path: str
    kind: Kind
    _: KW_ONLY
    low: float | int | None = None
    high: float | int | None = None
    log: bool = False
    step: float | int | None = None
    choices: tuple[Value, ...] = ()
    default: Value
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def values(self) -> Sequence[Value] | None:
        """Every value it can take; None where they are too many to count."""
        if self.kind == "categorical":
            return self.choices
        low, high = self._bounds
        if self.kind == "int":
            return range(int(low), int(high) + 1, int(self.step or 1))
        if self.step is None:
            return None
        return [self._nth(index) for index in range(round((high - low) / self.step) + 1)]

    def takes(self, value: Value) -> bool:
        """Whether it can take this value."""
        if self.kind != "float":
            return value in (self.values() or ())
        low, high = self._bounds
        if isinstance(value, str) or not low <= value <= high:
            return False
        return self.step is None or value == self._nth(round((value - low) / self.step))

    def taking(self, wish: Value | None) -> Value:
        """The wished value as this parameter writes it, where it can take it; else its default."""
        if wish is None or not self.takes(wish):
            return self.default
        if self.kind == "categorical":
            return self.choices[self.choices.index(wish)]
        return int(wish) if self.kind == "int" else float(wish)

    def suggest(self, trial: SuggestsValues) -> Value:
        """Asks the trial for a value."""
        if self.kind == "categorical":
            chosen = trial.suggest_categorical(self.path, self.choices)
            assert chosen is not None
            return chosen
        low, high = self._bounds
        if self.kind == "int":
            return trial.suggest_int(self.path, int(low), int(high), step=int(self.step or 1), log=self.log)
        number = trial.suggest_float(self.path, low, high, step=self.step, log=self.log)
        return number if self.step is None else self._nth(round((number - low) / self.step))

    def freed_from(self, paths: Collection[str]) -> "Parameter":
        """The parameter without its conditions on these paths, if `Config` itself knows when it has an effect.

        For parents that are now fixed to a value that the space did not offer and so could not name in a condition: with an
        encoder of `lstm` where none, cnn and gru were tuned, the width is worth tuning all the same.
        """
        if self.path not in HAS_EFFECT_WHEN:
            return self
        return replace(self, when={path: values for path, values in self.when.items() if path not in paths})

    def reaching(self, value: Value) -> "Parameter":
        """The parameter with its bounds moved as far as to hold a number; itself where it holds it."""
        if self.kind == "categorical" or not isinstance(value, int | float):
            return self
        low, high = self._bounds
        return self if low <= value <= high else replace(self, low=min(low, value), high=max(high, value))

    def entry(self) -> dict[str, Any]:
        """Its definition under the keys of a search-space file."""
        entry: dict[str, Any] = {"type": self.kind}
        if self.kind == "categorical":
            entry["choices"] = list(self.choices)
        else:
            entry |= {"low": self.low, "high": self.high}
        if self.log:
            entry["log"] = True
        if self.step is not None:
            entry["step"] = self.step
        entry["default"] = self.default
        if self.when:
            entry["when"] = {path: list(values) for path, values in self.when.items()}
        return entry

    @classmethod
    def from_entry(cls, path: str, entry: Mapping[str, Any]) -> "Parameter":
        """The parameter whose `entry` this is; not checked."""
        given: dict[str, Any] = {name: value for name, value in entry.items() if name != "type"}
        given["choices"] = tuple(given.get("choices", ()))
        given["when"] = {parent: tuple(values) for parent, values in given.get("when", {}).items()}
        return cls(path, entry["type"], **given)

    def _nth(self, index: int) -> float:
        """The number so many steps above `low`, as it is written: 3 * 0.1 in binary is 0.30000000000000004, another configuration."""
        return float(Decimal(repr(self.low)) + index * Decimal(repr(self.step)))

    @property
    def _bounds(self) -> tuple[float | int, float | int]:
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high


@dataclass(frozen=True)
class SearchSpace:
    """A set of configurations to search.

    Args:
        name: what it is called, as in `--space quick`.
        description: one sentence.
        parameters: what is tuned; a parameter stands behind those that its conditions name.
        fixed: paths to values that every configuration shares; the rest of `Config` is at its default.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    fixed: Mapping[str, Value] = field(default_factory=dict)

    def suggest(self, trial: SuggestsValues) -> dict[str, Value]:
        """Asks the trial for every parameter whose conditions hold, in order; returns those values by their path."""
        return self._walk(lambda parameter: parameter.suggest(trial))

    def defaults(self) -> dict[str, Value]:
        """The values of the first trial: the default of every parameter whose conditions hold."""
        return self._example({})

    def sample(self, wishes: Mapping[str, Value | None]) -> dict[str, Value]:
        """The sample with the wished values, by path, where they are asked for and can be taken; with defaults elsewhere."""
        return self._walk(lambda parameter: parameter.taking(wishes.get(parameter.path)))

    def config(self, sampled: Mapping[str, Value], seed: int = 0) -> Config:
        """The configuration that the sampled values stand for."""
        return Config.from_values({**self.fixed, **sampled, "seed": seed})

    def fix(self, values: Mapping[str, str | Value], places: Mapping[str, str] | None = None) -> "SearchSpace":
        """The space with the given values held fixed, as `--set` asks; parameters that lose their meaning by it are dropped.

        Args:
            values: paths to values; text such as `"0.5"` is read as the number it stands for.
            places: where each path was written, to be named in messages.

        Raises:
            ConfigError: naming every unknown path and every bad value at once.
        """
        if "seed" in values:
            raise ConfigError("the seed is not a part of a search space", "set it with --seed")
        checked = build(values, places or {}).values()
        given = {path: value for path in values if (value := checked[path]) is not None}
        gone = set(given)
        if "learning_rate.relative" in given:
            # An absolute rate would override the relative one that was just asked for.
            gone.add("learning_rate.initial")
        beyond = {item.path for item in self.parameters if item.path in given and not item.takes(given[item.path])}
        return replace(
            self,
            parameters=tuple(parameter.freed_from(beyond) for parameter in self.parameters if parameter.path not in gone),
            fixed={path: value for path, value in self.fixed.items() if path not in gone} | given,
        ).without_idle()

    def reaching(self, sample: Mapping[str, Value]) -> "SearchSpace":
        """The space with its bounds moved as far as to hold the numbers of a sample; itself where it holds them."""
        wider = tuple(item.reaching(sample[item.path]) if item.path in sample else item for item in self.parameters)
        return self if wider == self.parameters else replace(self, parameters=wider)

    def without_idle(self) -> "SearchSpace":
        """The space without the parameters that are never asked for or that never have an effect."""
        kept = tuple(parameter for parameter in self.parameters if self.matters(parameter))
        return self if len(kept) == len(self.parameters) else replace(self, parameters=kept).without_idle()

    def matters(self, parameter: Parameter) -> bool:
        """Whether the parameter, where it is asked for, can have an effect."""
        return any(has_effect(self.config(sample), parameter.path) for sample in self.ways_to(parameter))

    def ways_to(self, parameter: Parameter, wishes: Mapping[str, Value] | None = None) -> Iterator[dict[str, Value]]:
        """Samples that hold the parameter: one for each way to meet its conditions, everything else at its default.

        Args:
            wishes: values for other parameters, to be taken where they are asked for.
        """
        wanted = dict(parameter.when)
        # Parents stand before children, so this meets the conditions of the conditions too.
        for ancestor in reversed(self.parameters):
            if ancestor.path in wanted:
                for path, values in ancestor.when.items():
                    wanted[path] = tuple(value for value in wanted.get(path, values) if value in values)
        wanted |= {path: (value,) for path, value in (wishes or {}).items()}
        for combination in product(*wanted.values()):
            sample = self._example(dict(zip(wanted, combination, strict=True)))
            if parameter.path in sample:
                yield sample

    def size(self) -> int | None:
        """How many different samples there are; None where a parameter is continuous."""
        if any(parameter.values() is None for parameter in self.parameters):
            return None
        parents = {path for parameter in self.parameters for path in parameter.when}

        def count(index: int, sampled: dict[str, Value]) -> int:
            total = 1
            for position, parameter in enumerate(self.parameters[index:], index):
                values = parameter.values() or ()
                if not self._holds(parameter, sampled):
                    continue
                if parameter.path in parents:
                    return total * sum(count(position + 1, {**sampled, parameter.path: value}) for value in values)
                total *= len(values)
            return total

        return count(0, {})

    def samples(self) -> Iterator[dict[str, Value]]:
        """Every different sample, `size` of them; only where no parameter is continuous."""

        def completed(index: int, sampled: dict[str, Value]) -> Iterator[dict[str, Value]]:
            if index == len(self.parameters):
                yield sampled
                return
            parameter = self.parameters[index]
            if not self._holds(parameter, sampled):
                yield from completed(index + 1, sampled)
                return
            for value in parameter.values() or ():
                yield from completed(index + 1, {**sampled, parameter.path: value})

        return completed(0, {})

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that stand for what is tuned and what is fixed, whatever its name and order."""
        content = {"parameters": {parameter.path: parameter.entry() for parameter in self.parameters}, "fixed": dict(self.fixed)}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """The whole definition; a study keeps it, so that going on needs no file."""
        parameters = {parameter.path: parameter.entry() for parameter in self.parameters}
        return {"name": self.name, "description": self.description, "parameters": parameters, "fixed": dict(self.fixed)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "SearchSpace":
        """The space that `to_json` wrote.

        Raises:
            SpaceError: it is something else.
        """
        try:
            parameters = tuple(Parameter.from_entry(path, entry) for path, entry in content["parameters"].items())
            return cls(content["name"], content["description"], parameters, content["fixed"])
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise SpaceError(
                f"the stored search space cannot be read: {error}", "the study was made by another version of autotune"
            ) from None

    def _example(self, chosen: Mapping[str, Value]) -> dict[str, Value]:
        return self._walk(lambda parameter: chosen.get(parameter.path, parameter.default))

    def _walk(self, choose: Callable[[Parameter], Value]) -> dict[str, Value]:
        sampled: dict[str, Value] = {}
        for parameter in self.parameters:
            if self._holds(parameter, sampled):
                sampled[parameter.path] = choose(parameter)
        return sampled

    def _holds(self, parameter: Parameter, sampled: Mapping[str, Value]) -> bool:
        return all(self._value_at(path, sampled) in values for path, values in parameter.when.items())

    def _value_at(self, path: str, sampled: Mapping[str, Value]) -> Value | None:
        """None for a parameter that was not asked for: it meets no condition, so nor do its children."""
        if path in self._tuned:
            return sampled.get(path)
        return self.fixed.get(path, CONFIG_DEFAULTS[path])

    @cached_property
    def _tuned(self) -> frozenset[str]:
        return frozenset(parameter.path for parameter in self.parameters)
