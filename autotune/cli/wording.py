"""What Typer says of a command line, in the words of every other error: one line, and a hint."""

import re
import shlex
from pathlib import Path
from typing import Any

import typer

from autotune.errors import UsageError, did_you_mean

COMMAND_LINE_ERROR: type[Exception] = typer.BadParameter.__mro__[2]
"""What Typer raises at anything typed wrong. It does not name it, and has it from Click or from a copy of its own, by its version."""


def in_our_words(problem: Any) -> UsageError:
    """The same error as one of ours."""
    message = str(problem.format_message()).strip().rstrip(".")
    context = getattr(problem, "ctx", None)
    command = context.command_path if context is not None else ""
    hint = f"`{command} --help` shows what may be typed" if context is not None else None
    if (extra := re.fullmatch(_EXTRA, message)) and _takes_data(context) and Path(file := extra[1] or extra[2]).is_file():
        return UsageError(f"not understood: {file}", f"a file of texts is given with --data: --data {shlex.quote(file)}")
    for pattern, words in _WORDS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return words(found, hint)
    return UsageError(message[:1].lower() + message[1:], hint)


def _no_option(found: re.Match[str], hint: str | None) -> UsageError:
    near = re.findall(r"--[\w-]+", found[2] or "")
    return UsageError(f"no such option: {found[1]}", did_you_mean(found[1], near) if near else hint)


def _value(found: re.Match[str], hint: str | None) -> UsageError:
    why = found[2].removeprefix("Value error, ").replace("Input should be", "must be")
    why = why.replace("greater than or equal to", "at least").replace("less than or equal to", "at most")
    why = re.sub(r"must be a valid integer.*", "must be a whole number", why)
    why = re.sub(r"must be a valid number.*", "must be a number", why)
    if choice := re.fullmatch(r"'(.*)' is not one of (.*)", why):
        options = re.findall(r"'([^']*)'", choice[2])
        return UsageError(
            f"{found[1]}: '{choice[1]}' is not known", did_you_mean(choice[1], options) or f"choose one of: {', '.join(options)}"
        )
    return UsageError(f"{found[1]}: {why}", hint)


def _takes_data(context: Any) -> bool:
    return context is not None and any(parameter.name == "data" for parameter in context.command.params)


def _missing(found: re.Match[str], hint: str | None) -> UsageError:
    where = "; `autotune studies` lists them" if found[1].lower() == "study" else ""
    return UsageError(f"{found[1].upper()} is missing", f"{hint}{where}" if hint else None)


_EXTRA = r"Got unexpected extra arguments? ?(?:\(s\) )?\((.*)\)|Got unexpected extra argument\(s\) \((.*)\)"
_WORDS = (
    (r"No such option: (\S+?)(?: \(Possible options: (.*)\))?", _no_option),
    (r"No such option: (\S+?)(?: Did you mean (.*)\?)?", _no_option),
    (r"No such command '(.*?)'(?:\. Did you mean '(.*?)'\??)?", lambda found, hint: UsageError(
        f"no such command: {found[1]}", f"did you mean '{found[2]}'?" if found[2] else hint)),
    (r"Invalid value for '?(.*?)'?: (.*)", _value),
    (r"Option '?(.*?)'? requires an argument", lambda found, hint: UsageError(f"{found[1]}: its value is missing", hint)),
    (r"Missing argument '(.*?)'", _missing),
    (r"Missing option '(.*?)'", lambda found, hint: UsageError(f"{found[1]} is missing", hint)),
    (_EXTRA, lambda found, hint: UsageError(f"not understood: {found[1] or found[2]}", hint)),
)  # fmt: skip
