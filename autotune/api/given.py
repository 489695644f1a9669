"""Data that a program has in memory, as a file: a search reads it again when it is resumed, and its workers read it too."""

import json
import os
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from autotune.errors import UsageError

_EXPECTED = "give a path, a table with columns (a data frame or a dict of lists), or a list of (text, label) pairs"


def as_file(data: Any, what: str, folder: Path) -> str | None:
    """The absolute path of a data file; None stays None.

    What is in memory is written to `folder` as JSON lines, under a name that its content makes: the same data is the same file.

    Args:
        data: a path; a data frame of polars or pandas, or a mapping of columns to lists; a sequence of (text, label) pairs, or, where there
            are no labels, of texts.
        what: the argument, for messages.

    Raises:
        UsageError: nothing of these, or a file that is not there.
    """
    if data is None:
        return None
    if isinstance(data, str | os.PathLike):
        path = Path(data)
        if not path.is_file():
            raise UsageError(f"{what}: no such file: {path}" if not path.exists() else f"{what}: {path} is not a file")
        return str(path.absolute())
    content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in _records(data, what))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{what}-{sha256(content.encode('utf-8', 'replace')).hexdigest()[:12]}.jsonl"
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=folder, encoding="utf-8", errors="replace", delete=False) as file:
            file.write(content)
        os.replace(file.name, path)
    return str(path.absolute())


def _records(data: Any, what: str) -> list[dict[str, Any]]:
    if hasattr(data, "keys") or hasattr(data, "columns"):
        names = list(data.columns if hasattr(data, "columns") else data.keys())
        columns = {str(name): [_plain(cell) for cell in data[name]] for name in names}
        if len({len(column) for column in columns.values()}) > 1:
            lengths = ", ".join(f"{name} {len(column):,}" for name, column in columns.items())
            raise UsageError(f"{what}: the columns have different lengths: {lengths}")
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if not isinstance(data, Sequence):
        raise UsageError(f"{what}: {type(data).__name__} is no data", _EXPECTED)
    if all(isinstance(item, str) for item in data):
        return [{"text": text} for text in data]
    for row, item in enumerate(data):
        if isinstance(item, str) or not isinstance(item, Sequence) or len(item) != 2:
            raise UsageError(f"{what}[{row}]: not a pair of a text and a label", _EXPECTED)
    return [{"text": text, "label": _plain(label)} for text, label in data]


def _plain(cell: Any) -> Any:
    """A number of numpy as Python's own; a missing value as None."""
    value = cell.item() if hasattr(cell, "item") else cell
    if value is None or value != value:  # not a number
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)
