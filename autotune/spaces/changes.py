"""What changed between two search spaces, and what a configuration of the one is in the other."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from autotune.config import PATHS, Config, Value
from autotune.errors import ConfigError
from autotune.spaces.alternatives import in_multiples
from autotune.spaces.check import shown
from autotune.spaces.space import CONFIG_DEFAULTS, Parameter, SearchSpace

ChangeKind = Literal[
    "parameter added",
    "parameter removed",
    "fixed value",
    "type",
    "choices added",
    "choices removed",
    "order of choices",
    "bounds",
    "scale",
    "step",
    "condition",
    "default",
    "notation",
]


@dataclass(frozen=True)
class Change:
    """One difference between two spaces.

    Args:
        path: the parameter that it is about.
        sentence: the same for a reader, without a full stop.
    """

    kind: ChangeKind
    path: str
    sentence: str


@dataclass(frozen=True)
class Translation:
    """What a sample of one space is in another.

    Args:
        sample: the values that give the same configuration there; None: no sample does.
        why_not: the first thing that stands against it, in the same words for all samples that it stands against.
    """

    sample: dict[str, Value] | None
    why_not: str = ""


def differences(old: SearchSpace, new: SearchSpace) -> list[Change]:
    """Every difference, in the order of the configuration; none if and only if the fingerprints agree."""
    before, after = _tuned(old), _tuned(new)
    changes = []
    for path in sorted(before.keys() | after.keys() | old.fixed.keys() | new.fixed.keys(), key=list(PATHS).index):
        if path in before and path in after:
            changes += _of_parameter(before[path], after[path])
        elif path in after:
            changes.append(Change("parameter added", path, f"{path} is tuned now, was {_held(old, path)}"))
        elif path in before:
            changes.append(Change("parameter removed", path, f"{path} is not tuned any more, always {_held(new, path)}"))
        elif _written(old.fixed.get(path)) != _written(new.fixed.get(path)):
            changes.append(Change("fixed value", path, f"{path} is {_held(new, path)}, was {_held(old, path)}"))
    return changes


def translate(old: SearchSpace, new: SearchSpace, sample: Mapping[str, Value]) -> Translation:
    """The sample of the new space that stands for the same configuration as a sample of the old one.

    A parameter that was not tuned takes the value that the old space held it at. Learning rates are compared in absolute terms. What has
    no effect in the configuration may differ.
    """
    nearest, why_not = placed(old.config(sample), new)
    return Translation(None if why_not else nearest, why_not)


def placed(config: Config, space: SearchSpace) -> tuple[dict[str, Value], str]:
    """The sample of a space that has a configuration's values wherever it can take them, and defaults elsewhere.

    Returns:
        The sample, and the first thing that stands against its being the same configuration; empty: it is the same.
    """
    config = Config.from_values({**config.values(), "seed": 0})
    wishes = _wishes(config)
    found = space.sample(wishes)
    try:
        other = space.config(found)
    except ConfigError as error:
        return found, error.message.splitlines()[0]
    return found, "" if other.fingerprint == config.fingerprint else _why_not(space, found, config, other, wishes)


def _of_parameter(old: Parameter, new: Parameter) -> list[Change]:
    path = old.path
    changes: list[Change] = []

    def add(kind: ChangeKind, text: str) -> None:
        changes.append(Change(kind, path, f"{path}: {text}"))

    if old.kind != new.kind:
        add("type", f"given by {_given(new)} now, was by {_given(old)}")
    elif old.kind == "categorical":
        added = [choice for choice in new.choices if choice not in old.choices]
        removed = [choice for choice in old.choices if choice not in new.choices]
        if added:
            add("choices added", f"{_listed(added)} {'is a new choice' if len(added) == 1 else 'are new choices'}")
        if removed:
            add("choices removed", f"{_listed(removed)} {'is no choice' if len(removed) == 1 else 'are no choices'} any more")
        if [choice for choice in old.choices if choice in new.choices] != [choice for choice in new.choices if choice in old.choices]:
            add("order of choices", f"the choices are in another order: {_listed(new.choices)}")
    else:
        if (old.low, old.high) != (new.low, new.high):
            add("bounds", f"{_moved(old, new)} from {_range(old)} to {_range(new)}")
        if old.log != new.log:
            add("scale", f"on a {'logarithmic' if new.log else 'linear'} scale, was {'logarithmic' if old.log else 'linear'}")
        if old.step != new.step:
            add("step", f"in {_steps(new)}, was in {_steps(old)}")
    if _conditions(old) != _conditions(new):
        add("condition", f"tuned {_when(new)}, was {_when(old)}")
    if old.default != new.default:
        add("default", f"its default is {shown(new.default)}, was {shown(old.default)}")
    if not changes and _written(old.entry()) != _written(new.entry()):
        add("notation", "is written differently, which changes nothing")
    return changes


def _wishes(config: Config) -> dict[str, Value | None]:
    """The values of a configuration, its learning rate both in absolute terms and as a multiple."""
    wishes = config.values()
    wishes["learning_rate.relative"] = in_multiples(config).learning_rate.relative
    if config.learning_rate.initial != "auto":
        wishes["learning_rate.initial"] = config.initial_learning_rate
    return wishes


def _why_not(new: SearchSpace, found: Mapping[str, Value], config: Config, other: Config, wishes: Mapping[str, Value | None]) -> str:
    asked, offered = config.canonical(), other.canonical()
    # What had an effect comes first: what has one only in the other configuration follows from that.
    differing = [path for path in PATHS if path in asked and asked[path] != offered.get(path)]
    differing += [path for path in PATHS if path in offered and path not in asked]
    path = differing[0]
    if path == "learning_rate.initial" and path not in {*_tuned(new), *new.fixed}:
        path = "learning_rate.relative"
    parameter, value = _tuned(new).get(path), wishes[path]
    if parameter is None:
        return f"{path} is always {_held(new, path)}"
    if path not in found:
        return f"{path} is tuned only {_when(parameter)}"
    if parameter.kind == "categorical":
        return f"{path} {shown(value) if value is not None else 'none'} is no choice"
    assert isinstance(value, int | float)
    assert parameter.low is not None
    assert parameter.high is not None
    within = parameter.low <= value <= parameter.high
    return f"{path} is between its steps" if within else f"{path} is outside {_range(parameter)}"


def _tuned(space: SearchSpace) -> dict[str, Parameter]:
    return {parameter.path: parameter for parameter in space.parameters}


def _held(space: SearchSpace, path: str) -> str:
    """What a parameter is that the space does not tune."""
    if path in space.fixed:
        return f"fixed at {shown(space.fixed[path])}"
    default = CONFIG_DEFAULTS[path]
    return "not given" if default is None else f"{shown(default)} by default"


def _given(parameter: Parameter) -> str:
    if parameter.kind == "categorical":
        return f"the choices {_listed(parameter.choices)}"
    return f"{'an int' if parameter.kind == 'int' else 'a float'} in {_range(parameter)}"


def _moved(old: Parameter, new: Parameter) -> str:
    assert old.low is not None
    assert old.high is not None
    assert new.low is not None
    assert new.high is not None
    if new.low <= old.low and old.high <= new.high:
        return "widened"
    return "narrowed" if old.low <= new.low and new.high <= old.high else "moved"


def _range(parameter: Parameter) -> str:
    return f"[{parameter.low}, {parameter.high}]"


def _steps(parameter: Parameter) -> str:
    return "no steps" if parameter.step is None else f"steps of {parameter.step}"


def _conditions(parameter: Parameter) -> dict[str, frozenset[str]]:
    return {path: frozenset(map(_written, values)) for path, values in parameter.when.items()}


def _when(parameter: Parameter) -> str:
    if not parameter.when:
        return "always"
    return "when " + " and ".join(f"{path} is {' or '.join(map(shown, values))}" for path, values in parameter.when.items())


def _listed(values: Iterable[Value]) -> str:
    return ", ".join(map(shown, values))


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True)
