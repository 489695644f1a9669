"""A file of texts and labels as a `Table`, whatever its format."""

from dataclasses import dataclass
from pathlib import Path

from autotune.data.columns import choose_columns
from autotune.data.sheets import read_sheet
from autotune.errors import DataError


@dataclass(frozen=True)
class Table:
    """Texts and labels as the file has them, row by row.

    Args:
        texts: as written; they may be empty.
        labels: stripped, never empty; None where none were asked for.
        text_column: the name of the column that holds the texts.
        label_column: the name of the column that holds the labels; None without labels.
        lines: the 1-based line at which each row starts; for Parquet the row number.
    """

    texts: list[str]
    labels: list[str] | None
    text_column: str
    label_column: str | None
    lines: list[int]


def read_table(path: Path, text: str | None = None, label: str | None = None, *, labelled: bool = True) -> Table:
    """The texts and labels of a file.

    The name tells the format: .csv (comma; semicolon or tab if the header has no comma), .tsv, .jsonl, .ndjson and .json (one object
    a line), .parquet; any other name means fastText lines, `__label__good fine film`, or, without labels, one text a line. A text
    format may be packed as .gz. CSV and TSV need a first line that names the columns. Blank lines are skipped, save in plain lines.

    Args:
        text: the column of the texts; found by its name or its content where None. Formats without names ignore it.
        label: the same for the labels.
        labelled: false reads texts only, for prediction.

    Raises:
        DataError: whatever keeps the file from being read, columns from being found, or rows from having a label.
    """
    sheet = read_sheet(path)
    text_number, label_number = choose_columns(sheet, text, label, labelled=labelled)
    texts = sheet.column(text_number)
    if label_number is None:
        return Table(texts, None, sheet.names[text_number], None, sheet.lines)
    labels = [cell.strip() for cell in sheet.column(label_number)]
    missing = [line for line, cell in zip(sheet.lines, labels, strict=True) if not cell]
    if missing:
        rows = "1 row has" if len(missing) == 1 else f"{len(missing)} rows have"
        raise DataError(f"{path}:{missing[0]}: no label; {rows} none", "give every text a label, or take these rows out")
    return Table(texts, labels, sheet.names[text_number], sheet.names[label_number], sheet.lines)


def check_columns(path: Path, text: str | None, label: str | None) -> None:
    """Look at the first row of a file only, so that a mistake shows before a long search rather than after it.

    Raises:
        DataError: the file cannot be opened, its first row cannot be read, or the columns cannot be found.
    """
    choose_columns(read_sheet(path, limit=1), text, label, labelled=True)


def column_names(path: Path) -> list[str]:
    """The names of a file's columns, from its head; none for formats without names.

    Raises:
        DataError: the file cannot be opened or its first row cannot be read.
    """
    sheet = read_sheet(path, limit=1)
    return [] if sheet.named_by == "format" else sheet.names
