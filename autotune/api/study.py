"""`autotune.Study`: a study in Python."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from autotune.api.defaults import DEFAULT_STORAGE
from autotune.api.result import result_of
from autotune.config import Config, Metric
from autotune.config_file import read_config
from autotune.errors import StudyError
from autotune.storage.address import storage_url, studies_folder
from autotune.storage.engine import reading
from autotune.storage.facts import read_curve, read_decisions
from autotune.storage.leaderboard import StudyRow, TrialRow, ensemble_folder, list_studies, model_folder, read_study
from autotune.storage.records import CurvePoint, Decision
from autotune.storage.trials import read_samples

if TYPE_CHECKING:
    from autotune.api.model import Model


class Study:
    """A study as it is in the database at the moment it is asked; a search that goes on elsewhere changes what it says.

    Args:
        name: None: the study that was made last.
        storage: a file, or a URL.

    Attributes:
        name: of the study.
        storage: as it was given.

    Raises:
        StudyError: there is no such study.
        StorageError: the database is damaged, or of a newer version.
    """

    def __init__(self, name: str | None = None, storage: str = DEFAULT_STORAGE) -> None:
        self.storage = storage
        self._url = storage_url(storage)
        if name is None:
            with reading(self._url) as connection:
                studies = list_studies(connection)
            if not studies:
                raise StudyError(f"{storage} holds no study", "autotune.search makes one")
            name = studies[-1].name
        self.name = name
        self._row()

    @property
    def metric(self) -> Metric:
        """The objective."""
        metric: Metric = self._row().plan["metric"]
        return metric

    @property
    def trials(self) -> pl.DataFrame:
        """A row for each trial: number, state, cause, score on the validation texts (null: none), best epoch, epochs, seconds, parameters
        of the model; then a column for each parameter of the space, by its path, null where the trial has not drawn it.
        """
        with reading(self._url) as connection:
            row = read_study(connection, self.name)
            samples = read_samples(connection, self.name)
        paths = sorted({path for sample in samples.values() for path in sample})
        known = ("score", "best_epoch", "epochs", "seconds", "parameters")
        return pl.DataFrame(
            [
                {
                    "number": trial.number,
                    "state": trial.state.lower(),
                    "cause": trial.cause,
                    **{name: trial.result.get(name) for name in known},
                    **{path: samples.get(trial.number, {}).get(path) for path in paths},
                }
                for trial in row.trials
            ],
            schema=["number", "state", "cause", *known, *paths] if not row.trials else None,
            infer_schema_length=None,
            strict=False,
        )

    @property
    def decisions(self) -> pl.DataFrame:
        """What the search decided: when (UTC), on which trial (null: on the study), of which kind, and on what evidence."""
        with reading(self._url) as connection:
            found = read_decisions(connection, self.name)
        return _frame(found, Decision)

    def curve(self, trial: int) -> pl.DataFrame:
        """The learning curve of a trial, a row for each epoch: losses in nats and scores on the validation texts."""
        with reading(self._url) as connection:
            return _frame(read_curve(connection, self.name, trial), CurvePoint)

    @property
    def best_trial(self) -> int:
        """The number of the winner: the trial that was confirmed, or else the best, whose model is kept.

        Raises:
            StudyError: there is none.
        """
        return self._winner().number

    @property
    def best_score(self) -> float:
        """The winner's objective on the validation texts, which chose it: it flatters.

        Raises:
            StudyError: there is no winner.
        """
        score = self._winner().score
        assert score is not None
        return score

    @property
    def best_config(self) -> Config:
        """The winner's configuration.

        Raises:
            StudyError: there is no winner.
        """
        return read_config(model_folder(self.folder, self.best_trial) / "config.yaml")

    @property
    def expected(self) -> tuple[float, float, float] | None:
        """What is expected of the winner on new texts, and the 95 % interval around it; None where it was not trained on other splits."""
        confirmed = self._row().confirmed
        if confirmed is None or not confirmed["resplit"] or confirmed["trial"] != self.best_trial:
            return None
        return confirmed["score"], confirmed["low"], confirmed["high"]

    @property
    def test(self) -> dict[str, Any] | None:
        """What was measured on the test texts at the end, as it is stored: `test` and `intervals` of the winner by metric, those of the
        `ensemble` and the `baselines`; None where nothing was.
        """
        return self._row().final

    @property
    def folder(self) -> Path:
        """Where the study's models and logs lie."""
        return studies_folder(self._url) / self.name

    def resume(
        self,
        *,
        budget: str | float | None = None,
        trials: int | None = None,
        epochs: int | None = None,
        more_time: str | float | None = None,
        more_trials: int | None = None,
        data: str | PathLike[str] | None = None,
        progress: bool = True,
    ) -> "Study":
        """Goes on with the search, to its totals, to new ones, or so much further; the study itself.

        Args:
            budget: a new total: `"30m"`, or seconds.
            data: where the data file is now, if it was moved.

        Raises:
            UsageError: nothing would be done, or the data is another.
        """
        from autotune.agent.plan import SearchPlan
        from autotune.api.in_lines import conduct_in_lines
        from autotune.api.resuming import Further, continued
        from autotune.api.session import Session
        from autotune.quantities import seconds
        from autotune.storage.engine import open_storage

        moved = None if data is None else str(Path(data).absolute())
        further = Further(trials, seconds(budget, "budget"), epochs, more_trials, seconds(more_time, "more_time"), data=moved)
        row = self._row()
        plan = SearchPlan.from_json(row.plan)
        plan, dataset = continued(self.name, plan, further, done=row.done - plan.imported, spent=row.searched_seconds)
        conduct_in_lines(Session(self.name, open_storage(self._url), plan, dataset), progress)
        return self

    def model(self, ensemble: bool = False) -> "Model":
        """The winner's model, or the ensemble of the finalists' networks.

        Raises:
            StudyError: there is none.
        """
        from autotune.api.model import load  # with torch, which a search does without

        if ensemble:
            if not ensemble_folder(self.folder).is_dir():
                raise StudyError(f"study '{self.name}' has no ensemble", "a search that ends by itself makes one, where there is time")
            return load(ensemble_folder(self.folder))
        return load(model_folder(self.folder, self.best_trial))

    def export(
        self,
        to: str | PathLike[str],
        *,
        ensemble: bool = False,
        formats: Collection[Literal["onnx", "script"]] = (),
        force: bool = False,
    ) -> Path:
        """Writes the winner's model, or the ensemble, as a folder that `load`, `autotune predict` and `autotune train` take; the folder.

        Args:
            formats: what else is written into it: `model.onnx`, a `train.py` without autotune.
            force: whether an older bundle there is replaced.

        Raises:
            UsageError: the folder is something else.
            StudyError: there is no such model.
        """
        from autotune.api.exporting import export_study

        export_study(self._url, self.name, Path(to), ensemble=ensemble, formats=formats, force=force)
        return Path(to)

    def report(self, to: str | PathLike[str]) -> Path:
        """Writes a report for those who were not there: HTML, Markdown or JSON, by the ending of the file; the file.

        Raises:
            ValueError: another ending.
        """
        from autotune.reports.study.gather import gather
        from autotune.reports.study.writing import write_report

        forms = {".html": "html", ".md": "markdown", ".json": "json"}
        path = Path(to)
        if path.suffix not in forms:
            raise ValueError(f"{path}: a report ends with one of {', '.join(forms)}")
        with reading(self._url) as connection:
            write_report(gather(connection, self.name, self.folder), forms[path.suffix], path)
        return path

    def _row(self) -> StudyRow:
        with reading(self._url) as connection:
            return read_study(connection, self.name)

    def _winner(self) -> TrialRow:
        return self._row().winner(self.folder)

    def __str__(self) -> str:
        """The result, as a search prints it at its end."""
        return "\n".join(result_of(self._url, self.name, self.folder).text())

    def __repr__(self) -> str:
        return f"Study({self.name!r}, storage={self.storage!r})"


def _frame(records: Sequence[Any], kind: type[Any]) -> pl.DataFrame:
    return pl.DataFrame([asdict(record) for record in records], schema=None if records else [item.name for item in fields(kind)])
