"""Texts without labels, for pre-training."""

from collections.abc import Collection
from pathlib import Path

from autotune.data.files import column_names, read_table
from autotune.data.splits import near_key
from autotune.errors import DataError


def read_unlabeled(path: Path, column: str | None, likely: str, scored: Collection[str]) -> tuple[list[str], int]:
    """The texts of a file, without blank ones and without those that are nearly the same as a text to be scored on.

    Args:
        column: that of the texts; None finds it.
        likely: the column in which the labelled file has its texts, taken where this file has it too.
        scored: `near_key` of the texts of validation and test. To learn token vectors from these would flatter the scores.

    Returns:
        The texts, and how many were left out as nearly the same.

    Raises:
        DataError: the file cannot be read, its texts cannot be found, or it has none.
    """
    texts = read_texts(path, column, likely)
    kept = [text for text in texts if near_key(text) not in scored]
    if not kept:
        raise DataError(f"{path}: no text left to pre-train on", "every one is empty, or nearly the same as a validation or test text")
    return kept, len(texts) - len(kept)


def read_texts(path: Path, column: str | None, likely: str) -> list[str]:
    """The texts of a file with more than blanks in them, whether or not there are labels; as `read_unlabeled`."""
    found = column or (likely if likely in column_names(path) else None)
    return [text for text in read_table(path, found, labelled=False).texts if text.strip()]
