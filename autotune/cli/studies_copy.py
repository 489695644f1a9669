"""`autotune studies copy`"""

from typing import Annotated

import typer

from autotune.cli.completing import complete_study
from autotune.cli.options import DEFAULT_STORAGE, Storage


def copy_command(
    study: Annotated[str, typer.Argument(help="Name of the study.", autocompletion=complete_study)],
    to: Annotated[str, typer.Option(help="Database to copy to, made where there is none: a file in another folder, or a URL.")],
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Copy a study with its trials, ablations and models to another database, as a backup or to go on with elsewhere.

    Not while it is being searched.

    \b
    Examples:
      autotune studies copy reviews --to backup/autotune.db
      autotune resume reviews --storage backup/autotune.db
    """
    from pathlib import Path

    from autotune.cli.console import out
    from autotune.errors import UsageError
    from autotune.storage.copies import copy_study
    from autotune.storage.engine import reading, storage_url, studies_folder
    from autotune.storage.leaderboard import read_study
    from autotune.storage.lock import study_lock
    from autotune.words import count

    if Path(to).is_dir():
        raise UsageError(f"--to {to} is a folder", f"name a file in it, for example {Path(to) / 'autotune.db'}")
    url = storage_url(storage)
    with reading(url) as connection:  # refuses an unknown study before a database is made
        read_study(connection, study)
    with study_lock(studies_folder(url) / study, study, "copied"):
        copy_study(url, storage_url(to), study)
    with reading(storage_url(to)) as connection:
        copied = read_study(connection, study)
    out().print(f"copied {study} to {to}: {count(len(copied.trials), 'trial')}")
