"""`autotune train` on what was exported: proving its score, and training on all texts."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from autotune.cli.console import note, out
from autotune.cli.epochs import Run
from autotune.errors import StudyError, UsageError

if TYPE_CHECKING:
    from autotune.config import Config, Metric
    from autotune.data.dataset import Dataset, DataSource
    from autotune.export.provenance import Provenance
    from autotune.export.provenance import Run as TrainedRun

Moved = dict[str, Path | None]
"""Where data files are now that were elsewhere: `data`, `validation`, `test`, `unlabeled`."""


def bundle_folder(config: Path) -> Path | None:
    """The bundle that a configuration lies in, or that is named itself; None: it is a file by itself."""
    from autotune.manifest import MANIFEST

    folder = config if config.is_dir() else config.parent
    return folder if config.is_dir() or ((folder / MANIFEST).is_file() and config.name == "config.yaml") else None


def verify(folder: Path, moved: Moved) -> None:
    """Trains the run of a bundle again; exit code 1 where the score is not proven."""
    from autotune.export.verification import scored_run
    from autotune.export.verification import verify as trained_again
    from autotune.training.trained import TrainedClassifier
    from autotune.words import count

    provenance = scored_run(folder)
    dataset, model = load_recorded(provenance, moved, str(folder)), TrainedClassifier.load(folder)
    note(f"training the run of {folder} again on {count(len(dataset.train), 'text')}")
    with Run(provenance.metric) as run:
        verdict = trained_again(model, provenance, dataset, run.told, run.stop)
        if run.stop():
            note("interrupted: nothing is proven")
            raise typer.Exit(130)
    score = f"validation {verdict.metric} {verdict.score:.4f}"
    if verdict.same:
        out().print(f"proven: {score} again, every weight and every score the same bit for bit")
        return
    if verdict.proven:
        out().print(f"proven within {verdict.tolerance:.2g}: {score}, was {verdict.before:.4f}")
    else:
        out().print(f"not proven: {score}, was {verdict.before:.4f}; {_cause(verdict.score == verdict.before)}")
    for difference in verdict.circumstances:
        note(f"differs: {difference}")
    if not verdict.circumstances and not verdict.proven:
        note("nothing that is noted of the machine and the versions differs")
    if not verdict.proven:
        raise typer.Exit(1)


def _cause(same_score: bool) -> str:
    return "the score is the same, but weights or other scores are not" if same_score else "on a CPU it must be the same to the last bit"


def recorded_run(folder: Path) -> "Provenance | None":
    """What a bundle says of its run; None where it says nothing, as the members of an ensemble do.

    Raises:
        BundleError: it is damaged.
    """
    from autotune.export.metrics_file import METRICS_FILE
    from autotune.export.verification import exported_run

    return exported_run(folder) if (folder / METRICS_FILE).is_file() else None


def load_recorded(provenance: "Provenance", moved: Moved, bundle: str) -> "Dataset":
    """The data set of a run.

    Raises:
        UsageError: a file is not where it was.
        StudyError: it is another data set.
    """
    from autotune.data.dataset import load_dataset

    source = recorded_source(provenance, moved)
    dataset = load_dataset(source)
    if dataset.fingerprint != provenance.fingerprint:
        raise StudyError(
            f"{source.data} is not the data that {bundle} was trained on ({dataset.fingerprint}, was {provenance.fingerprint})",
            "give the same files, split in the same way; `autotune train CONFIG --data FILE` trains on others",
        )
    return dataset


def recorded_source(provenance: "Provenance", moved: Moved) -> "DataSource":
    """The data of a run, at the places where its files are now."""
    from autotune.cli.options import existing_file
    from autotune.data.dataset import BUILTIN, DataSource

    source = provenance.source
    assert source is not None
    places = {name: existing_file(path, f"--{name}") for name, path in moved.items() if path is not None}
    source = DataSource.from_json({**source.to_json(), **places})
    for name in ("data", "validation", "test", "unlabeled"):
        path = getattr(source, name)
        if path not in (None, BUILTIN) and not Path(path).is_file():
            raise UsageError(f"the {name} file of the run is not there any more: {path}", f"say where it is: --{name} FILE")
    return source


def on_all_data(
    config: "Config", source: "DataSource", dataset: "Dataset", metric: "Metric", before: "TrainedRun | None", to: Path | None
) -> None:
    """Trains on the training and the validation texts, for as many epochs as a run with the validation texts held out was best after.

    Args:
        before: that run, where it is known; None: it comes first.
    """
    from autotune.cli.train_result import finish
    from autotune.export.provenance import Run as TrainedRun
    from autotune.training.fit import fit
    from autotune.training.fit_on_all import fit_on_all, needs_losses
    from autotune.words import count, duration

    if before is None or (needs_losses(config) and len(before.validation_losses) < before.best_epoch):
        note(f"first on {count(len(dataset.train), 'text')}, to find the number of epochs")
        with Run(metric) as run:
            outcome = fit(config, dataset, run.report, metric=metric, stop=run.stop)
            _end_if(run)
        config, before = outcome.classifier.config, TrainedRun.of_outcome(outcome)
        for remark in outcome.notes:
            note(f"note: {remark}")
    epochs = count(before.best_epoch, "epoch")
    texts = count(len(dataset.train) + len(dataset.validation), "text")
    kept_out = "; the test texts stay out" if dataset.has_test else ""
    note(f"training on all {texts}, those of validation too, for {epochs}{kept_out}")
    with Run("train loss") as run:
        try:
            found = fit_on_all(config, dataset, before.best_epoch, before.validation_losses, run.told, stop=run.stop)
        finally:
            _end_if(run)
    for remark in found.notes:
        note(f"note: {remark}")
    out().print(
        f"trained on {texts} for {epochs} ({duration(found.seconds)}, {found.classifier.model.parameters_count:,} parameters); "
        "no validation score: it has learnt from those texts"
    )
    trained = TrainedRun(before.best_epoch, before.best_epoch, round(found.seconds, 3), (), found.circumstances, on_all_data=True)
    finish(found.classifier, source, dataset, metric, {}, trained, to)


def _end_if(run: Run) -> None:
    if run.stop():
        note("interrupted: there is no model, as it was not trained to the end")
        raise typer.Exit(130)
