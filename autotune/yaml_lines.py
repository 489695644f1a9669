"""YAML 1.2 with the line of every entry: `1e-4` is a number, `off` is a word, and a mistake can be pointed at."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from autotune.errors import UsageError


def read_yaml(path: Path, error: type[UsageError]) -> CommentedMap:
    """The mapping at the top of a YAML file.

    Args:
        path: the file, UTF-8.
        error: the class to raise, so that a broken space and a broken configuration stay apart.

    Raises:
        error: no such file, not UTF-8, not YAML, or not a mapping; with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise error(f"no such file: {path}") from None
    except IsADirectoryError:
        raise error(f"{path} is a folder, not a YAML file") from None
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise error(f"{path}:{line}: not UTF-8", "save the file as UTF-8") from None
    try:
        content = YAML(typ="rt").load(text)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise error(f"{path}{where}: not valid YAML: {(problem.problem or 'unreadable').splitlines()[0]}") from None
    except YAMLError as problem:
        raise error(f"{path}: not valid YAML: {str(problem).splitlines()[0]}") from None
    if not isinstance(content, CommentedMap):
        raise error(f"{path}: expected `name: value` entries at the top of the file")
    return content


def line_of(content: Any, *keys: Any) -> int:
    """The 1-based line of the entry at `keys`; that of its nearest parent where the entry is missing."""
    line = 1
    for key in keys:
        if isinstance(content, CommentedMap) and key in content:
            line = content.lc.key(key)[0] + 1
        elif isinstance(content, CommentedSeq) and isinstance(key, int) and key < len(content):
            line = content.lc.item(key)[0] + 1
        else:
            break
        content = content[key]
    return line


def plain(content: Any) -> Any:
    """The same content as ordinary dictionaries, lists and scalars (the loader's carry positions and styles)."""
    if isinstance(content, dict):
        return {plain(key): plain(value) for key, value in content.items()}
    if isinstance(content, list):
        return [plain(value) for value in content]
    for kind in (bool, int, float, str):
        if isinstance(content, kind):
            return kind(content)
    return content
