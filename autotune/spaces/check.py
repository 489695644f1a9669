"""One search-space file, read and checked by itself: every mistake is noted with its line, and reading goes on."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any, get_args

from ruamel.yaml.comments import CommentedMap

from autotune.config import PATHS, Config, Value
from autotune.errors import ConfigError, SpaceError, did_you_mean
from autotune.spaces.space import Kind, Parameter
from autotune.yaml_lines import line_of, plain, read_yaml

FILE_KEYS = ("tip", "title", "claim", "description", "include", "parameters", "fixed")
ENTRY_KEYS = ("type", "choices", "low", "high", "log", "step", "default", "when")
KINDS: tuple[Kind, ...] = get_args(Kind)

TUNABLE = tuple(path for path in PATHS if path != "seed")

MOST_LOG_INTEGERS = 32
"""TPE weighs each whole number of a logarithmic range by itself: at 1000 trials 16..512 costs twenty times as much as a stepped range."""


def known_value(path: str, value: Any) -> Value:
    """The value in the form in which `Config` writes it down: 1 becomes 1.0 for a rate, [3, 4, 5] becomes `3,4,5`.

    Raises:
        ConfigError: the parameter cannot take it.
    """
    known = Config.from_values({path: value}).values()[path]
    if known is None:
        raise ConfigError(f"{path} has no value here")
    return known


def suffix(word: Any, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: `, did you mean 'adam'?`, or nothing."""
    hint = did_you_mean(str(word), known)
    return f", {hint}" if hint else ""


