"""`autotune doctor`"""

from typing import Annotated

import typer

from autotune.cli.options import DEFAULT_STORAGE, Storage

SCHEMA = 1
"""Of `--json`."""


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("doctor")(doctor_command)


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False, storage: Storage = DEFAULT_STORAGE
) -> None:
    """Look whether everything is in order, and say how to mend what is not; writes nothing.

    Versions, libraries, processor, GPUs, memory, disk, the database and its studies. Exit code 1 if something is broken.

    \b
    Examples:
      autotune doctor
      autotune doctor --storage other/autotune.db
      autotune doctor --json
    """
    from autotune.doctor.examination import examine
    from autotune.storage.address import storage_url

    findings = examine(storage_url(storage))
    broken = any(finding.state == "error" for finding in findings)
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps({"schema": SCHEMA, "ok": not broken, "findings": [asdict(finding) for finding in findings]}))
    else:
        from autotune.cli.console import out

        styles = {"ok": "green", "warning": "bold magenta", "error": "bold red"}
        about = max(len(finding.about) for finding in findings)
        for finding in findings:
            out().print(f"{finding.state:<7}", style=styles[finding.state], end="  ")
            out().print(f"{finding.about:<{about}}  {finding.message}")
            if finding.mend is not None:
                out().print(f"{'':<{about + 11}}-> {finding.mend}")
    if broken:
        raise typer.Exit(1)
