"""A report to its file."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Literal

from autotune.reports.study.parts import Report


def write_report(report: Report, form: Literal["html", "markdown", "json"] | str, target: Path | None) -> None:
    """Writes a report in one of its forms; a file appears whole or not at all.

    Args:
        target: None: standard output.
    """
    content = _text(report, form).encode("utf-8")
    if target is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, scratch = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as problem:
        problem.filename = str(target)  # not a name that nobody has typed
        raise
    try:
        with open(handle, "wb") as file:
            file.write(content)
        Path(scratch).chmod(0o644)
        os.replace(scratch, target)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def _text(report: Report, form: str) -> str:
    # Here: one form needs nothing of the others, pictures and templates least.
    if form == "json":
        from autotune.reports.study.as_json import to_json

        return to_json(report)
    if form == "markdown":
        from autotune.reports.study.as_markdown import to_markdown

        return to_markdown(report)
    from autotune.reports.study.as_html import to_html

    return to_html(report)
