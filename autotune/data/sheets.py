"""Files of every format as one thing: a `Sheet` of named columns whose rows know their lines."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from autotune.data.formats import QuoteError, RowStream, as_text, csv_rows, damaged_parquet, format_of, open_rows, parquet_shape
from autotune.errors import DataError


@dataclass(frozen=True)
class Sheet:
    """Rows and columns of a file, before anyone decided what is text and what is label.

    Args:
        names: one for each column.
        lines: the 1-based line at which each row starts; for Parquet the row number.
        named_by: where the names come from, see `RowStream`.
        cells: the values of the column of this number, as the file has them.
    """

    path: Path
    names: list[str]
    lines: list[int]
    named_by: Literal["header", "schema", "format"]
    cells: Callable[[int], list[Any]]

    def column(self, number: int) -> list[str]:
        """The cells of a column as text; a missing one is empty.

        Raises:
            DataError: a list, an object or bytes where a text or a number is expected.
        """
        name = self.names[number]
        return [as_text(cell, f"{self.path}:{line}", name) for cell, line in zip(self.cells(number), self.lines, strict=True)]


def read_sheet(path: Path, limit: int | None = None) -> Sheet:
    """The rows of a file, whose format its name tells, see `open_rows`.

    Args:
        limit: read so many rows only, however long the file is.

    Raises:
        DataError: the file cannot be read, is empty, or breaks its format; with file and line.
    """
    match format_of(path):
        case ".tsv":
            sheet = _read_tsv(path, limit)
        case ".parquet":
            sheet = _read_parquet(path, limit)
        case _:
            sheet = sheet_of(open_rows(path), limit)
    if not sheet.lines:
        raise DataError(f"{path}: a header line and nothing else" if sheet.named_by == "header" else f"{path} is empty")
    return sheet


def sheet_of(stream: RowStream, limit: int | None = None) -> Sheet:
    """The first rows of a stream.

    Raises:
        DataError: one that cannot be read.
    """
    rows: list[list[Any]] = []
    lines: list[int] = []
    for line, row in stream.rows:
        if isinstance(row, DataError):
            raise row
        rows.append(row)
        lines.append(line)
        if len(rows) == limit:
            break
    return Sheet(stream.path, stream.names, lines, stream.named_by, lambda number: [row[number] for row in rows])


def _read_tsv(path: Path, limit: int | None) -> Sheet:
    """As `open_rows` reads it; where no kind of quotes fits, what breaks the rules of CSV is told."""
    try:
        return sheet_of(csv_rows(path, "\t"), limit)
    except QuoteError as quoted:
        try:
            return sheet_of(csv_rows(path, "\t", csv.QUOTE_NONE), limit)
        except DataError:
            raise quoted from None


def _read_parquet(path: Path, limit: int | None) -> Sheet:
    """By columns: those that are not asked for are not read."""
    names, rows = parquet_shape(path)
    rows = rows if limit is None else min(rows, limit)

    def cells(number: int) -> list[Any]:
        try:
            column = pl.read_parquet(path, columns=[number], n_rows=limit, glob=False).to_series()
        except (pl.exceptions.PolarsError, OSError) as problem:
            raise damaged_parquet(path, problem) from None
        return column.to_list()

    return Sheet(path, names, list(range(1, rows + 1)), "schema", cells)
