"""Files of every format as one thing: a `Sheet` of named columns whose rows know their lines."""

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import polars as pl

from autotune.data.decoding import open_data, text_lines
from autotune.errors import DataError

FASTTEXT_LABEL = "__label__"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_JSON_HINT = 'one JSON object a line is expected, such as {"text": "fine", "label": "good"}'


@dataclass(frozen=True)
class Sheet:
    """Rows and columns of a file, before anyone decided what is text and what is label.

    Args:
        names: one for each column.
        lines: the 1-based line at which each row starts; for Parquet the row number.
        named_by: `header`, the first line of a CSV file, which may turn out to be data; `schema`, names that are surely names;
            `format`, a format without names, where a name given by the user has no meaning.
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
        cells = self.cells(number)
        for row, cell in enumerate(cells):
            if not isinstance(cell, str):
                cells[row] = self._as_text(cell, row, number)
        return cells

    def _as_text(self, cell: Any, row: int, number: int) -> str:
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            return ""
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, list | dict | bytes):
            what = {list: "a list", dict: "an object", bytes: "bytes"}[type(cell)]
            raise DataError(
                f"{self.path}:{self.lines[row]}: {what} in column '{self.names[number]}'", "give each text one text and one label"
            )
        return str(cell)


def read_sheet(path: Path, limit: int | None = None) -> Sheet:
    """The rows of a file, whose format its name tells: .csv, .tsv, .jsonl, .ndjson, .json, .parquet; any other is lines of text.

    Args:
        limit: read so many rows only, however long the file is.

    Raises:
        DataError: the file cannot be read, is empty, or breaks its format; with file and line.
    """
    suffix = Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()
    match suffix:
        case ".csv":
            sheet = _read_csv(path, limit)
        case ".tsv":
            sheet = _read_tsv(path, limit)
        case ".jsonl" | ".ndjson" | ".json":
            sheet = _read_json_lines(path, limit)
        case ".parquet":
            sheet = _read_parquet(path, limit)
        case _:
            sheet = _read_plain(path, limit)
    if not sheet.lines:
        raise DataError(f"{path}: a header line and nothing else" if sheet.named_by == "header" else f"{path} is empty")
    return sheet


def _read_csv(path: Path, limit: int | None) -> Sheet:
    """Commas; semicolons or tabs where the header has no comma, since spreadsheets write them under the name .csv as well."""
    header = next(text_lines(path), "")
    return _cut(path, next((mark for mark in ",;\t" if mark in header), ","), limit)


def _read_tsv(path: Path, limit: int | None) -> Sheet:
    """Tabs; quotes as in CSV if the whole file can be read so, else every quote is an ordinary character.

    Both kinds are common and no flag tells them apart, but a text that merely begins with a quote breaks strict parsing.
    """
    try:
        return _cut(path, "\t", limit)
    except _QuoteError as quoted:
        try:
            return _cut(path, "\t", limit, csv.QUOTE_NONE)
        except DataError:
            raise quoted from None


class _QuoteError(DataError):
    """Quotes that do not follow the rules of CSV."""


def _cut(path: Path, delimiter: str, limit: int | None, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> Sheet:
    """Rows of cells. Blank lines and rows without any content are no rows; every other row is as long as the header."""
    reader = csv.reader(text_lines(path), delimiter=delimiter, quoting=quoting, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    names: list[str] | None = None
    try:
        with _long_cells():
            for row in reader:
                line, start = start, reader.line_num + 1
                if not any(row):
                    continue
                if names is None:
                    names = [name.strip() for name in row]
                    continue
                if len(row) != len(names):
                    raise DataError(
                        f"{path}:{line}: expected {len(names)} cells as in the header, found {len(row)}",
                        f"put quotes around a text that holds {delimiter!r}",
                    )
                rows.append(row)
                lines.append(line)
                if len(rows) == limit:
                    break
    except csv.Error as problem:
        raise _explain(path, start, str(problem)) from None
    if names is None:
        raise DataError(f"{path} is empty")
    return Sheet(path, names, lines, "header", lambda number: [row[number] for row in rows])


def _explain(path: Path, line: int, problem: str) -> DataError:
    if "unexpected end" in problem:
        return _QuoteError(f"{path}:{line}: a quote is opened here and never closed", 'write a quote inside a text twice: ""')
    if "expected after" in problem:
        return _QuoteError(f"{path}:{line}: text after a closing quote", 'write a quote inside a text twice: ""')
    if "new-line" in problem:
        return DataError(
            f"{path}:{line}: a carriage return inside a row", "end lines with \\n or \\r\\n, and put quotes around texts of several lines"
        )
    return DataError(f"{path}:{line}: {problem}")


@contextmanager
def _long_cells() -> Iterator[None]:
    """The csv module refuses cells above 128 KiB unless told otherwise, for the whole process; a text may well be longer."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _read_json_lines(path: Path, limit: int | None) -> Sheet:
    records: list[dict[str, Any]] = []
    lines: list[int] = []
    for number, line in islice(_with_content(text_lines(path)), limit):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as problem:
            what = problem.msg if isinstance(problem, json.JSONDecodeError) else "nested too deeply, or a number too long"
            raise DataError(f"{path}:{number}: not valid JSON: {what}", _JSON_HINT) from None
        if not isinstance(record, dict):
            raise DataError(f"{path}:{number}: not a JSON object", _JSON_HINT)
        records.append(record)
        lines.append(number)
    names = list(records[0]) if records else []

    def cells(number: int) -> list[Any]:
        values = [record.get(names[number]) for record in records]
        # JSON can spell half a character, which neither UTF-8 nor any tokenizer takes.
        return [_LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value for value in values]

    return Sheet(path, names, lines, "schema", cells)


