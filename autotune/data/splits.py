"""Splits that keep class proportions and never put near-identical texts on two sides."""

import re
import sys
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray


def near_key(text: str) -> str:
    """What near-identical texts have in common: letters and digits, after NFKC and case folding.

    Vowel signs and accents count as parts of their letters; a text without any letter or digit, such as emoji, is its own key.
    """
    if text.isascii():
        # Twenty times as fast as the general way, and most texts are ASCII.
        return text.lower().encode().translate(None, _ASCII_DROPPED).decode() or text.strip()
    return _dropped().sub("", unicodedata.normalize("NFKC", text).casefold()) or text.strip()


_ASCII_DROPPED = bytes(code for code in range(128) if not chr(code).isalnum())


@cache
def _dropped() -> re.Pattern[str]:
    # To `re`, the vowel signs of Hindi or Thai are no word characters; without them different short words would look the same.
    # Variation selectors are marks as well, yet they only choose between two pictures of an emoji.
    marks = [chr(code) for code in range(0x300, sys.maxunicode) if unicodedata.category(chr(code)) in ("Mn", "Mc")]
    letters = "".join(mark for mark in marks if not unicodedata.name(mark, "").startswith("VARIATION SELECTOR"))
    return re.compile(rf"[^\w{letters}]+|_")


def split_rows(
    keys: Sequence[str], labels: Sequence[int] | NDArray[np.integer], fraction: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Hold out a part of the rows, class by class, group by group.

    Args:
        keys: one for each row; rows with the same key form a group and stay together.
        labels: the class of each row; a group counts for the class of its first row.
        fraction: the share of rows to hold out, 0 to below 1; a group too large for what its class still owes stays in the rest.
        seed: same seed and rows, same split.

    Returns:
        The numbers of the rows that stay and of those held out, both ascending. Every class keeps at least one group in the rest, so
        a class of one group is there as a whole.
    """
    random = np.random.default_rng(seed)
    numbers: dict[str, int] = {}
    groups = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.intp, len(keys))
    classes, row_classes = np.unique(np.asarray(labels), return_inverse=True)
    draw = random.permutation(len(numbers))

    # The first group drawn for each class is what the class keeps.
    drawn_rows = np.argsort(np.argsort(draw)[groups], kind="stable")
    _, first_rows = np.unique(row_classes[drawn_rows], return_index=True)
    kept = np.zeros(len(numbers), dtype=bool)
    kept[groups[drawn_rows[first_rows]]] = True

    owed = _quotas(
        fraction * np.bincount(row_classes, minlength=len(classes)),
        np.bincount(row_classes[~kept[groups]], minlength=len(classes)),
        random,
    )
    _, group_starts = np.unique(groups, return_index=True)
    group_classes = row_classes[group_starts]
    sizes = np.bincount(groups, minlength=len(numbers))
    held_out = np.zeros(len(numbers), dtype=bool)
    for group in draw[~kept[draw]]:
        if sizes[group] <= owed[group_classes[group]]:
            held_out[group] = True
            owed[group_classes[group]] -= sizes[group]
    return np.flatnonzero(~held_out[groups]), np.flatnonzero(held_out[groups])


def _quotas(wanted: NDArray[np.floating], available: NDArray[np.intp], random: np.random.Generator) -> NDArray[np.intp]:
    """Whole rows for each class by largest remainders, so that many small classes together still give their share."""
    wanted = np.minimum(wanted, available)
    quotas: NDArray[np.intp] = np.floor(wanted).astype(np.intp)
    # Equal remainders are common (classes of equal size); chance decides among them, not the alphabet.
    by_remainder = np.lexsort((random.random(len(wanted)), quotas - wanted))
    left = round(float(wanted.sum())) - int(quotas.sum())
    quotas[by_remainder[:left]] += 1
    return quotas
