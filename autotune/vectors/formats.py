"""Files of token vectors row by row: word2vec's text and binary format and GloVe's text, also packed as .gz."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from autotune.errors import VectorError

_HEAD = 1 << 18
_CHUNK = 1 << 20
_LINES_LOOKED_AT = 10
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Layout:
    """What the beginning of a file tells.

    Args:
        binary: whether vectors are written as float32, lowest byte first.
        dimension: numbers a token: as many as most of the first lines have; in a binary file what the header says.
        announced: numbers a token as the header says; None where the first line is no header. How many rows it says is never believed.
    """

    binary: bool
    dimension: int
    announced: int | None


class Row(NamedTuple):
    """One token and the bytes of its vector, which are yet to be read; `number` is that of the line, or of the record of a binary file."""

    number: int
    token: str
    vector: bytes


class Damage(NamedTuple):
    """A row that cannot be used, and why."""

    number: int
    what: str


def look_at(path: Path) -> Layout:
    """The layout of a file of vectors, from its beginning. Packed or not, binary or not: the content tells, the name does not count.

    Raises:
        VectorError: no such file, not readable, or no vectors in it.
    """
    with _opened(path) as stream:
        head = stream.read(_HEAD)
    first, _, rest = head.partition(b"\n")
    announced = _announced(first)
    body = head if announced is None else rest
    if announced and _is_binary(body, announced):
        return Layout(True, announced, announced)
    lines = body.split(b"\n")
    if len(head) == _HEAD and len(lines) > 1:
        lines.pop()  # its end was not read
    counts = Counter(line.rstrip(b" \t\r").count(b" ") for line in lines[:_LINES_LOOKED_AT] if line.strip())
    dimension = counts.most_common(1)[0][0] if counts else 0
    if dimension == 0 or b"\0" in head:
        raise VectorError(
            f"{path}: no token vectors: expected lines such as `word 0.12 -0.34`",
            "word2vec's text and binary format and GloVe's text are read, also packed by gzip",
        )
    return Layout(False, dimension, announced)


def rows(path: Path, layout: Layout) -> Iterator[Row | Damage]:
    """Every row of a file in turn, however long the file is; blank lines are none."""
    with _opened(path) as stream:
        if layout.announced is not None:
            stream.readline()
            if layout.announced != layout.dimension:
                yield Damage(1, f"the header says {layout.announced} numbers a token, the lines have {layout.dimension}")
        if layout.binary:
            yield from _records(stream, 4 * layout.dimension)
        else:
            yield from _lines(stream, 1 if layout.announced is None else 2, layout.dimension)


def _lines(stream: BufferedIOBase, first: int, dimension: int) -> Iterator[Row | Damage]:
    for number, whole in enumerate(stream, start=first):
        line = whole.rstrip(b" \t\r\n")
        if not line:
            continue
        token, _, vector = line.partition(b" ")
        # Millions of lines come this way: one count is all that a sound one costs.
        if vector.count(b" ") + 1 == dimension and token:
            yield _decoded(number, token, vector)
        else:
            yield _unusual(number, line, dimension)


def _unusual(number: int, line: bytes, dimension: int) -> Row | Damage:
    """A line with more or fewer blanks than there should be."""
    if line[:1] in (b" ", b"\t"):
        return Damage(number, "no token before the numbers")
    fields = line.split()
    surplus = len(fields) - 1 - dimension
    if surplus < 0:
        return Damage(number, f"{len(fields) - 1} numbers where {dimension} are expected: cut short?")
    # Some files have tokens with blanks in them, such as `. . .`; numbers among them are those of another line.
    if any(map(_is_number, fields[1 : surplus + 1])):
        return Damage(number, f"{len(fields) - 1} numbers where {dimension} are expected: two lines run together?")
    return _decoded(number, b" ".join(fields[: surplus + 1]), b" ".join(fields[surplus + 1 :]))


def _records(stream: BufferedIOBase, size: int) -> Iterator[Row | Damage]:
    """A token, a blank and `size` bytes, again and again; some programs end each record with a line feed, others do not."""
    buffer, start, number = b"", 0, 1
    while True:
        blank = buffer.find(b" ", start)
        if blank < 0 or len(buffer) <= blank + size:
            more = stream.read(_CHUNK)
            if not more:
                break
            buffer, start = buffer[start:] + more, 0
            continue
        end = blank + 1 + size
        yield _decoded(number, buffer[start:blank].lstrip(b"\r\n"), buffer[blank + 1 : end])
        start, number = end, number + 1
    if buffer[start:].strip(b"\r\n"):
        yield Damage(number, "the file ends in the middle of it")


def _decoded(number: int, token: bytes, vector: bytes) -> Row | Damage:
    try:
        return Row(number, token.decode(), vector)
    except UnicodeDecodeError as problem:
        return Damage(number, f"the token is not UTF-8: byte 0x{token[problem.start]:02x}")


def _announced(line: bytes) -> int | None:
    """The dimension, where the line says how many rows and columns there are."""
    fields = line.split()
    return int(fields[1]) if len(fields) == 2 and all(field.isdigit() for field in fields) else None


def _is_binary(body: bytes, dimension: int) -> bool:
    """Whether what follows the first token is no text: numbers in binary hold control characters or are no UTF-8."""
    vector = body.partition(b" ")[2]
    numbers = vector.partition(b"\n")[0].split()
    if numbers and all(map(_is_number, numbers)):
        return False
    sample = vector[: 4 * dimension]
    return any(byte < 32 and byte not in b"\t\r\n" for byte in sample) or "\ufffd" in sample.decode(errors="replace")


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[BufferedIOBase]:
    """The bytes of a file, unpacked where they are packed."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            if packed:
                with gzip.open(file) as stream:
                    yield stream
            else:
                yield file
    except FileNotFoundError:
        raise VectorError(f"pretraining.file: no such file: {path}") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as problem:
        raise VectorError(f"{path}: damaged gzip file: {problem}", "unpack it by hand, or fetch it again") from None
    except OSError as problem:
        raise VectorError(f"pretraining.file: cannot read {path}: {problem.strerror or problem}") from None
