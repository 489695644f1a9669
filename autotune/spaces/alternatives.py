"""What else a configuration could have been: one parameter changed at a time, to the other values that a search space has for it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from autotune.config import CUSTOMARY_LEARNING_RATE, Config, Metric, Value, has_effect
from autotune.errors import ConfigError
from autotune.spaces.space import Parameter, SearchSpace

Values = Mapping[str, Value | None]


@dataclass(frozen=True)
class Alternative:
    """One change of a configuration.

    Args:
        path: the parameter that is changed.
        before: its value in the configuration.
        after: its value in the alternative.
        config: the alternative. Beside the change, parameters that begin to have an effect by it are at the space's defaults.
    """

    path: str
    before: Value | None
    after: Value
    config: Config

    @property
    def tip(self) -> str:
        """The section that the parameter belongs to."""
        return self.path.partition(".")[0]


def in_multiples(config: Config) -> Config:
    """The same configuration with its learning rate as a multiple of the optimizer's customary one.

    A configuration that was written down holds the absolute rate. Kept as that, another optimizer would be tried with a rate that
    suits only the first; as a multiple it gets the rate that means the same to it, as in a search.
    """
    rate = config.learning_rate.initial
    if not isinstance(rate, float):
        return config
    relative = rate / CUSTOMARY_LEARNING_RATE[config.optimizer.name]
    try:
        return Config.from_values({**config.values(), "learning_rate.initial": None, "learning_rate.relative": relative})
    except ConfigError:  # far beyond what a multiple may be
        return config


def alternatives(space: SearchSpace, base: Config, metric: Metric) -> list[Alternative]:
    """Every configuration that differs from `base` in one parameter of the space, the most telling change of each tip first.

    A parameter is changed only where its conditions hold. A condition on a parameter that the base has at a value outside the
    space is left to `Config`, which knows what has an effect (see `Parameter.freed_from`). Changes without an effect, those that
    `Config` refuses beside the rest, and those that come to the same run as the base or as an earlier change are left out.

    Args:
        metric: what is tuned; to watch it by name or as `objective` is the same run.
    """
    values = base.values()
    beyond = {item.path for item in space.parameters if not _takes(item, values[item.path])}
    idle = [item for item in space.parameters if not has_effect(base, item.path)]
    seen = {_fingerprint(base, metric)}
    tips: dict[str, list[list[Alternative]]] = {section: [] for section in Config.model_fields}
    for parameter in space.parameters:
        changes = []
        for value in _others(parameter, values[parameter.path]) if _is_asked(parameter, values, beyond) else ():
            try:
                config = _changed(base, parameter.path, value, idle, beyond)
            except ConfigError:
                continue
            fingerprint = _fingerprint(config, metric)
            if fingerprint not in seen:
                seen.add(fingerprint)
                changes.append(Alternative(parameter.path, values[parameter.path], value, config))
        tips[parameter.path.partition(".")[0]].append(changes)
    return [change for parameters in tips.values() for change in _in_turns(parameters)]


def _changed(base: Config, path: str, value: Value, idle: list[Parameter], beyond: set[str]) -> Config:
    """The base with one value changed; what only now has an effect is at the space's default, what had one stays as it is.

    Args:
        idle: the parameters without an effect in the base, parents before children.
        beyond: paths of the parameters that the base has at values outside the space.
    """
    config = Config.from_values({**base.values(), path: value})
    for parameter in idle:
        values = config.values()
        if parameter.path != path and _is_asked(parameter, values, beyond - {path}) and has_effect(config, parameter.path):
            config = Config.from_values({**values, parameter.path: parameter.default})
    return config


def _is_asked(parameter: Parameter, values: Values, beyond: Collection[str]) -> bool:
    """Whether a search that had sampled these values would ask for the parameter."""
    return all(values[path] in allowed for path, allowed in parameter.freed_from(beyond).when.items())


def _takes(parameter: Parameter, value: Value | None) -> bool:
    return value is not None and parameter.takes(value)


def _others(parameter: Parameter, own: Value | None) -> list[Value]:
    """The values to try instead of `own`: all choices; of a range its ends and its default. Off comes first, then the farthest."""
    values = parameter.choices or (parameter.low, parameter.high, parameter.default)
    others = [value for value in dict.fromkeys(values) if value is not None and value != own]
    numbers = sorted(value for value in {*others, own} if isinstance(value, int | float))

    def rank(value: Value) -> tuple[bool, int]:
        distance = 0
        if isinstance(value, int | float) and isinstance(own, int | float):
            distance = abs(numbers.index(value) - numbers.index(own))
        return not _is_off(value), -distance

    return sorted(others, key=rank)


def _is_off(value: Value) -> bool:
    return not value or value == "none"


def _in_turns(parameters: list[list[Alternative]]) -> Iterator[Alternative]:
    """The first change of each parameter, then the second of each, and so on."""
    for turn in range(max(map(len, parameters), default=0)):
        yield from (changes[turn] for changes in parameters if turn < len(changes))


def _fingerprint(config: Config, metric: Metric) -> str:
    if config.early_stopping.metric == metric:
        config = Config.from_values({**config.values(), "early_stopping.metric": "objective"})
    return config.fingerprint
