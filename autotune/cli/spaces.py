"""`autotune spaces`, `autotune spaces show`, `autotune spaces check`"""

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.completing import complete_space


def add_to(app: typer.Typer) -> None:
    """Registers the command and its sub-commands."""
    group = typer.Typer(rich_markup_mode=None)
    group.callback(invoke_without_command=True)(list_command)
    group.command("show")(show_command)
    group.command("check")(check_command)
    app.add_typer(group, name="spaces")


def list_command(context: typer.Context) -> None:
    """List the search spaces; `show` one, `check` one of your own.

    \b
    Examples:
      autotune spaces
      autotune spaces show full
      autotune spaces check my_space.yaml
    """
    if context.invoked_subcommand is not None:
        return

    from autotune.cli.console import out
    from autotune.spaces.files import list_spaces

    spaces = list_spaces()
    width = max(len(name) for name, _, _ in spaces)
    for preset in (True, False):
        out().print("presets" if preset else "\none tip each, to include in a space of your own")
        for name, description, is_preset in spaces:
            if is_preset == preset:
                out().print(f"  {name:<{width}}  {description}")


def show_command(space: Annotated[str, typer.Argument(help="Name of a space, or a YAML file.", autocompletion=complete_space)]) -> None:
    """Print a search space as YAML, everything it includes put together.

    \b
    Example:
      autotune spaces show full > my_space.yaml
    """
    from autotune.cli.console import out
    from autotune.spaces.files import read_space, write_space

    out().print(write_space(read_space(space)), end="")


def check_command(file: Annotated[Path, typer.Argument(help="The YAML file.")]) -> None:
    """Check a search space of your own: every mistake with its line.

    \b
    Example:
      autotune spaces check my_space.yaml
    """
    from autotune.cli.console import caution, out
    from autotune.spaces.files import read_space
    from autotune.words import count

    space = read_space(str(file))
    out().print(f"{file}: {count(len(space.parameters), 'parameter')} to tune, {len(space.fixed)} fixed, no mistakes")
    caution(space.config(space.defaults()))
