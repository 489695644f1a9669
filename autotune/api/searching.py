"""`autotune.search`: what the command does, from a program."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from autotune.agent.limits import Limits
from autotune.agent.plan import FINALISTS, Strategy
from autotune.api.beginning import Request, begin
from autotune.api.defaults import DEFAULT_BUDGET, DEFAULT_STORAGE
from autotune.api.given import as_file
from autotune.api.in_lines import conduct_in_lines
from autotune.api.study import Study
from autotune.config import Metric, Value
from autotune.data.dataset import BUILTIN, DataSource
from autotune.quantities import latency, number, seconds, size
from autotune.storage.address import storage_url, studies_folder
from autotune.storage.shelf import KEPT_MODELS


def search(
    data: Any = None,
    *,
    test: Any = None,
    validation: Any = None,
    unlabeled: Any = None,
    text: str | None = None,
    label: str | None = None,
    test_fraction: float = 0.1,
    validation_fraction: float = 0.1,
    space: str = "quick",
    fixed: Mapping[str, Value] | None = None,
    metric: Metric = "accuracy",
    budget: str | float | None = None,
    trials: int | None = None,
    epochs: int | None = None,
    trial_timeout: str | float | None = None,
    max_parameters: str | int | None = None,
    max_size: str | int | None = None,
    max_latency: str | float | None = None,
    keep: int = KEPT_MODELS,
    disk: str | int | None = None,
    start_from: Sequence[str | PathLike[str]] = (),
    other: str | None = None,
    strategy: Strategy = "agent",
    finalists: int = FINALISTS,
    workers: int = 0,
    seed: int = 0,
    study: str | None = None,
    storage: str = DEFAULT_STORAGE,
    progress: bool = True,
) -> Study:
    """Finds the best classifier that the budget allows; the same as `autotune search`, whose options are explained by its `--help`.

    Ctrl-C (in a notebook: interrupt) ends it early: what it has found until then is kept, and `Study.resume` goes on.

    Args:
        data: a path; a data frame of polars or pandas, or a dict of columns; or a list of (text, label) pairs. None: the built-in
            docstrings. What is in memory is written beside the database, so that the study can be resumed.
        test, validation, unlabeled: the same, where they are not held out of `data`; `unlabeled` may be a list of texts.
        fixed: parameters that are not tuned, such as `{"encoder.name": "gru"}`.
        budget: `"10m"`, or seconds. Without budget, trials and epochs it is ten minutes.
        max_latency: `"1ms"`, or seconds, for one text on one core.
        other: a study to begin with the trials of.
        study: its name; made from the data's name if not given.
        progress: whether lines on its progress are printed.

    Raises:
        UsageError: whatever is wrong with the arguments or the data, in one line that says what and where.
        SearchError: no trial came to a result.
        KeyboardInterrupt: interrupted before there was anything to keep.
    """
    folder = studies_folder(storage_url(storage)) / "given"
    given = {what: as_file(value, what, folder) for what, value in {"data": data, "validation": validation, "test": test}.items()}
    source = DataSource(
        given["data"] or BUILTIN,
        given["validation"],
        given["test"],
        text,
        label,
        validation_fraction,
        test_fraction,
        seed,
        as_file(unlabeled, "unlabeled", folder),
    )
    request = Request(
        source=source,
        storage=storage,
        study=study,
        space=space,
        fixed={path: str(value).lower() if isinstance(value, bool) else str(value) for path, value in (fixed or {}).items()},
        metric=metric,
        trials=trials,
        seconds=seconds(budget if budget or trials or epochs else DEFAULT_BUDGET, "budget"),
        epochs=epochs,
        trial_seconds=seconds(trial_timeout, "trial_timeout"),
        keep=keep,
        disk=size(disk, "disk"),
        limits=Limits(number(max_parameters, "max_parameters"), size(max_size, "max_size"), latency(max_latency, "max_latency")),
        strategy=strategy,
        finalists=finalists,
        start_from=[Path(file) for file in start_from],
        workers=workers,
        seed=seed,
        other=other,
    )
    session = begin(request, print if progress else lambda remark: None)
    conduct_in_lines(session, progress)
    return Study(session.name, storage)
