"""A configuration as a YAML file that explains itself: what `export` writes and `train` reads back."""

import json
import re
from pathlib import Path
from typing import Any

from autotune.config import PATHS, Config, build
from autotune.errors import ConfigError
from autotune.sections import Section
from autotune.yaml_lines import line_of, plain, read_yaml


def write_config(config: Config, heading: str = "", explained: bool = True) -> str:
    """The configuration as YAML: parameters with an effect only, each with a comment that explains it.

    Args:
        heading: comment lines for the top of the file.
        explained: False: without the comments, for where there is no room for long lines.
    """
    lines = [f"# {line}".rstrip() for line in heading.splitlines()]
    section = ""
    for path, value in config.canonical().items():
        name, _, leaf = path.rpartition(".")
        if name and name != section:
            kind = Config.model_fields[name].annotation
            assert isinstance(kind, type)
            assert issubclass(kind, Section)
            lines += ["", f"# {kind.__doc__}", f"{name}:"] if explained else [f"{name}:"]
        elif not name and explained:
            lines.append("")
        section = name
        entry = f"{'  ' if name else ''}{leaf}: {_scalar(value)}"
        lines.append(f"{entry:<31} # {PATHS[path].description}" if explained else entry)
    return "\n".join(lines).lstrip("\n") + "\n"


def read_config(path: Path) -> Config:
    """The configuration in a YAML file; what it does not say is set by default.

    Raises:
        ConfigError: every mistake of the file at once, each with its line.
    """
    content = read_yaml(path, ConfigError)
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for name, entry in content.items():
        if isinstance(entry, dict):
            for leaf, value in entry.items():
                values[f"{name}.{leaf}"] = plain(value)
                places[f"{name}.{leaf}"] = f"{path}:{line_of(content, name, leaf)}"
        else:
            values[str(name)] = plain(entry)
            places[str(name)] = f"{path}:{line_of(content, name)}"
    return build(values, places)


def _scalar(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if re.fullmatch(r"\d+(,\d+)+", value):
            return f"[{value.replace(',', ', ')}]"
        # A path may hold anything, a `#` or a comma too.
        return value if re.fullmatch("[a-z0-9_]+", value) else json.dumps(value, ensure_ascii=False)
    return repr(value) if isinstance(value, float) else str(value)
