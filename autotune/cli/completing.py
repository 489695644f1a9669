"""What the Tab key offers: studies, search spaces, parameters and their values.

Each press starts Python anew, so nothing heavy is imported here, and whatever goes wrong offers nothing: no message may come in
between what somebody types.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Literal, get_args, get_origin

import typer

from autotune.api.defaults import DEFAULT_STORAGE

_VARIABLE = "_AUTOTUNE_COMPLETE"
"""Set by the scripts that `--install-completion` writes."""


def complete_study(context: typer.Context, incomplete: str) -> list[str]:
    """The studies in the database that the command would take."""
    from autotune.storage.glimpse import study_names

    storage = str(context.params.get("storage") or os.environ.get("AUTOTUNE_STORAGE") or DEFAULT_STORAGE)
    path = Path(storage.removeprefix("sqlite:///"))
    with suppress(Exception):
        if path.is_file():
            return [name for name in study_names(path) if name.startswith(incomplete)]
    return []


def complete_space(incomplete: str) -> list[str]:
    """The built-in search spaces, and YAML files."""
    with suppress(Exception):
        from autotune.spaces.files import builtin_files

        folder = incomplete.rpartition("/")[0]
        files = [os.path.join(folder, path.name) for path in sorted(Path(folder or ".").glob("*.y*ml"))]
        return [name for name in (*builtin_files(), *files) if name.startswith(incomplete)]
    return []


def complete_setting(incomplete: str) -> list[str]:
    """`PATH=` for the parameters that begin so; where there is one alone, or its equals sign is there, `PATH=VALUE`."""
    with suppress(Exception):
        from autotune.config import PATHS

        path, equals, _ = incomplete.partition("=")
        matching = [known for known in PATHS if known.startswith(path) and known != "seed"]
        if not equals and len(matching) > 1:
            return [f"{known}=" for known in matching]
        pairs = [f"{known}={value}" for known in matching if not equals or known == path for value in _values(known)]
        return [pair for pair in pairs if pair.startswith(incomplete)]
    return []


def _values(path: str) -> list[str]:
    """What a parameter may be, or what it is by default where it may be any number."""
    from autotune.config import PATHS

    kind, default = PATHS[path].annotation, PATHS[path].default
    if kind is bool:
        return ["true", "false"]
    choices = [str(choice) for part in (kind, *get_args(kind)) if get_origin(part) is Literal for choice in get_args(part)]
    return choices if default in choices else [*([str(default)] if isinstance(default, int | float | str) else []), *choices]


@contextmanager
def words_joined() -> Iterator[None]:
    """Undoes for the completion in it what bash does to `--set optimizer.name=ad`: it takes that for three words.

    Bash replaces the last of them alone, so that only what stands behind the equals sign is said.
    """
    words = _joined() if os.environ.get(_VARIABLE) == "complete_bash" else None
    if words is None:
        yield
        return
    os.environ.update({"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)})
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            yield
    finally:
        typer.echo("\n".join(line.rpartition("=")[2] for line in said.getvalue().splitlines()))


def _joined() -> list[str] | None:
    """The words up to the cursor, the last three as one; None: they are not of that kind."""
    words, current = os.environ.get("COMP_WORDS", "").split("\n"), int(os.environ.get("COMP_CWORD", "0"))
    words = [*words[:current], words[current] if current < len(words) else ""]
    if len(words) > 2 and words[-1] == "=" and not words[-2].startswith("-"):
        return [*words[:-2], f"{words[-2]}="]
    if len(words) > 3 and words[-2] == "=" and not words[-3].startswith("-"):
        return [*words[:-3], f"{words[-3]}={words[-1]}"]
    return None
