"""Rows of a file that can be learnt from, and the checks that their labels are classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autotune.data.files import Table
from autotune.errors import DataError, did_you_mean

FEWEST_ROWS = 10
MOST_CLASSES = 1000
FEWEST_ROWS_PER_CLASS = 2
"""On average: with fewer, the label column holds something like a title or a number of the row."""


@dataclass(frozen=True)
class Rows:
    """The rows of one file that have a text.

    Args:
        where: the file, to be named in messages.
        lines: the 1-based line of each row.
        blank: how many rows had no text.
    """

    where: str
    texts: list[str]
    labels: list[str]
    lines: list[int]
    text_column: str
    label_column: str
    blank: int


def with_texts(table: Table, where: str) -> Rows:
    """The rows of a labelled table whose text is more than blanks.

    Raises:
        DataError: there are none.
    """
    assert table.labels is not None
    assert table.label_column is not None
    kept = [row for row, text in enumerate(table.texts) if text.strip()]
    if not kept:
        raise DataError(f"{where}: every text is empty", f"texts are read from column '{table.text_column}'")
    return Rows(
        where,
        [table.texts[row] for row in kept],
        [table.labels[row] for row in kept],
        [table.lines[row] for row in kept],
        table.text_column,
        table.label_column,
        len(table.texts) - len(kept),
    )


def class_names(rows: Rows) -> tuple[str, ...]:
    """The labels that occur, sorted.

    Raises:
        DataError: fewer than 10 rows, a single class, or so many that the column can hardly be that of the labels.
    """
    names = tuple(sorted(set(rows.labels)))
    column = f"labels are read from column '{rows.label_column}'; say --label NAME if they are in another"
    if len(rows.texts) < FEWEST_ROWS:
        raise DataError(f"{rows.where}: {len(rows.texts)} rows with a text", f"at least {FEWEST_ROWS} are needed")
    if len(names) == 1:
        raise DataError(f"{rows.where}: one class only, '{names[0]}'", column)
    if len(names) > MOST_CLASSES or len(rows.texts) < FEWEST_ROWS_PER_CLASS * len(names):
        raise DataError(f"{rows.where}: {len(names)} different labels in {len(rows.texts)} rows: these are hardly classes", column)
    return names


def class_numbers(labels: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    """The place of each label in `names`, -1 for one that is not there: [labels] int64."""
    number = {name: place for place, name in enumerate(names)}
    return np.array([number.get(label, -1) for label in labels], dtype=np.int64)


def refuse_unknown(rows: Rows, names: Sequence[str]) -> None:
    """Check that every label is one of `names`.

    Raises:
        DataError: the first that is not, with its line.
    """
    known = set(names)
    for label, line in zip(rows.labels, rows.lines, strict=True):
        if label not in known:
            hint = did_you_mean(label, names) or "every label must occur in the data file as well"
            raise DataError(f"{rows.where}:{line}: label '{label}' does not occur in the data file", hint)
