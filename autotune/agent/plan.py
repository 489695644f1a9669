"""What a search was asked to do: stored with its study, so that `autotune resume NAME` needs no other word."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from autotune.agent.limits import Limits
from autotune.config import Metric, Value
from autotune.data.dataset import Dataset, DataSource
from autotune.errors import StudyError, UsageError
from autotune.spaces.space import SearchSpace
from autotune.storage.shelf import KEPT_MODELS

Strategy = Literal["agent", "tpe", "random"]
"""Who chooses the configurations. agent: a portfolio first, then priors and TPE, with advice in between; tpe: Optuna's; random: chance."""

_MOST_WORKERS = 8
_RESERVED, _RESERVED_A_ROW = 0.5, 7e-4
"""Seconds that the test of one network takes, about, and more for each row of it; measured on long and short texts."""
_NETWORKS = 9
"""So many networks are tested where there are finalists: those of the ensemble, and a part for the linear model."""
_MOST_RESERVED = 0.2
"""The largest share of a budget that is kept for the test."""
_CONFIRMING = 0.25
"""The share of a budget that is kept for training the best configurations again."""
FINALISTS = 3
"""So many of them, unless told otherwise."""


@dataclass(frozen=True)
class SpaceOrigin:
    """What was typed to get a search space.

    Args:
        name: of a built-in space, or the absolute path of a file.
        fixed: the values of `--set`, by their paths.
    """

    name: str
    fixed: Mapping[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path | None:
        """The file; None for a built-in space."""
        return Path(self.name) if os.path.isabs(self.name) else None


@dataclass(frozen=True)
class SearchPlan:
    """Data, space, objective and budget of a study.

    Args:
        fingerprint: of the data; a study never mixes trials of different data.
        trials: in total over all resumes; None: no limit.
        seconds: of searching, in total over all resumes; None: no limit.
        workers: processes that train; 0: as many as the machine has GPUs, or else cores.
        trial_seconds: after which a trial is stopped, and its best epoch counts; None: no limit.
        origin: of the space; None: not known, as in plans of earlier versions.
        imported: finished trials of another study that the study began with; `trials` does not count them.
        epochs: of training in total over all trials and resumes; None: no limit.
        keep: how many of the best trials' models stay on the disk.
        disk: bytes that models and checkpoints may take, about; None: no limit.
        reserved: seconds of `seconds` that are kept for what comes after the search.
        limits: what a model may take. They stay as they are: other ones would have refused other trials.
        confirming: seconds of `seconds` that are kept for training the best configurations again.
        finalists: how many of those; 0: none.
        strategy: who chooses the configurations.
        start_from: configurations that are tried first, each as paths to values.
    """

    source: DataSource
    fingerprint: str
    space: SearchSpace
    metric: Metric
    trials: int | None
    seconds: float | None
    seed: int
    workers: int
    trial_seconds: float | None = None
    origin: SpaceOrigin | None = None
    imported: int = 0
    epochs: int | None = None
    keep: int = KEPT_MODELS
    disk: int | None = None
    reserved: float = 0.0
    limits: Limits = field(default_factory=Limits)
    confirming: float = 0.0
    finalists: int = FINALISTS
    strategy: Strategy = "agent"
    start_from: tuple[Mapping[str, Value], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As stored in the study's attributes."""
        return {
            "autotune": version("autotune"),
            "source": self.source.to_json(),
            "fingerprint": self.fingerprint,
            "space": self.space.to_json(),
            "space_fingerprint": self.space.fingerprint,
            "space_origin": None if self.origin is None else asdict(self.origin),
            "metric": self.metric,
            "trials": self.trials,
            "seconds": self.seconds,
            "seed": self.seed,
            "workers": self.workers,
            "trial_seconds": self.trial_seconds,
            "imported": self.imported,
            "epochs": self.epochs,
            "keep": self.keep,
            "disk": self.disk,
            "reserved": self.reserved,
            "limits": asdict(self.limits),
            "confirming": self.confirming,
            "finalists": self.finalists,
            "strategy": self.strategy,
            "start_from": [dict(values) for values in self.start_from],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "SearchPlan":
        """The inverse of `to_json`; of what plans of earlier versions do not say they have nothing."""
        fields = {name: stored[name] for name in ("fingerprint", "metric", "trials", "seconds", "seed", "workers")}
        source, space = DataSource.from_json(stored["source"]), SearchSpace.from_json(stored["space"])
        origin = stored.get("space_origin")
        return cls(
            source=source,
            space=space,
            trial_seconds=stored.get("trial_seconds"),
            origin=None if origin is None else SpaceOrigin(**origin),
            imported=stored.get("imported", 0),
            epochs=stored.get("epochs"),
            keep=stored.get("keep", KEPT_MODELS),
            disk=stored.get("disk"),
            reserved=stored.get("reserved", 0.0),
            limits=Limits(**stored.get("limits", {})),
            confirming=stored.get("confirming", 0.0),
            finalists=stored.get("finalists", 0),
            strategy=stored.get("strategy", "tpe"),
            start_from=tuple(stored.get("start_from", ())),
            **fields,
        )

    @property
    def search_seconds(self) -> float | None:
        """Seconds for the trials themselves, in total over all resumes; None: no limit."""
        return None if self.seconds is None else self.seconds - self.reserved - self.confirming

    def with_budget(self, trials: int | None, seconds: float | None, epochs: int | None = None) -> "SearchPlan":
        """The same plan with new totals where they are given."""
        return replace(self, trials=trials or self.trials, seconds=seconds or self.seconds, epochs=epochs or self.epochs)

    def with_reserve(self, test_rows: int) -> "SearchPlan":
        """The same plan with time kept for what comes after the trials: for the finalists, and for the test, by the rows to test on."""
        if self.seconds is None:
            return replace(self, reserved=0.0, confirming=0.0)
        networks = _NETWORKS if self.finalists else 1
        needed = networks * (_RESERVED + _RESERVED_A_ROW * test_rows) if test_rows else 0.0
        reserved = round(min(needed, _MOST_RESERVED * self.seconds), 1)
        return replace(self, reserved=reserved, confirming=round(_CONFIRMING * self.seconds, 1) if self.finalists else 0.0)

    def extended(self, trials: int | None, seconds: float | None, done: int, spent: float) -> "SearchPlan":
        """The same plan with so much more; a total that there was not, or that was overrun, is counted from what is done.

        Args:
            done: trials that were finished.
            spent: seconds that were searched.

        Raises:
            UsageError: the total that is not extended is spent, so that nothing would be done.
        """
        longer = replace(
            self,
            trials=self.trials if trials is None else trials + max(self.trials or 0, done),
            seconds=self.seconds if seconds is None else seconds + max(self.seconds or 0.0, spent),
        )
        if longer.seconds is not None and spent >= longer.seconds:
            raise UsageError("--more-trials: the time of the study is spent, so that none would be trained", "give --more-time too")
        if longer.trials is not None and done >= longer.trials:
            raise UsageError("--more-time: the trials of the study are all done, so that none would be trained", "give --more-trials too")
        return longer

    def check_data(self, study: str, dataset: Dataset) -> None:
        """Refuses data that is not what the study was made with.

        Raises:
            StudyError: the fingerprints differ.
        """
        if dataset.fingerprint != self.fingerprint:
            raise StudyError(
                f"{self.source.data} is not the data that study '{study}' was made with ({dataset.fingerprint}, was {self.fingerprint})",
                "restore the file; or start a new study with `autotune search`: scores on different data cannot be compared",
            )

    def worker_count(self) -> int:
        """How many processes train at the same time."""
        return worker_count(self.workers, self.trials or _MOST_WORKERS)


def worker_count(wanted: int, tasks: int) -> int:
    """How many processes should train side by side: as many as are wanted; 0: one per GPU, or else per core, for so many tasks."""
    return wanted or min(len(visible_gpus()) or cores(), _MOST_WORKERS, tasks)


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def visible_gpus() -> list[str]:
    """The CUDA devices that may be used, as CUDA_VISIBLE_DEVICES names them; found without importing torch."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [device.strip() for device in chosen.split(",") if device.strip() not in ("", "-1")]
    driver = Path("/proc/driver/nvidia/gpus")
    return [str(number) for number in range(len(list(driver.iterdir())))] if driver.is_dir() else []
