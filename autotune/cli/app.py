"""The command `autotune`: where every error becomes one line and an exit code.

Exit codes: 0 done; 1 the work failed; 2 what was typed or given is wrong; 130 interrupted. With AUTOTUNE_DEBUG=1 errors come with
their traceback.
"""

import errno
import os
import sys

import typer

from autotune.cli import (
    ablate,
    completing,
    dashboard,
    doctor,
    evaluate,
    export,
    lr_range,
    plan,
    predict,
    report,
    resume,
    search,
    spaces,
    studies,
    train,
    wording,
)
from autotune.errors import AutotuneError, Interrupted
from autotune.signals import interruptible

app = typer.Typer(
    name="autotune",
    help="Turns a labelled text file into the best small classifier that the given time allows.",
    epilog=(
        "Start with: autotune search --data reviews.csv\n\n"
        "Exit codes: 0 done; 1 the work failed; 2 what was typed or given is wrong; 130 interrupted, and all that was stored is kept."
    ),
    no_args_is_help=True,
    # Rich help pages take three times as long to appear.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
search.add_to(app)
plan.add_to(app)
resume.add_to(app)
studies.add_to(app)
spaces.add_to(app)
export.add_to(app)
train.add_to(app)
predict.add_to(app)
evaluate.add_to(app)
report.add_to(app)
ablate.add_to(app)
lr_range.add_to(app)
dashboard.add_to(app)
doctor.add_to(app)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True)) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"autotune {installed('autotune')}")
        raise typer.Exit


def _run() -> None:
    """Runs the command that was typed; what is wrong with the typing is told like everything else."""
    try:
        code = app(prog_name="autotune", standalone_mode=False)
    except wording.COMMAND_LINE_ERROR as problem:
        if type(problem).__name__ == "NoArgsIsHelpError":  # nothing was typed at all
            print(problem, file=sys.stderr)
            sys.exit(2)
        raise wording.in_our_words(problem) from None
    except typer.Abort:
        print("nothing was done", file=sys.stderr)
        sys.exit(1)
    if isinstance(code, int) and code:
        sys.exit(code)


def main() -> None:
    """The entry point of the command."""
    debug = os.environ.get("AUTOTUNE_DEBUG", "") not in ("", "0")
    try:
        with interruptible(), completing.words_joined():
            _run()
    except Interrupted as stop:
        print("interrupted", file=sys.stderr)
        if stop.hint:
            print(f"hint: {stop.hint}", file=sys.stderr)
        sys.exit(130)
    except AutotuneError as error:
        if debug:
            raise
        for line in error.message.splitlines():
            print(f"error: {line}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        sys.exit(error.exit_code)
    except UnicodeEncodeError as error:
        if debug:
            raise
        print(f"error: the encoding {error.encoding} of the output has no '{error.object[error.start]}'", file=sys.stderr)
        print("hint: PYTHONUTF8=1 before the command, or a locale of UTF-8", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if debug:
            raise
        print(f"error: {error.filename or 'disk'}: {error.strerror or error}", file=sys.stderr)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            print("hint: free some space; what was stored is safe", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        print(f"error: this is a bug in autotune: {type(error).__name__}: {error}", file=sys.stderr)
        print("hint: the same command with AUTOTUNE_DEBUG=1 before it shows where", file=sys.stderr)
        sys.exit(1)
