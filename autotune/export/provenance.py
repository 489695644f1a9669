"""Where the model of a bundle comes from, and what it is worth: what the study knows of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from autotune.config import Metric
from autotune.data.dataset import DataSource
from autotune.storage.facts import read_curve
from autotune.storage.leaderboard import StudyRow, TrialRow
from autotune.training.circumstances import Circumstances
from autotune.training.outcome import Outcome


@dataclass(frozen=True)
class Run:
    """How a model was trained: what it takes to train it again.

    Args:
        best_epoch: whose weights it has, counted from 1.
        epochs: that were trained.
        seconds: that took.
        validation_losses: after every epoch, as far as they are known: what waits for a plateau went by them.
        circumstances: empty where they are not known, as of runs of earlier versions.
        on_all_data: whether the validation texts were among the training texts.
    """

    best_epoch: int
    epochs: int
    seconds: float
    validation_losses: tuple[float, ...]
    circumstances: Circumstances
    on_all_data: bool = False
    ended: str = ""
    """Why: `finished` its epochs, out of `patience`, or cut off by something else."""

    @classmethod
    def of_outcome(cls, outcome: Outcome) -> "Run":
        """What `fit` did."""
        losses = tuple(epoch.validation_loss for epoch in outcome.epochs)
        return cls(outcome.best_epoch, len(outcome.epochs), round(outcome.seconds, 3), losses, outcome.circumstances, ended=outcome.stopped)


@dataclass(frozen=True)
class Provenance:
    """Where a bundle's model comes from, and what it is worth."""

    study: str | None
    """None: it was trained without a search."""
    trial: int | None
    """The trial whose configuration it is; None where that is not known of an ensemble, or there was no search."""
    data: str
    metric: Metric
    validation: dict[Metric, float]
    """Empty where it was not measured, as of an ensemble whose networks have seen different texts."""
    final: dict[str, Any] | None
    """What was measured on the test split; None where nothing was."""
    unlabeled: str | None = None
    """The file of texts without labels that the study had, where there was one."""
    expected: dict[str, Any] | None = None
    """The score on new texts: `score`, `low`, `high`, `rows`; None where no run was compared on other texts."""
    run: Run | None = None
    """None of an ensemble, and of a study of an earlier version."""
    source: DataSource | None = None
    fingerprint: str | None = None
    """Of the data set."""


def of_trial(connection: Connection, study: StudyRow, trial: TrialRow) -> Provenance:
    """What a study knows of one of its trials."""
    final = study.final if study.final and study.final["trial"] == trial.number else None
    confirmed = study.confirmed if study.confirmed and study.confirmed["trial"] == trial.number else None
    expected = {name: confirmed[name] for name in ("score", "low", "high", "rows")} if confirmed and confirmed["resplit"] else None
    run = None
    if "epochs" in trial.result:
        run = Run(
            best_epoch=trial.result["best_epoch"],
            epochs=trial.result["epochs"],
            seconds=trial.result["seconds"],
            validation_losses=tuple(point.validation_loss for point in read_curve(connection, study.name, trial.number)),
            circumstances=trial.result.get("circumstances", {}),
            ended=trial.cause,
        )
    return _of_study(study, trial.number, trial.result["validation"], final, expected, run)


def of_ensemble(study: StudyRow, networks: int, linear_weight: float) -> Provenance:
    """What a study knows of an ensemble of so many networks, in which the linear model counts so much."""
    # What was measured is of the ensemble that was there then; a later search that was stopped may have written another.
    final = study.final or {}
    measured = final.get("ensemble") or {}
    if (measured.get("networks"), measured.get("linear_weight")) != (networks, linear_weight):
        return _of_study(study, None, {}, None)
    test: dict[str, Any] = {name: final[name] for name in ("rows", "baselines") if name in final}
    test |= {"test": measured["test"], "intervals": measured["intervals"]}
    return _of_study(study, final["trial"], measured.get("validation") or {}, test)


def _of_study(
    study: StudyRow,
    trial: int | None,
    validation: dict[Metric, float],
    final: dict[str, Any] | None,
    expected: dict[str, Any] | None = None,
    run: Run | None = None,
) -> Provenance:
    source = DataSource.from_json(study.plan["source"])
    return Provenance(
        study=study.name,
        trial=trial,
        data=Path(source.data).name,
        metric=study.plan["metric"],
        validation=validation,
        final=final,
        unlabeled=Path(source.unlabeled).name if source.unlabeled else None,
        expected=expected,
        run=run,
        source=source,
        fingerprint=study.plan.get("fingerprint"),
    )
