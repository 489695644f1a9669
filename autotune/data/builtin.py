"""The built-in data set: docstrings of Python's standard library, to be sorted into chapters of the library reference.

It needs no download, is real prose written by many hands, and is hard enough for tuning to matter. Sources are parsed, never imported;
modules that this Python lacks are left out, so that each version of Python has its own, slightly different set.
"""

import ast
import csv
import importlib
import inspect
import os
import random
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from autotune.data.files import Table, read_table
from autotune.errors import DataError

CHAPTERS: dict[str, str] = {
    "concurrency": "asyncio concurrent multiprocessing queue sched selectors subprocess threading _threading_local contextvars signal",
    "data types": (
        "abc array bisect calendar collections _collections_abc colorsys copy copyreg dataclasses datetime _pydatetime "
        "_pydecimal enum fractions functools graphlib heapq numbers operator pprint random reprlib secrets statistics types "
        "weakref _weakrefset _py_abc zoneinfo cmath itertools math"
    ),
    "development": (
        "ast bdb cProfile code codeop dis doctest inspect lib2to3 pdb pickletools profile pstats pyclbr pydoc symtable "
        "tabnanny timeit tokenize trace traceback tracemalloc typing unittest warnings contextlib"
    ),
    "files": (
        "bz2 _compression dbm filecmp fileinput fnmatch genericpath glob gzip io _pyio linecache lzma ntpath os pathlib "
        "pickle posixpath shelve shutil sqlite3 stat tarfile tempfile zipfile"
    ),
    "graphical interfaces": "idlelib tkinter turtle turtledemo",
    "internet": (
        "base64 cgi email ftplib http imaplib ipaddress mailbox mailcap mimetypes netrc nntplib poplib quopri smtplib socket "
        "socketserver ssl telnetlib urllib uuid webbrowser wsgiref xmlrpc"
    ),
    "packages": "distutils ensurepip importlib modulefinder pkgutil platform runpy site sysconfig venv zipapp zipimport",
    "text": (
        "argparse codecs configparser csv difflib encodings gettext html json locale optparse plistlib re shlex string "
        "stringprep textwrap tomllib unicodedata xml"
    ),
}
"""Chapters and the modules they are made of, by the names of their sources."""

COMPILED_MODULES = ("array", "cmath", "itertools", "math", "unicodedata")
"""Modules without a source that are safe to import anywhere, for their docstrings."""

FEWEST_WORDS = 5
_SKIPPED_FOLDERS = {"test", "tests", "idle_test", "_vendor", "_bundled", "__pycache__", "site-packages"}


def builtin_table() -> Table:
    """Docstrings and their chapters; made in a few seconds, then kept in the user's cache folder.

    Raises:
        DataError: this Python came without the sources of its library.
    """
    cached = cache_file()
    if cached.is_file():
        # A damaged or foreign file is made anew.
        with suppress(DataError):
            return read_table(cached, "text", "label")
    rows = list(_rows())
    if not rows:
        raise DataError("this Python has no library sources to build the built-in data set from", "name a data file of your own")
    # By chapter they would be a trap for every run that keeps the order of the file.
    random.Random(0).shuffle(rows)
    # Where the folder cannot be written, the next call takes the few seconds again.
    with suppress(OSError):
        _write(cached, rows)
    texts, labels = zip(*rows, strict=True)
    return Table(list(texts), list(labels), "text", "label", list(range(2, len(rows) + 2)))


def cache_file() -> Path:
    """Where the data set is kept: one file for each version of Python, since their libraries differ."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "autotune" / f"docstrings-1-python{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}.csv"


def _rows() -> Iterator[tuple[str, str]]:
    """Text and chapter, every text once: a docstring that is copied between modules belongs to the first of them."""
    seen: set[str] = set()
    for chapter, modules in CHAPTERS.items():
        for module in modules.split():
            for docstring in _docstrings(module):
                # A docstring may spell half a character, which no file can hold.
                text = " ".join(docstring.split()).encode(errors="replace").decode()
                if len(text.split()) >= FEWEST_WORDS and text not in seen:
                    seen.add(text)
                    yield text, chapter


def _docstrings(module: str) -> Iterator[str]:
    if module in COMPILED_MODULES:
        yield from _compiled_docstrings(module)
    for source in _sources(module):
        try:
            tree = ast.parse(source.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            # Some versions ship sources that are broken on purpose, as examples.
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield ast.get_docstring(node) or ""


def _sources(module: str) -> Iterable[Path]:
    library = Path(sysconfig.get_path("stdlib"))
    single, folder = library / f"{module}.py", library / module
    if single.is_file():
        return [single]
    return sorted(path for path in folder.rglob("*.py") if not _SKIPPED_FOLDERS & set(path.relative_to(library).parts))


def _compiled_docstrings(module: str) -> Iterator[str]:
    with suppress(ImportError):
        content = importlib.import_module(module)
        yield inspect.getdoc(content) or ""
        for name, member in sorted(vars(content).items()):
            if not name.startswith("_") and callable(member):
                yield inspect.getdoc(member) or ""


def _write(path: Path, rows: list[tuple[str, str]]) -> None:
    """All or nothing, since several searches may do this at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", newline="", delete=False) as stream:
        try:
            writer = csv.writer(stream)
            writer.writerow(("text", "label"))
            writer.writerows(rows)
            stream.close()
            os.replace(stream.name, path)
        except OSError:
            os.unlink(stream.name)
            raise
