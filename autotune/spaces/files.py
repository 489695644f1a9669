"""Search spaces in files: finding them by name, composing what they include, listing and writing them."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from autotune.config import PATHS, Config, Value
from autotune.errors import SpaceError, did_you_mean
from autotune.sections import Section
from autotune.spaces.check import SpaceFile, suffix
from autotune.spaces.relations import check_circles, check_conditions, check_effects, narrowed, parents_first
from autotune.spaces.space import Parameter, SearchSpace

NO_SPACES = ("portfolio.yaml", "priors.yaml")
"""What lies beside the built-in spaces and is none: what a search begins with."""


class Listed(NamedTuple):
    """A built-in space, as a list shows it."""

    name: str
    description: str
    is_preset: bool


def builtin_folder() -> Path:
    """Where the built-in spaces lie: inside an installed package, or at the root of a checkout."""
    library = Path(__file__).parent / "library"
    return library if library.is_dir() else Path(__file__).parents[2] / "search_spaces"


def builtin_files() -> dict[str, Path]:
    """The built-in spaces by their names: `quick`, `full`, and `optimizer` for `01_optimizer.yaml`."""
    return {_name(path): path for path in sorted(builtin_folder().glob("*.yaml")) if path.name not in NO_SPACES}


def list_spaces() -> list[Listed]:
    """The built-in spaces, presets first, then one for each tip."""
    listed = []
    for name, path in builtin_files().items():
        file = SpaceFile(path)
        listed.append(Listed(name, file.description, "claim" not in file.content))
    return sorted(listed, key=lambda space: not space.is_preset)


def read_space(name_or_path: str) -> SearchSpace:
    """The search space of that name, or in that file.

    Raises:
        SpaceError: no such space; or every mistake of the file and of what it includes, each with its line.
    """
    path = _locate(name_or_path)
    loader = _Loader()
    draft = loader.load(path)
    if loader.problems:
        raise SpaceError("\n".join(loader.problems))
    return draft.space(path).without_idle()


def space_origin(name_or_path: str) -> str:
    """What finds the same space again from any folder: the name of a built-in one, or the absolute path of a file."""
    return name_or_path if name_or_path in builtin_files() else str(Path(name_or_path).absolute())


def check_space(path: Path) -> list[str]:
    """Every mistake of a file and of what it includes, `file:line: what`; empty where there is none."""
    loader = _Loader()
    try:
        loader.load(path)
    except SpaceError as error:
        return [error.message]
    return loader.problems


def write_space(space: SearchSpace) -> str:
    """The space as one YAML file without includes, under the headings of the tips; reading it gives the same space."""
    lines = [f"description: {_scalar(space.description)}"]
    for title, entries in (("parameters", {item.path: item.entry() for item in space.parameters}), ("fixed", dict(space.fixed))):
        if not entries:
            continue
        lines += ["", f"{title}:"]
        section = ""
        for path in sorted(entries, key=list(PATHS).index):
            if path.split(".")[0] != section:
                section = path.split(".")[0]
                lines.append(f"  # {_heading(section)}")
            lines += _entry_lines(path, entries[path])
    return "\n".join(lines) + "\n"


@dataclass
class _Draft:
    """What a file and its includes come to, before conditions are resolved."""

    description: str
    parameters: dict[str, Parameter] = field(default_factory=dict)
    fixed: dict[str, Value] = field(default_factory=dict)

    def add(self, parameters: dict[str, Parameter], fixed: dict[str, Value]) -> None:
        """Adds a later file's word, which counts more than what was said before."""
        self.parameters = {path: parameter for path, parameter in self.parameters.items() if path not in fixed} | parameters
        self.fixed = {path: value for path, value in self.fixed.items() if path not in parameters} | fixed

    def space(self, path: Path) -> SearchSpace:
        parameters = {name: narrowed(parameter, self.parameters) for name, parameter in self.parameters.items()}
        return SearchSpace(_name(path), self.description, parents_first(parameters), self.fixed)


class _Loader:
    """Reads a file and what it includes, and keeps what is wrong with any of them."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._drafts: dict[Path, _Draft] = {}

    def load(self, path: Path, trail: tuple[Path, ...] = ()) -> _Draft:
        """What the file comes to.

        Args:
            trail: the files that include this one, outermost first.

        Raises:
            SpaceError: the file cannot be read at all.
        """
        key = path.resolve()
        if key in self._drafts:
            return self._drafts[key]
        file = SpaceFile(path)
        draft = _Draft(file.description)
        for index, name in enumerate(file.includes()):
            included = self._include(file, index, name, (*trail, key))
            if included:
                draft.add(included.parameters, included.fixed)
        own, fixed = file.parameters(), file.fixed()
        draft.add(own, fixed)
        check_conditions(file, draft.parameters, draft.fixed)
        if not self.problems:
            check_circles(file, draft.parameters)
        if not self.problems and not file.problems:
            check_effects(file, draft.space(path))
        self.problems += file.problems
        self._drafts[key] = draft
        return draft

    def _include(self, file: SpaceFile, index: int, name: str, trail: tuple[Path, ...]) -> _Draft | None:
        beside = file.path.parent / name
        builtin = {path.name: path for path in builtin_files().values()} | builtin_files()
        target = beside if beside.is_file() else builtin.get(name)
        if target is None:
            known = [*(path.name for path in sorted(file.path.parent.glob("*.yaml"))), *builtin]
            file.complain(f"include: no such file: {name}{suffix(name, known)}", "include", index)
            return None
        if target.resolve() in trail:
            circle = [path.name for path in (*trail[trail.index(target.resolve()) :], target)]
            file.complain(f"include: goes round in a circle: {' includes '.join(circle)}", "include", index)
            return None
        try:
            return self.load(target, trail)
        except SpaceError as error:
            self.problems.append(error.message)
            return None


def _name(path: Path) -> str:
    return re.sub(r"^\d+_", "", path.stem)


def _locate(name_or_path: str) -> Path:
    names = builtin_files()
    if name_or_path in names:
        return names[name_or_path]
    path = Path(name_or_path)
    if path.exists() or path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return path
    hint = did_you_mean(name_or_path, names)
    raise SpaceError(f"unknown search space '{name_or_path}'" + (f", {hint}" if hint else ""), "`autotune spaces` lists them")


def _heading(section: str) -> str:
    kind = Config.model_fields[section].annotation
    assert isinstance(kind, type)
    assert issubclass(kind, Section)
    return kind.__doc__ or section


def _entry_lines(path: str, entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return [f"  {path}: {_scalar(entry)}"]
    return [f"  {path}:", *(f"    {key}: {_flow(value)}" for key, value in entry.items())]


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return f"[{', '.join(map(_flow, value))}]" if isinstance(value, list) else _scalar(value)


def _scalar(value: Value) -> str:
    """A word as it is; any other text in quotes, lest it be read as a number or as a list."""
    if isinstance(value, str):
        return (
            value
            if re.fullmatch("[a-z][a-z_]*", value) and value not in ("true", "false", "null")
            else json.dumps(value, ensure_ascii=False)
        )
    return json.dumps(value)
