"""Notes for the user: one plain sentence on each thing about the data that is worth knowing before a number is believed."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

UNBALANCED = 20
"""The largest class having so many times the rows of the smallest is worth a note."""

MOST_NAMED = 3


def on_rows(texts: Sequence[str], keys: Sequence[str], labels: NDArray[np.int64], names: tuple[str, ...], blank: int) -> list[str]:
    """On empty, repeated and contradicting texts, and on the sizes of the classes.

    Args:
        keys: one for each text, alike for near-identical texts.
        labels: numbers of the classes, [texts].
        blank: rows without a text, dropped already.
    """
    notes = _blank(blank, "")
    repeated = len(keys) - len(set(keys))
    if repeated:
        exact = len(texts) - len(set(texts))
        repeats = _verb(repeated, "repeats", "repeat")
        notes.append(f"{_rows(repeated)} {repeats} an earlier text ({exact} of them exactly); kept, on its side of the split.")
    labels_of: dict[str, set[int]] = defaultdict(set)
    for key, label in zip(keys, labels.tolist(), strict=True):
        labels_of[key].add(label)
    contradicting = sum(len(found) > 1 for found in labels_of.values())
    if contradicting:
        notes.append(f"{_count(contradicting, 'text')} {_verb(contradicting, 'occurs', 'occur')} with different labels; kept as they are.")

    sizes = np.bincount(labels, minlength=len(names))
    single = [names[number] for number in np.flatnonzero(sizes == 1)]
    if single:
        notes.append(f"{_classes(single)} {_verb(len(single), 'has', 'have')} a single row, kept for training.")
    largest, smallest = int(sizes.argmax()), int(sizes.argmin())
    if sizes[largest] >= UNBALANCED * sizes[smallest]:
        notes.append(
            f"The classes are very unbalanced: '{names[largest]}' has {_rows(int(sizes[largest]))}, '{names[smallest]}' {sizes[smallest]}; "
            "accuracy says little here, macro_f1 more."
        )
    return notes


def on_validation_file(blank: int, dropped: int) -> list[str]:
    """On what a validation file of the user's own brought about."""
    notes = _blank(blank, " of the validation file")
    if dropped:
        notes.append(f"{_rows(dropped)} dropped from training, since the validation file has nearly the same text.")
    return notes


def on_split(
    train: NDArray[np.int64], validation: NDArray[np.int64], names: tuple[str, ...], *, test_wanted: bool, test_rows: int
) -> list[str]:
    """On classes that one side lacks; `train` and `validation` are the class numbers of their rows."""
    notes = []
    untrained = [names[number] for number in np.flatnonzero(np.bincount(train, minlength=len(names)) == 0)]
    if untrained:
        notes.append(f"{_classes(untrained)} {_verb(len(untrained), 'has', 'have')} no row left to train on.")
    unvalidated = [names[number] for number in np.flatnonzero(np.bincount(validation, minlength=len(names)) == 0)]
    if unvalidated:
        notes.append(f"{_classes(unvalidated)} {_verb(len(unvalidated), 'has', 'have')} no row to validate on.")
    if test_wanted and not test_rows:
        notes.append("There are too few rows to hold out a test.")
    return notes


def on_unlabeled(kept: int, left_out: int) -> list[str]:
    """On texts without labels, of which some were left out as nearly the same as a text to be scored on."""
    notes = [f"{_count(kept, 'unlabelled text')} to pre-train on."]
    if left_out:
        notes.append(f"{_count(left_out, 'unlabelled text')} left out, since validation or test has nearly the same.")
    return notes


def on_test(written: Sequence[str], labels: NDArray[np.int64], overlap: int, blank: int) -> list[str]:
    """On the rows of a test.

    Args:
        written: the labels as the file has them.
        labels: their numbers, -1 for unknown ones.
        overlap: texts that training has nearly alike.
    """
    notes = _blank(blank, " of the test file")
    unknown = int((labels < 0).sum())
    if unknown:
        found = sorted({label for label, number in zip(written, labels, strict=True) if number < 0})
        notes.append(
            f"{_rows(unknown)} {_verb(unknown, 'has', 'have')} a label that training never saw ({_some(found)}); counted as errors."
        )
    if overlap:
        notes.append(
            f"{_count(overlap, 'test text')} {_verb(overlap, 'is', 'are')} nearly the same as a training text, which flatters the score."
        )
    return notes


def _blank(count: int, where: str) -> list[str]:
    return [f"{_rows(count)}{where} without a text dropped."] if count else []


def _rows(count: int) -> str:
    return _count(count, "row")


def _count(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _verb(count: int, singular: str, plural: str) -> str:
    return singular if count == 1 else plural


def _classes(names: Sequence[str]) -> str:
    return f"{len(names)} {'class' if len(names) == 1 else 'classes'} ({_some(names)})"


def _some(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(f"'{name}'" for name in names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")
