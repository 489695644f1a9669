"""Words from the data, made safe to look at: what cannot be seen, or would turn the text around it, is shown by its number."""

import unicodedata

_JOINERS = "\u200c\u200d"
"""Persian, Indian scripts and joined emoji need them, and they act on their neighbours alone."""
_MOST_MARKS = 4
"""Marks on one letter; more of them only cover the lines above and below."""


def visible(text: str) -> str:
    """The same on one line; control characters, overrides of direction and halves of characters as `[U+202E]`."""
    return " ".join(as_code(text).split())


def as_code(text: str) -> str:
    """The same with its lines and blanks as they are, for what may be copied."""
    parts: list[str] = []
    marks = 0
    for letter in text:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MOST_MARKS:
            continue
        if letter.isspace():
            parts.append(letter if letter in " \n" else " ")
        elif (category in ("Cc", "Cf", "Cs") and letter not in _JOINERS) or _is_no_character(ord(letter)):
            parts.append(f"[U+{ord(letter):04X}]")
        else:
            parts.append(letter)
    return "".join(parts)


def _is_no_character(code: int) -> bool:
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def cut(text: str, most: int) -> str:
    """The first characters of a text."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
