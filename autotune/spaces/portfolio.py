"""What a search tries first: configurations that have done well elsewhere, each where those before it do badly."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from autotune.config import Value, build
from autotune.errors import ConfigError, SpaceError
from autotune.spaces.files import builtin_folder
from autotune.yaml_lines import line_of, plain, read_yaml

PORTFOLIO = "portfolio.yaml"
_KEY = "configurations"


def read_portfolio(path: Path) -> tuple[dict[str, Value], ...]:
    """The configurations of a file in their order, each as paths to values; what is not said stays at its default.

    Raises:
        SpaceError: no such file, or something in it that is no configuration, with its line.
    """
    content = read_yaml(path, SpaceError)
    entries = content.get(_KEY)
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries or content.keys() != {_KEY}:
        raise SpaceError(f"{path}: expected a list under `{_KEY}:` and nothing else")
    return tuple(_entry(content, number, path) for number in range(len(entries)))


@cache
def builtin_portfolio() -> tuple[dict[str, Value], ...]:
    """The one that comes with autotune."""
    return read_portfolio(builtin_folder() / PORTFOLIO)


def _entry(content: Any, number: int, path: Path) -> dict[str, Value]:
    entry = content[_KEY][number]
    if not isinstance(entry, dict):
        raise SpaceError(f"{path}:{line_of(content, _KEY, number)}: expected `path: value` entries")
    places = {name: f"{path}:{line_of(content, _KEY, number, name)}" for name in entry}
    try:
        values = build(plain(entry), places).values()
    except ConfigError as problem:
        raise SpaceError(problem.message) from None
    return {name: value for name in entry if (value := values[name]) is not None}
