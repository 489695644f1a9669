"""Bytes of a file to lines of text; whatever is not UTF-8 is named with its file, line and byte."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

from autotune.errors import DataError

UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_PACKED = {
    b"PK\x03\x04": ("a zip file, or a workbook of Excel", "unpack it; save a workbook as CSV in UTF-8"),
    b"\xd0\xcf\x11\xe0": ("a workbook of an old Excel", "save it as CSV in UTF-8"),
    b"\x1f\x8b": ("a gzip file, whose name must end in .gz", "rename it, or unpack it"),
    b"PAR1": ("a Parquet file, whose name must end in .parquet", "rename it"),
    b"SQLite f": ("a database", "export its table as CSV"),
}
"""How files begin that are often taken for text, what they are, and what helps."""


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, with or without a byte-order mark, line ends kept; a name that ends in `.gz` is unpacked.

    Lines end at a line feed alone, so that the n-th item is the n-th line of every editor's and `sed`'s count.

    Raises:
        DataError: no such file, a folder, not readable, damaged gzip, not UTF-8, or NUL bytes.
    """
    for text, problem in readable_lines(path):
        if problem is not None:
            raise problem
        yield text


def readable_lines(path: Path) -> Iterator[tuple[str, DataError | None]]:
    """The same, where a line that is not UTF-8 or has NUL bytes comes with the error that says so, and with marks in their places."""
    with open_data(path) as stream:
        yield from decoded_lines(stream, str(path), path.name)


def decoded_lines(stream: Iterable[bytes], where: str, file: str) -> Iterator[tuple[str, DataError | None]]:
    """Lines of UTF-8 as text, with or without a byte-order mark, line ends kept, each with what is wrong with it.

    Args:
        where: what an error calls them.
        file: what the command that mends them is given.

    Raises:
        DataError: they are UTF-16, or no text at all.
    """
    for number, written in enumerate(stream, start=1):
        line = written
        if number == 1 and line.startswith(UTF16_BOMS):
            raise DataError(f"{where}:1: this is UTF-16, not UTF-8", f"convert it: iconv -f utf-16 -t utf-8 {file} > out")
        if number == 1 and (kind := next((kind for begin, kind in _PACKED.items() if line.startswith(begin)), None)):
            raise DataError(f"{where}: this is {kind[0]}", kind[1])
        problem = None
        if b"\0" in line:
            problem = DataError(
                f"{where}:{number}: a NUL byte: this is UTF-16 or no text at all",
                "give CSV, TSV, JSON lines, Parquet or fastText lines, in UTF-8",
            )
            line = written.replace(b"\0", b"?")
        encoding = "utf-8-sig" if number == 1 else "utf-8"
        try:
            yield line.decode(encoding), problem
        except UnicodeDecodeError as wrong:
            problem = problem or DataError(
                f"{where}:{number}: not UTF-8: byte 0x{wrong.object[wrong.start]:02x} at place {wrong.start + 1} of the line",
                f"convert it, if it is a Windows file by: iconv -f {_likely_encoding(line)} -t utf-8 {file} > out",
            )
            yield line.decode(encoding, "replace"), problem


def _likely_encoding(line: bytes) -> str:
    """gb18030 where the bytes are mostly Chinese characters in it, else that of western Windows."""
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError:
        return "cp1252"
    beyond = [character for character in text if not character.isascii()]
    return "gb18030" if sum("\u4e00" <= character <= "\u9fff" for character in beyond) > len(beyond) / 2 else "cp1252"


@contextmanager
def open_data(path: Path) -> Iterator[BufferedIOBase]:
    """The bytes of a file, unpacked if its name ends in `.gz`; what goes wrong while reading becomes a DataError as well."""
    if path.is_dir():
        raise DataError(f"{path} is a folder, not a file of texts", "name one file in it")
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            yield stream
    except FileNotFoundError:
        raise DataError(f"no such file: {path}", "check the path") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as problem:
        raise DataError(f"{path}: damaged gzip file: {problem}", "unpack it by hand, or fetch it again") from None
    except OSError as problem:
        raise DataError(f"cannot read {path}: {problem.strerror or problem}") from None
