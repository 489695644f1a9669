"""Files of every format, row by row. A row that cannot be read is in its place the error that says why, so that the others can be."""

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import polars as pl

from autotune.data.decoding import open_data, readable_lines, text_lines
from autotune.errors import DataError

FASTTEXT_LABEL = "__label__"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_JSON_HINT = 'one JSON object a line is expected, such as {"text": "fine", "label": "good"}'
_PARQUET_ROWS = 65_536
"""So many are read at a time."""

Row = tuple[int, list[Any] | DataError]
"""The 1-based line at which a row starts, for Parquet its number, and its cells as the file has them."""


@dataclass(frozen=True)
class RowStream:
    """Rows of a file that are read when they are asked for, once.

    Args:
        names: one for each column.
        named_by: `header`, the first line of a CSV file, which may turn out to be data; `schema`, names that are surely names;
            `format`, a format without names, where a name given by the user has no meaning.
        rows: each with as many cells as there are names. What keeps all further rows from being read is raised.
    """

    path: Path
    names: list[str]
    named_by: Literal["header", "schema", "format"]
    rows: Iterator[Row]


class QuoteError(DataError):
    """Quotes that do not follow the rules of CSV."""


def open_rows(path: Path) -> RowStream:
    """The rows of a file, whose format its name tells: .csv, .tsv, .jsonl, .ndjson, .json, .parquet; any other is lines of text.

    Raises:
        DataError: the file cannot be opened, or has not even a header.
    """
    match format_of(path):
        case ".csv":
            return csv_rows(path, csv_delimiter(path))
        case ".tsv":
            return csv_rows(path, "\t", _tsv_quoting(path))
        case ".jsonl" | ".ndjson" | ".json":
            return _json_rows(path)
        case ".parquet":
            return _parquet_rows(path)
    return _plain_rows(path)


def format_of(path: Path) -> str:
    """The ending of a file's name, in lower case and without `.gz`."""
    return Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()


def as_text(cell: Any, where: str, name: str) -> str:
    """A cell as text; a missing one is empty.

    Args:
        where: file and line, for the error.
        name: of the column.

    Raises:
        DataError: a list, an object or bytes where a text or a number is expected.
    """
    if isinstance(cell, str):
        return cell
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list | dict | bytes):
        what = {list: "a list", dict: "an object", bytes: "bytes"}[type(cell)]
        raise DataError(f"{where}: {what} in column '{name}'", "give each text one text and one label")
    return str(cell)


def csv_delimiter(path: Path) -> str:
    """A comma; a semicolon or a tab where the header has no comma, since spreadsheets write them under the name .csv as well."""
    header = next(text_lines(path), "")
    return next((mark for mark in ",;\t" if mark in header), ",")


def _tsv_quoting(path: Path) -> Literal[0, 3]:
    """Quotes as in CSV if the whole file can be read so, else every quote is an ordinary character.

    Both kinds are common and no flag tells them apart, but a text that merely begins with a quote breaks strict parsing.
    """
    try:
        broken = any(isinstance(row, QuoteError) for _, row in _cut(path, "\t", csv.QUOTE_MINIMAL))
    except QuoteError:
        broken = True
    return csv.QUOTE_NONE if broken else csv.QUOTE_MINIMAL


