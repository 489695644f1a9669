"""Program texts from templates: a template reads as the program does, with lines such as `#: if ngrams`, `#: else`, `#: end` between."""

import re
from collections.abc import Mapping
from pathlib import Path

_MARK = re.compile(r"\s*#: (if|else|end)(?: (not )?(\w+))?\s*")
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def rendered(template: Path, flags: Mapping[str, bool], values: Mapping[str, object]) -> str:
    """The template with the parts whose flags are set, and each `{{name}}` replaced by its value.

    Raises:
        KeyError: the template names a flag or a value that is not given.
        ValueError: its marks do not match.
    """
    kept: list[str] = []
    wanted: list[bool] = []
    for line in template.read_text(encoding="utf-8").splitlines():
        mark = _MARK.fullmatch(line)
        if mark is None:
            if all(wanted):
                kept.append(_PLACE.sub(lambda place: str(values[place[1]]), line))
        elif mark[1] == "if":
            wanted.append(flags[mark[3]] != bool(mark[2]))
        elif not wanted:
            raise ValueError(f"{template.name}: {line.strip()} without its if")
        elif mark[1] == "else":
            wanted[-1] = not wanted[-1]
        else:
            wanted.pop()
    if wanted:
        raise ValueError(f"{template.name}: an if without its end")
    return "\n".join(kept) + "\n"
