"""Options that several commands share, and how their values are read."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autotune.api.defaults import DEFAULT_BUDGET as DEFAULT_BUDGET
from autotune.api.defaults import DEFAULT_STORAGE as DEFAULT_STORAGE
from autotune.cli.completing import complete_setting, complete_space
from autotune.errors import UsageError, did_you_mean
from autotune.quantities import latency, number, size

if TYPE_CHECKING:
    from autotune.agent.limits import Limits
    from autotune.data.dataset import DataSource


Storage = Annotated[
    str, typer.Option(help="Database of the studies: a file, or a URL such as postgresql+psycopg://...", envvar="AUTOTUNE_STORAGE")
]
Data = Annotated[
    Path | None, typer.Option(help="Labelled texts: CSV, TSV, JSONL, Parquet, fastText; also .gz. Without it: the built-in docstrings.")
]
Test = Annotated[Path | None, typer.Option(help="File for the final score; else a share of the data is held out.")]
Validation = Annotated[Path | None, typer.Option(help="File to compare configurations and epochs on; else a share of the data is.")]
Unlabeled = Annotated[
    Path | None, typer.Option(help="Texts without labels to pre-train token vectors on: one a line, or a file as for --data.")
]
TextColumn = Annotated[str | None, typer.Option("--text", metavar="COLUMN", help="Column of the texts; found by itself if not given.")]
LabelColumn = Annotated[str | None, typer.Option("--label", metavar="COLUMN", help="Column of the labels; found by itself if not given.")]
TestFraction = Annotated[float, typer.Option(min=0, max=0.9, help="Share held out where there is no test file; 0: no test.")]
ValidationFraction = Annotated[float, typer.Option(min=0.01, max=0.9, help="Share to compare on where there is no validation file.")]
Budget = Annotated[
    str | None,
    typer.Option("--budget", metavar="TIME", help="Time to search in total, over all resumes: 90s, 10m, 2h.", show_default=False),
]
MoreTrials = Annotated[int | None, typer.Option("--more-trials", min=1, help="So many beyond the total so far.", show_default=False)]
MoreTime = Annotated[
    str | None, typer.Option("--more-time", metavar="TIME", help="So much beyond the total so far: 90s, 10m, 2h.", show_default=False)
]
TrialTimeout = Annotated[
    str | None,
    typer.Option("--trial-timeout", metavar="TIME", help="Stop a trial after so long; its best epoch counts.", show_default=False),
]
Trials = Annotated[int | None, typer.Option("--trials", min=1, help="Trials in total, over all resumes.", show_default=False)]
Epochs = Annotated[int | None, typer.Option(min=1, help="Epochs of training in total, over all trials and resumes.", show_default=False)]
Keep = Annotated[
    int | None, typer.Option(min=1, help="Keep the models of so many trials on the disk, the best ones.  [default: 3]", show_default=False)
]
Disk = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="Bytes that models and checkpoints may take, about: 500MB, 2GB; the best model stays in any case."),
]
MaxParameters = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="Train no model of more parameters: 500k, 1M.", show_default=False)
]
MaxSize = Annotated[
    str | None, typer.Option(metavar="SIZE", help="Train no model that takes more bytes on the disk: 500kB, 2MB.", show_default=False)
]
MaxLatency = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Train no model that takes longer for a text, on one core: 0.5ms, 2s.", show_default=False),
]
Workers = Annotated[int, typer.Option(min=0, max=64, help="Processes that train; 0: one per GPU, or else per core.")]
Space = Annotated[
    str, typer.Option(help="Search space: a name that `autotune spaces` lists, or a YAML file.", autocompletion=complete_space)
]
Fixed = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Fix a parameter: it is not tuned. Repeatable.", autocompletion=complete_setting),
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of splits, proposals and training.")]


Json = Annotated[
    bool, typer.Option("--json", help="Events and result to standard output, one a line as JSON; docs/events.md explains them.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the result, and what goes wrong.")]


class MetricName(StrEnum):
    """The metrics as the command line knows them; a test holds them equal to the configuration's."""

    accuracy = "accuracy"
    macro_f1 = "macro_f1"
    log_loss = "log_loss"


class StrategyName(StrEnum):
    """The strategies as the command line knows them; a test holds them equal to the plan's."""

    agent = "agent"
    tpe = "tpe"
    random = "random"


Objective = Annotated[MetricName, typer.Option(help="The objective, measured on the validation texts.")]


def limits(parameters: str | None, size_on_disk: str | None, time: str | None) -> "Limits":
    """What `--max-parameters`, `--max-size` and `--max-latency` say.

    Raises:
        UsageError: one of them says nothing that can be understood.
    """
    from autotune.agent.limits import Limits

    return Limits(number(parameters), size(size_on_disk, "--max-size"), latency(time))


def written(seconds: float) -> str:
    """Seconds as `--budget` reads them: `20m`."""
    from autotune.words import duration

    return duration(seconds).removesuffix(" 00s").removesuffix(" 00m").replace(" ", "")


def assignments(given: list[str]) -> dict[str, str]:
    """`--set PATH=VALUE` as a mapping.

    Raises:
        UsageError: no equals sign, or the same path twice.
    """
    values: dict[str, str] = {}
    for item in given:
        path, equals, value = item.partition("=")
        if not equals or not path.strip() or not value.strip():
            raise UsageError(f"--set {item}: expected PATH=VALUE", "for example --set optimizer.name=adam")
        if path.strip() in values:
            raise UsageError(f"--set {path.strip()} is given twice")
        values[path.strip()] = value.strip()
    return values


def data_source(
    data: Path | None,
    validation: Path | None,
    test: Path | None,
    text: str | None,
    label: str | None,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
    unlabeled: Path | None = None,
) -> "DataSource":
    """The data that the options name, the built-in docstrings without `--data`.

    Raises:
        UsageError: a file is not there.
    """
    named = ((data, "--data"), (validation, "--validation"), (test, "--test"), (unlabeled, "--unlabeled"))
    files = [existing_file(path, option) for path, option in named]

    from autotune.data.dataset import DataSource

    return DataSource(files[0] or "builtin", files[1], files[2], text, label, validation_fraction, test_fraction, seed, files[3])


def check_unlabeled(unlabeled: Path | None, method: str, how: str) -> None:
    """Refuses `--unlabeled` where nothing would read it.

    Args:
        method: `pretraining.method`.
        how: where to change it, for the hint.

    Raises:
        UsageError: the method does not learn from texts.
    """
    from autotune.sections import LEARNT_FROM_TEXTS

    if unlabeled is not None and method not in LEARNT_FROM_TEXTS:
        raise UsageError(
            f"--unlabeled: with pretraining.method {method} nothing is learnt from texts without labels",
            f"set it to {' or '.join(LEARNT_FROM_TEXTS)} {how}",
        )


def existing_file(path: Path | None, option: str) -> str | None:
    """The absolute path of a file that must be there.

    Raises:
        UsageError: it is not.
    """
    if path is None:
        return None
    if not path.is_file():
        if path.exists():
            raise UsageError(f"{option}: {path} is not a file")
        beside = [file.name for file in path.parent.iterdir() if file.is_file()] if path.parent.is_dir() else []
        raise UsageError(f"{option}: no such file: {path}", did_you_mean(path.name, beside))
    return str(path.absolute())
