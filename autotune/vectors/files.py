"""Vectors from a file, however large: only the rows of the vocabulary are kept."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autotune.errors import VectorError
from autotune.sections import DamagedLines
from autotune.vectors.formats import Damage, Layout, Row, look_at, rows
from autotune.vectors.table import Table, coverage


def file_dimension(path: Path) -> int:
    """The length of the vectors in a file, from its beginning.

    Raises:
        VectorError: no such file, not readable, or no vectors in it.
    """
    return look_at(path).dimension


def check_dimension(path: Path, dimension: int) -> None:
    """Refuses a file whose vectors have another length.

    Raises:
        VectorError: they have; or as `file_dimension`.
    """
    found = file_dimension(path)
    if found != dimension:
        raise VectorError(
            f"{path} has {found} numbers a token, but pretraining.dimension is {dimension}",
            f"set pretraining.dimension to {found}, or give another file",
        )


def read_vectors(path: Path, tokens: Sequence[str | None], dimension: int, damaged_lines: DamagedLines) -> Table:
    """The vectors that a file has for the tokens of a vocabulary.

    A token takes the first row that is spelt alike; where there is none, the first row that differs in nothing but upper and lower
    case (files begin with what is frequent). Only rows that are taken have their numbers read.

    Args:
        tokens: the vocabulary; None for an id that is no token, such as the padding.
        dimension: the length that the vectors must have.
        damaged_lines: refuse: the first damaged line is an error; skip: they are left out and counted.

    Raises:
        VectorError: a damaged line; another dimension; not one of the tokens; or as `file_dimension`.
    """
    check_dimension(path, dimension)
    layout = look_at(path)
    vocabulary = _Vocabulary(tokens, layout)
    damage: list[Damage] = []
    for row in rows(path, layout):
        problem = row if isinstance(row, Damage) else vocabulary.take(row)
        if problem is None:
            continue
        if damaged_lines == "refuse":
            raise VectorError(
                f"{path}{_place(layout, problem)}: {problem.what}",
                "mend the file, or have such lines left out: pretraining.damaged_lines=skip",
            )
        damage.append(problem)
    return vocabulary.table(path, damage)


class _Vocabulary:
    """Tokens that wait for their vectors."""

    def __init__(self, tokens: Sequence[str | None], layout: Layout) -> None:
        self._tokens = tokens
        self._layout = layout
        self._vectors = np.zeros((len(tokens), layout.dimension), dtype=np.float32)
        self._found = np.zeros(len(tokens), dtype=np.bool_)
        self._spelt_alike = np.zeros(len(tokens), dtype=np.bool_)
        self._numbers = {token: number for number, token in enumerate(tokens) if token is not None}
        self._but_for_case: dict[str, list[int]] = defaultdict(list)
        for token, number in self._numbers.items():
            self._but_for_case[_folded(token)].append(number)

    def take(self, row: Row) -> Damage | None:
        """Gives the row's vector to the tokens that want it; says what is wrong with it where there are any."""
        alike = self._numbers.get(row.token)
        near = self._but_for_case.get(_folded(row.token), ())
        wanting = [number for number in near if not (self._spelt_alike if number == alike else self._found)[number]]
        if not wanting:
            return None
        vector = self._read(row.vector)
        if vector is None:
            return Damage(row.number, "not all of its numbers are finite numbers")
        self._vectors[wanting] = vector
        self._found[wanting] = True
        if alike is not None:
            self._spelt_alike[alike] = True
        return None

    def table(self, path: Path, damage: Sequence[Damage]) -> Table:
        """What was found, with a note on how much, and on what was left out."""
        notes = [f"{coverage(int(self._found.sum()), self._tokens)} of the vocabulary have a vector in {path.name}."]
        if damage:
            unit = "vector" if self._layout.binary else "line"
            rows = f"{len(damage):,} damaged {unit}{'' if len(damage) == 1 else 's'}"
            notes.append(f"{rows} of {path.name} left out, first {unit} {damage[0].number} ({damage[0].what}).")
        if not self._found.any():
            raise VectorError(
                f"{path} has a vector for none of the {len(self._numbers):,} tokens of the vocabulary",
                "; ".join(notes[1:]) or "is it in the language of the texts, and are these cut into words as in the file?",
            )
        return Table(self._vectors, self._found, tuple(notes))

    def _read(self, vector: bytes) -> NDArray[np.float32] | None:
        if self._layout.binary:
            numbers = np.frombuffer(vector, dtype="<f4").astype(np.float32)
        else:
            try:
                with np.errstate(over="ignore"):
                    numbers = np.array([float(field) for field in vector.split()]).astype(np.float32)
            except ValueError:
                return None
        return numbers if np.isfinite(numbers).all() else None


def _folded(token: str) -> str:
    return token.lower() if token.isascii() else unicodedata.normalize("NFC", token).lower()


def _place(layout: Layout, damage: Damage) -> str:
    return f": vector {damage.number}" if layout.binary else f":{damage.number}"