def shown(value: Value) -> str:
    """The value as it is written in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class SpaceFile:
    """The content of one file and the problems found in it so far.

    Raises:
        SpaceError: it cannot be read as YAML at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content: CommentedMap = read_yaml(path, SpaceError)
        self.conditions: dict[str, Mapping[str, tuple[Value, ...]]] = {}
        self.broken: set[str] = set()
        self._problems: list[tuple[int, str]] = []
        for key in self.content:
            if key not in FILE_KEYS:
                self.complain(f"unknown key '{key}'{suffix(key, FILE_KEYS)}", key)
        for key in ("parameters", "fixed"):
            self._check_paths(key)
        if not {"include", "parameters"} & self.content.keys():
            self.complain("nothing to tune: expected `parameters:` or `include:`")

    @property
    def description(self) -> str:
        """What the space is about, in one sentence."""
        return str(self.content.get("description") or self.content.get("claim") or "")

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong, `file:line: what`, in the order of the lines."""
        return [f"{self.path}:{line}: {text}" for line, text in sorted(self._problems, key=lambda problem: problem[0])]

    def complain(self, text: str, *keys: Any) -> None:
        """Notes a problem at the entry that the keys lead to."""
        self._problems.append((line_of(self.content, *keys), " ".join(text.split())))

    def value(self, path: str, value: Any, *keys: Any) -> Value | None:
        """The value as `Config` knows it; None after a complaint."""
        try:
            return known_value(path, plain(value))
        except ConfigError as error:
            self.complain(error.message, *keys)
            return None

    def includes(self) -> list[str]:
        """The names under `include`."""
        names = self.content.get("include", [])
        if isinstance(names, list):
            return [str(name) for name in names]
        self.complain("include: expected a list such as [01_optimizer.yaml]", "include")
        return []

    def fixed(self) -> dict[str, Value]:
        """The values under `fixed`."""
        checked = {path: self.value(path, value, "fixed", path) for path, value in self._section("fixed").items()}
        for path in checked.keys() & self._section("parameters").keys():
            self.complain(f"{path} is both fixed and tuned", "fixed", path)
        return {path: value for path, value in checked.items() if value is not None}

    def parameters(self) -> dict[str, Parameter]:
        """The sound ones of the entries under `parameters`; notes the others as `broken`, and the `conditions` of all."""
        sound: dict[str, Parameter] = {}
        for path, entry in self._section("parameters").items():
            reader = _EntryReader(self, path, entry)
            self.conditions[path] = reader.when()
            parameter = reader.parameter(self.conditions[path])
            if parameter:
                sound[path] = parameter
            else:
                self.broken.add(path)
        return sound

    def _section(self, key: str) -> dict[str, Any]:
        """The entries of a section, without those whose paths are unknown."""
        section = self.content.get(key)
        return {path: entry for path, entry in section.items() if path in TUNABLE} if isinstance(section, dict) else {}

    def _check_paths(self, key: str) -> None:
        section = self.content.get(key, {})
        if not isinstance(section, dict):
            self.complain(f"{key}: expected entries such as `optimizer.name: ...`", key)
            return
        for path in section:
            if path == "seed":
                self.complain("the seed is not a part of a search space, set it with --seed", key, path)
            elif path not in TUNABLE:
                self.complain(f"unknown parameter '{path}'{suffix(path, TUNABLE)}", key, path)


class _EntryReader:
    """One entry under `parameters`."""

    def __init__(self, file: SpaceFile, path: str, entry: Any) -> None:
        self.file, self.path = file, path
        self.entry: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
        self.sound = True
        if not self.entry:
            self.complain("expected `type: ...` and its range or choices below")

    def complain(self, text: str, *keys: Any) -> None:
        self.sound = False
        self.file.complain(f"{self.path}: {text}", "parameters", self.path, *keys)

    def value(self, value: Any, *keys: Any) -> Value | None:
        known = self.file.value(self.path, value, "parameters", self.path, *keys)
        self.sound = self.sound and known is not None
        return known

    def parameter(self, when: Mapping[str, tuple[Value, ...]]) -> Parameter | None:
        """The parameter, or None after complaints."""
        if not self.entry:
            return None
        for key in self.entry:
            if key not in ENTRY_KEYS:
                self.complain(f"unknown key '{key}'{suffix(key, ENTRY_KEYS)}", key)
        kind: Any = self.entry.get("type")
        if "type" not in self.entry:
            self.complain(f"type is missing, choose one of: {', '.join(KINDS)}")
        elif kind not in KINDS:
            self.complain(f"unknown type '{kind}'{suffix(kind, KINDS)}", "type")
        values = self._choices() if kind == "categorical" else self._range(kind) if kind in KINDS else {}
        default = self.value(self.entry["default"], "default") if "default" in self.entry else None
        if "default" not in self.entry:
            self.complain("default is missing: the value of the first trial")
        if not self.sound or default is None:
            return None
        parameter = Parameter(self.path, kind, **values, default=default, when=when)
        if not parameter.takes(default):
            among = suffix(default, map(shown, parameter.choices)) if parameter.choices else f", from {values['low']} to {values['high']}"
            self.complain(f"default {shown(default)} is not one of its values{among}", "default")
        return parameter

    def when(self) -> dict[str, tuple[Value, ...]]:
        """The conditions, as far as they are sound."""
        conditions = self.entry.get("when", {})
        if not isinstance(conditions, dict):
            self.complain("when: expected conditions such as {optimizer.name: [sgd, rmsprop]}", "when")
            return {}
        checked: dict[str, tuple[Value, ...]] = {}
        for parent, given in conditions.items():
            keys = ("parameters", self.path, "when", parent)
            values = given if isinstance(given, list) else [given]
            if parent not in TUNABLE:
                self.complain(f"when: unknown parameter '{parent}'{suffix(parent, TUNABLE)}", *keys[2:])
                continue
            if not values:
                self.complain(f"when: no value given for {parent}", *keys[2:])
            known = [self.file.value(parent, value, *keys) for value in values]
            if sound := tuple(value for value in known if value is not None):
                checked[parent] = sound
        return checked

    def _choices(self) -> dict[str, Any]:
        for key in ("low", "high", "log", "step"):
            if key in self.entry:
                self.complain(f"{key} belongs to a float or an int, not to a categorical", key)
        choices = self.entry.get("choices")
        if not isinstance(choices, list) or not choices:
            self.complain("choices are missing: expected a list such as [50, 100, 200]", "choices")
            return {}
        known = [self.value(choice, "choices", index) for index, choice in enumerate(choices)]
        for index, choice in enumerate(known):
            if choice is not None and choice in known[:index]:
                self.complain(f"choice {shown(choice)} stands there twice", "choices", index)
        return {"choices": tuple(choice for choice in known if choice is not None)}

    def _range(self, kind: Any) -> dict[str, Any]:
        if "choices" in self.entry:
            self.complain(f"choices belong to a categorical, not to type: {kind}", "choices")
        low, high, step = (self._number(key, kind) for key in ("low", "high", "step"))
        log = self.entry.get("log", False)
        if not isinstance(log, bool):
            self.complain(f"log = {log}: expected true or false", "log")
        if low is None or high is None:
            return {}
        if low >= high:
            self.complain(f"low = {low} must be below high = {high}", "low")
        elif step is not None and (step <= 0 or (Decimal(repr(high)) - Decimal(repr(low))) % Decimal(repr(step)) != 0):
            self.complain(f"step = {step} does not lead from {low} to {high}", "step")
        if log is True:
            self._logarithmic(kind, low, high, step)
        return {"low": low, "high": high, "log": log, "step": step}

    def _logarithmic(self, kind: Any, low: float, high: float, step: float | None) -> None:
        if low <= 0:
            self.complain(f"low = {low} must be above 0 where log is true", "low")
        if step is not None:
            self.complain("log and step exclude each other", "log")
        if kind == "int" and high - low >= MOST_LOG_INTEGERS:
            why = f"log over {high - low + 1} whole numbers makes the sampler slow"
            self.complain(f"{why}, use a short list of choices or an int with a step", "log")

    def _number(self, key: str, kind: Any) -> float | int | None:
        """The bound or the step at `key`, None where it is missing or after a complaint."""
        if key not in self.entry:
            if key != "step":
                self.complain(f"{key} is missing")
            return None
        number = plain(self.entry[key])
        # A step is a distance, not a value of the parameter, so `Config` has no say in it.
        known = number if key == "step" else self.value(number, key)
        if known is None and key != "step":
            return None
        if isinstance(known, bool) or not isinstance(known, int | float) or not isfinite(known):
            self.complain(f"{key} = {number}: expected a number" + ("" if key == "step" else ", or use type: categorical"), key)
        elif kind == "int" and known != int(known):
            self.complain(f"{key} = {number}: expected a whole number, as type is int", key)
        elif kind == "float" and isinstance(known, int) and key != "step":
            self.complain(f"{key} = {number}: it takes whole numbers only, use type: int", key)
        else:
            return int(known) if kind == "int" else float(known)
        return None