def _read_parquet(path: Path, limit: int | None) -> Sheet:
    with open_data(path) as stream:
        if not stream.read(1):
            raise DataError(f"{path} is empty")
    try:
        names = list(pl.read_parquet_schema(path))
        rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise _damaged(path, problem) from None
    rows = rows if limit is None else min(rows, limit)

    def cells(number: int) -> list[Any]:
        try:
            column = pl.read_parquet(path, columns=[number], n_rows=limit, glob=False).to_series()
        except (pl.exceptions.PolarsError, OSError) as problem:
            raise _damaged(path, problem) from None
        return column.to_list()

    return Sheet(path, names, list(range(1, rows + 1)), "schema", cells)


def _damaged(path: Path, problem: Exception) -> DataError:
    return DataError(f"{path}: not a readable Parquet file: {(str(problem).splitlines() or ['damaged'])[0]}", "write or fetch it again")


def _read_plain(path: Path, limit: int | None) -> Sheet:
    """fastText lines, `__label__good fine film`, if the first line with content is one; else every line, blank ones too, is a text."""
    first = next(_with_content(text_lines(path)), (0, ""))[1]
    if first.startswith(FASTTEXT_LABEL):
        numbered = list(islice(_with_content(text_lines(path)), limit))
        pairs = [_fasttext_pair(path, number, line) for number, line in numbered]
        return Sheet(path, ["label", "text"], [number for number, _ in numbered], "format", lambda number: [pair[number] for pair in pairs])
    texts = [line.rstrip("\r\n") for line in islice(text_lines(path), limit)]
    return Sheet(path, ["text"], list(range(1, len(texts) + 1)), "format", lambda _: list(texts))


def _fasttext_pair(path: Path, number: int, line: str) -> tuple[str, str]:
    if not line.startswith(FASTTEXT_LABEL):
        return "", line
    label, _, text = line.removeprefix(FASTTEXT_LABEL).partition(" ")
    if text.lstrip().startswith(FASTTEXT_LABEL):
        raise DataError(f"{path}:{number}: two labels on one line", "give each text one label")
    return label, text


def _with_content(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, stripped, with their 1-based numbers."""
    return ((number, line.strip()) for number, line in enumerate(lines, start=1) if not line.isspace())
