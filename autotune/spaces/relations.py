"""How the parameters of a space hang together: conditions that can hold, in an order that asks parents first."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from autotune.config import HAS_EFFECT_WHEN, PATHS, Value, has_effect
from autotune.spaces.check import SpaceFile, shown, suffix
from autotune.spaces.space import CONFIG_DEFAULTS, Parameter, SearchSpace


def parents_first(parameters: Mapping[str, Parameter]) -> tuple[Parameter, ...]:
    """The parameters in the order of `Config`, each behind those that its conditions name.

    The order in the files does not count: the same space asks in the same order however it was put together.
    """
    ordered: dict[str, Parameter] = {}

    def place(path: str) -> None:
        if path in parameters and path not in ordered:
            for parent in parameters[path].when:
                place(parent)
            ordered[path] = parameters[path]

    for path in PATHS:
        place(path)
    return tuple(ordered.values())


def narrowed(parameter: Parameter, parameters: Mapping[str, Parameter]) -> Parameter:
    """The parameter without the values in its conditions that its parents, replaced by a later file, no longer take."""
    when = {
        path: tuple(value for value in values if path not in parameters or parameters[path].takes(value))
        for path, values in parameter.when.items()
    }
    return parameter if when == parameter.when else replace(parameter, when=when)


def check_conditions(file: SpaceFile, parameters: Mapping[str, Parameter], fixed: Mapping[str, Value]) -> None:
    """Complains about conditions of the file's own entries that can never hold, given all that is tuned and fixed.

    A parent with mistakes of its own is passed over: what it can take is not known.
    """
    for path, when in file.conditions.items():
        for parent, values in when.items():
            keys = ("parameters", path, "when", parent)
            if parent in file.broken:
                continue
            if parent in parameters:
                choices = [shown(choice) for choice in parameters[parent].choices]
                for value in values:
                    if not parameters[parent].takes(value):
                        file.complain(f"{path}: when: {parent} is never {shown(value)}{suffix(shown(value), choices)}", *keys)
            elif (constant := fixed.get(parent, CONFIG_DEFAULTS[parent])) not in values:
                always = "empty" if constant is None else shown(constant)
                file.complain(f"{path}: when: never holds, {parent} is not tuned and always {always}", *keys)


def check_circles(file: SpaceFile, parameters: Mapping[str, Parameter]) -> None:
    """Complains about parameters that wait for each other, once for each circle."""
    conditions = {path: parameter.when for path, parameter in parameters.items()} | file.conditions
    told: set[str] = set()
    for path in conditions:
        circle = _circle(path, conditions)
        if circle and told.isdisjoint(circle):
            told |= set(circle)
            # Two sound files can make a circle together.
            keys = ("parameters", path, "when") if path in file.conditions else ("include",)
            file.complain(f"{path}: when: goes round in a circle: {' needs '.join(circle)}", *keys)


def check_effects(file: SpaceFile, space: SearchSpace) -> None:
    """Complains about the file's own parameters that would be asked for where they have no effect.

    Such a parameter teaches the sampler noise, and two trials that differ in nothing else are the same run twice.
    """
    for parameter in space.parameters:
        if parameter.path not in file.conditions or parameter.path not in HAS_EFFECT_WHEN:
            continue
        if not space.matters(parameter):
            file.complain(f"{parameter.path} has no effect in this space", "parameters", parameter.path)
            continue
        for other in space.parameters:
            if other.kind != "categorical" or other == parameter:
                continue
            values = parameter.when.get(other.path, other.choices)
            idle = [value for value in values if _is_idle(space, parameter, other.path, value)]
            if idle:
                without, needed = _listed(idle), _listed(value for value in values if value not in idle)
                hint = f", add `when: {{{other.path}: [{needed}]}}`" if needed else ""
                file.complain(f"{parameter.path} has no effect when {other.path} is {without}{hint}", "parameters", parameter.path)


def _is_idle(space: SearchSpace, parameter: Parameter, path: str, value: Value) -> bool:
    samples = [sample for sample in space.ways_to(parameter, {path: value}) if sample.get(path) == value]
    return any(not has_effect(space.config(sample), parameter.path) for sample in samples)


def _circle(path: str, conditions: Mapping[str, Iterable[str]]) -> list[str] | None:
    """The way from a parameter through its conditions back to itself."""
    trails = [[path]]
    seen = {path}
    while trails:
        trail = trails.pop()
        for parent in conditions.get(trail[-1], ()):
            if parent == path:
                return [*trail, path]
            if parent not in seen:
                seen.add(parent)
                trails.append([*trail, parent])
    return None


def _listed(values: Iterable[Value]) -> str:
    return ", ".join(map(shown, values))
