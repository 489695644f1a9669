"""Which column holds the texts and which the labels."""

import re

from autotune.data.sheets import Sheet
from autotune.errors import DataError, did_you_mean

TEXT_NAMES = (
    *("text", "sentence", "review", "content", "document", "body", "comment", "tweet", "message", "post", "utterance", "question", "query"),
    *("description", "abstract", "snippet", "phrase", "headline", "title"),
)
LABEL_NAMES = (
    *("label", "class", "category", "target", "sentiment", "intent", "topic", "emotion", "polarity", "rating", "stars", "score"),
    *("genre", "language", "tag", "y"),
)
"""Names by which a column is known, the surest first; upper case, blanks around and a plural s do not matter."""

_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_LONGEST_NAME = 40
_MOST_WORDS_IN_NAME = 4


def choose_columns(sheet: Sheet, text: str | None, label: str | None, *, labelled: bool) -> tuple[int, int | None]:
    """The numbers of the text and the label column; the latter is None where `labelled` is false.

    A name that is given must exist. Without it, known names count; then, of exactly two columns, the label column is the one with
    fewer different values (the shorter one, if there are as many).

    Raises:
        DataError: an unknown name, one column for both, several columns and no clue, or a first line that looks like data.
    """
    if sheet.named_by == "format":
        if labelled and "label" not in sheet.names:
            raise DataError(f"{sheet.path}: no labels", "give CSV, TSV, JSON lines, Parquet, or lines that begin with __label__NAME")
        return sheet.names.index("text"), sheet.names.index("label") if labelled else None

    text_number = _find(sheet, text) if text is not None else None
    label_number = _find(sheet, label) if label is not None else None
    if text_number is not None and text_number == label_number:
        raise DataError(f"{sheet.path}: column '{text}' cannot be both text and label", _ask(sheet))
    taken = {text_number, label_number}
    if text_number is None:
        text_number = _known(sheet, TEXT_NAMES, taken)
        taken.add(text_number)
    if label_number is None:
        label_number = _known(sheet, LABEL_NAMES, taken)

    if text_number is None and label_number is None and sheet.named_by == "header" and _looks_like_data(sheet):
        raise DataError(
            f"{sheet.path}:1: the first line looks like data, not like names of columns", "begin the file with a line such as: text,label"
        )
    count = len(sheet.names)
    if count == 2 and text_number is None and label_number is None:
        label_number = _label_of_two(sheet)
    if count == 2 and text_number is None and label_number is not None:
        text_number = 1 - label_number
    if count == 2 and label_number is None and text_number is not None:
        label_number = 1 - text_number
    if count == 1 and not labelled:
        text_number = 0

    if text_number is None or (labelled and label_number is None):
        missing = "texts" if text_number is None else "labels"
        names = ", ".join(f"'{name}'" for name in sheet.names)
        raise DataError(f"{sheet.path}: which column holds the {missing}? the columns are {names}", _ask(sheet))
    return text_number, label_number if labelled else None


def _ask(sheet: Sheet) -> str:
    return "say it with --text NAME --label NAME" if len(sheet.names) > 1 else "a column of texts and a column of labels are needed"


def _find(sheet: Sheet, name: str) -> int:
    matches = [number for number, known in enumerate(sheet.names) if known == name]
    if not matches:
        raise DataError(
            f"{sheet.path}: no column '{name}'", did_you_mean(name, sheet.names) or f"the columns are: {', '.join(sheet.names)}"
        )
    if len(matches) > 1:
        raise DataError(f"{sheet.path}: {len(matches)} columns are called '{name}'", "give each column a name of its own")
    return matches[0]


def _known(sheet: Sheet, words: tuple[str, ...], taken: set[int | None]) -> int | None:
    """The column of the surest name."""
    names = [name.strip().casefold() for name in sheet.names]
    for word in words:
        for number, name in enumerate(names):
            if name in (word, f"{word}s") and number not in taken:
                return number
    return None


def _looks_like_data(sheet: Sheet) -> bool:
    """A name is short, no number, and no value of its own column."""
    for number, name in enumerate(sheet.names):
        if len(name) > _LONGEST_NAME or len(name.split()) > _MOST_WORDS_IN_NAME or _NUMBER.fullmatch(name):
            return True
        if name and name in sheet.column(number):
            return True
    return False


def _label_of_two(sheet: Sheet) -> int:
    columns = [sheet.column(number) for number in (0, 1)]
    sizes = [(len(set(column)), sum(map(len, column))) for column in columns]
    return 0 if sizes[0] < sizes[1] else 1
