"""The texts of a file one after the other, however many there are."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from autotune.data.columns import choose_columns
from autotune.data.formats import RowStream, as_text, open_rows
from autotune.data.sheets import sheet_of
from autotune.errors import DataError

_LOOKED_AT = 1000
"""By so many rows the column is found where its name does not tell."""

Text = str | DataError
"""A text, or why the row cannot be read."""


def stream_texts(path: Path, column: str | None = None) -> Iterator[Text]:
    """The text of every row, in order, in memory that does not grow with the file.

    Args:
        column: that of the texts; found as `read_table` finds it where None, by the first rows.

    Raises:
        DataError: at once where the file cannot be opened or the column cannot be found; later where all further rows cannot be read.
    """
    stream = open_rows(path)
    head = list(islice(stream.rows, _LOOKED_AT))
    readable = ((line, row) for line, row in head if not isinstance(row, DataError))
    sheet = sheet_of(RowStream(path, stream.names, stream.named_by, readable))
    if not sheet.lines:
        raise next((row for _, row in head if isinstance(row, DataError)), DataError(f"{path} holds no text"))
    number, _ = choose_columns(sheet, column, None, labelled=False)

    def texts() -> Iterator[Text]:
        for line, row in chain(head, stream.rows):
            if isinstance(row, DataError):
                yield row
                continue
            try:
                yield as_text(row[number], f"{path}:{line}", stream.names[number])
            except DataError as problem:
                yield problem

    return texts()