def csv_rows(path: Path, delimiter: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> RowStream:
    """Rows of cells under a header. Blank lines and rows without any content are no rows; every other row is as long as the header.

    Raises:
        DataError: the file is empty, or its header cannot be read.
    """
    rows = _cut(path, delimiter, quoting)
    header = next(rows, None)
    if header is None:
        raise DataError(f"{path} is empty")
    if isinstance(header[1], DataError):
        raise header[1]
    names = [name.strip() for name in header[1]]

    def checked() -> Iterator[Row]:
        for line, row in rows:
            if not isinstance(row, DataError) and len(row) != len(names):
                yield (
                    line,
                    DataError(
                        f"{path}:{line}: expected {len(names)} cells as in the header, found {len(row)}",
                        f"put quotes around a text that holds {delimiter!r}",
                    ),
                )
            else:
                yield line, row

    return RowStream(path, names, "header", checked())


def _cut(path: Path, delimiter: str, quoting: Literal[0, 3]) -> Iterator[Row]:
    problems: list[DataError] = []

    def lines() -> Iterator[str]:
        for text, problem in readable_lines(path):
            if problem is not None:
                problems.append(problem)
            yield text

    reader = csv.reader(lines(), delimiter=delimiter, quoting=quoting, strict=True)
    start = 1
    while True:
        line = start
        try:
            with _long_cells():
                row = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            error = _explain(path, line, str(problem))
            if "unexpected end" in str(problem):  # all that follows was swallowed
                raise error from None
            start = reader.line_num + 1
            problems.clear()
            yield line, error
            continue
        start = reader.line_num + 1
        if problems:
            yield line, problems[0]
            problems.clear()
        elif any(row):
            yield line, row


def _explain(path: Path, line: int, problem: str) -> DataError:
    if "unexpected end" in problem:
        return QuoteError(f"{path}:{line}: a quote is opened here and never closed", 'write a quote inside a text twice: ""')
    if "expected after" in problem:
        return QuoteError(f"{path}:{line}: text after a closing quote", 'write a quote inside a text twice: ""')
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


def _json_rows(path: Path) -> RowStream:
    records = _json_records(path)
    unreadable: list[tuple[int, DataError]] = []
    names: list[str] = []
    head: list[tuple[int, dict[str, Any] | DataError]] = []
    for line, record in records:
        head.append((line, record))
        if not isinstance(record, DataError):
            names = list(record)
            break
        unreadable.append((line, record))
    if unreadable and not names:
        raise unreadable[0][1]

    def rows() -> Iterator[Row]:
        for line, record in chain(head, records):
            yield line, record if isinstance(record, DataError) else [_whole(record.get(name)) for name in names]

    return RowStream(path, names, "schema", rows())


def _json_records(path: Path) -> Iterator[tuple[int, dict[str, Any] | DataError]]:
    for number, (text, problem) in enumerate(readable_lines(path), start=1):
        if text.isspace():
            continue
        yield number, problem or _json_record(path, number, text)


def _json_record(path: Path, number: int, line: str) -> dict[str, Any] | DataError:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as problem:
        what = problem.msg if isinstance(problem, json.JSONDecodeError) else "nested too deeply, or a number too long"
        return DataError(f"{path}:{number}: not valid JSON: {what}", _JSON_HINT)
    return record if isinstance(record, dict) else DataError(f"{path}:{number}: not a JSON object", _JSON_HINT)


def _whole(value: Any) -> Any:
    """JSON can spell half a character, which neither UTF-8 nor any tokenizer takes."""
    return _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def parquet_shape(path: Path) -> tuple[list[str], int]:
    """The names of the columns of a Parquet file, and the number of its rows.

    Raises:
        DataError: it is none, or damaged.
    """
    with open_data(path) as stream:
        if not stream.read(1):
            raise DataError(f"{path} is empty")
    try:
        return list(pl.read_parquet_schema(path)), pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise damaged_parquet(path, problem) from None


def damaged_parquet(path: Path, problem: Exception) -> DataError:
    """The error for a Parquet file that cannot be read."""
    return DataError(f"{path}: not a readable Parquet file: {(str(problem).splitlines() or ['damaged'])[0]}", "write or fetch it again")


def _parquet_rows(path: Path) -> RowStream:
    names, count = parquet_shape(path)

    def rows() -> Iterator[Row]:
        for start in range(0, count, _PARQUET_ROWS):
            try:
                part = pl.scan_parquet(path, glob=False).slice(start, _PARQUET_ROWS).collect()
            except (pl.exceptions.PolarsError, OSError) as problem:
                raise damaged_parquet(path, problem) from None
            for number, row in enumerate(part.iter_rows(), start=start + 1):
                yield number, list(row)

    return RowStream(path, names, "schema", rows())


def _plain_rows(path: Path) -> RowStream:
    """fastText lines, `__label__good fine film`, if the first line with content is one; else every line, blank ones too, is a text."""
    first = next(_with_content(text for text, _ in readable_lines(path)), (0, ""))[1]
    if first.startswith(FASTTEXT_LABEL):
        return RowStream(path, ["label", "text"], "format", _fasttext_rows(path))
    lines = enumerate(readable_lines(path), start=1)
    return RowStream(path, ["text"], "format", ((number, problem or [text.rstrip("\r\n")]) for number, (text, problem) in lines))


def _fasttext_rows(path: Path) -> Iterator[Row]:
    for number, (text, problem) in enumerate(readable_lines(path), start=1):
        if not text.isspace():
            yield number, problem or _fasttext_pair(path, number, text.strip())


def _fasttext_pair(path: Path, number: int, line: str) -> list[Any] | DataError:
    if not line.startswith(FASTTEXT_LABEL):
        return ["", line]
    label, _, text = line.removeprefix(FASTTEXT_LABEL).partition(" ")
    if text.lstrip().startswith(FASTTEXT_LABEL):
        return DataError(f"{path}:{number}: two labels on one line", "give each text one label")
    return [label, text]


def _with_content(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, stripped, with their 1-based numbers."""
    return ((number, line.strip()) for number, line in enumerate(lines, start=1) if not line.isspace())
