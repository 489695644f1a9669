"""All that is known of a study, read once: from the database, its folder and, where it is still the same, its data."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from autotune.config import Config, Metric
from autotune.config_file import read_config
from autotune.data.card import data_card
from autotune.data.dataset import BUILTIN, Dataset, DataSource, load_dataset
from autotune.errors import AutotuneError
from autotune.reports.data_card import card_lines
from autotune.reports.study.answer import answer, winner_part
from autotune.reports.study.course import trial_parts
from autotune.reports.study.evidence import evidence
from autotune.reports.study.parts import DataPart, DecisionPart, LossPoint, Report, State, ValidationPart
from autotune.reports.study.predictions import on_validation
from autotune.reports.study.recipe import recipe
from autotune.spaces.alternatives import in_multiples
from autotune.storage.ablations import AblationKey, StoredRun, read_ablation
from autotune.storage.facts import read_curve, read_decisions, read_resources
from autotune.storage.leaderboard import StudyRow, TrialRow, find_study, model_folder, read_study
from autotune.storage.lock import held_for
from autotune.storage.records import CUT_OFF
from autotune.storage.trial_reading import read_trials
from autotune.storage.trials import read_trial
from autotune.words import count


def gather(connection: Connection, name: str, folder: Path, storage: str = "") -> Report:
    """The report on a study. The test texts are not read: of them it says what the search has stored.

    Args:
        folder: of the study's files.
        storage: the option that names the database in commands, with a space before it; empty for the usual one.

    Raises:
        StudyError: unknown.
    """
    study_id, _, _ = find_study(connection, name)
    study = read_study(connection, name)
    stored = read_trials(connection, study_id)
    metric: Metric = study.plan["metric"]
    trials = trial_parts(stored, metric)
    state = _state(study, folder)
    row = study.kept(folder)
    notes = _on_state(study, row, state, folder)
    dataset = _dataset(study, notes)
    model, config, validation, latency = None, None, None, None
    if row is not None:
        model = model_folder(folder, row.number)
        try:
            config = read_config(model / "config.yaml")
            validation, latency = _predictions(model, dataset, row, metric, notes)
        except (AutotuneError, OSError) as problem:
            notes.append(f"the model of trial {row.number} cannot be used: {_line(problem)}")
    row = row or study.best
    if row is not None and config is None:
        config = read_trial(connection, name, row.number).config
    winner = None if row is None or config is None else winner_part(row, config, model, latency)
    cost_of = row.number if row is not None else next((trial.number for trial in trials if trial.seconds), 0)
    return Report(
        generator=f"autotune {version('autotune')}",
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        study=name,
        metric=metric,
        maximize=study.maximize,
        state=state,
        source=DataSource.from_json(study.plan["source"]).name,
        notes=tuple(notes),
        answer=answer(study, row, winner, study.baselines, validation),
        trials=trials,
        losses=() if row is None else tuple(_losses(connection, name, row.number)),
        evidence=evidence(
            trials,
            stored,
            config,
            metric,
            _ablation(connection, name, study.plan["fingerprint"], config, metric),
            0 if dataset is None else len(dataset.validation),
        ),
        decisions=tuple(
            DecisionPart(decision.at.strftime("%Y-%m-%d %H:%M:%S"), decision.trial, decision.kind, decision.evidence)
            for decision in read_decisions(connection, name)
        ),
        validation=validation,
        data=None if dataset is None else _data(study, dataset),
        recipe=recipe(name, storage, study.plan, winner, stored, read_resources(connection, name, cost_of)),
    )


def _state(study: StudyRow, folder: Path) -> State:
    if held_for(folder) == "searched":
        return "running"
    if study.final is not None or study.confirmed is not None:
        return "ended"
    open_trials = any(trial.state in ("RUNNING", "WAITING") for trial in study.trials)
    spent = study.plan["seconds"] and any(trial.cause == CUT_OFF for trial in study.trials)
    enough = study.plan["trials"] and len(study.trials) >= study.plan["trials"]
    return "ended" if (spent or enough) and not open_trials else "open"


def _on_state(study: StudyRow, row: TrialRow | None, state: State, folder: Path) -> list[str]:
    """A sentence on everything that makes the report less than it could be."""
    notes = []
    if state == "running":
        notes.append("the search is running: this is how it stands now")
    elif state == "open":
        notes.append(f"the search was stopped before its end: `autotune resume {study.name}` goes on with it")
    if not any(trial.score is not None for trial in study.trials):
        failed = study.count("FAIL")
        notes.append("no trial has a score yet" + (f": {count(failed, 'trial')} failed" if failed else ""))
    elif row is None:
        notes.append("no model is left in the folder of the study, so nothing is said of its size, speed and mistakes")
    elif sentence := study.better_without_model(folder):
        notes.append(sentence)
    return notes


def _dataset(study: StudyRow, notes: list[str]) -> Dataset | None:
    """The data of the study, if it is there and as it was."""
    missing = "so that the data card and the mistakes are left out"
    try:
        dataset = load_dataset(DataSource.from_json(study.plan["source"]))
    except (AutotuneError, OSError) as problem:
        notes.append(f"the data cannot be read, {missing}: {_line(problem)}")
        return None
    if dataset.fingerprint != study.plan["fingerprint"]:
        notes.append(f"the data has changed since the search, {missing}: {study.plan['source']['data']}")
        return None
    return dataset


def _predictions(
    model: Path, dataset: Dataset | None, row: TrialRow, metric: Metric, notes: list[str]
) -> tuple[ValidationPart | None, float | None]:
    """The winner on the validation texts, and its seconds a text."""
    if dataset is None:
        return None, None
    # Here: they bring torch, which a report without data or model does without.
    from autotune.training.latency import latency
    from autotune.training.trained import TrainedClassifier

    classifier = TrainedClassifier.load(model)
    if classifier.labels != dataset.labels:
        notes.append("the model has other labels than the data: its mistakes are left out")
        return None, None
    texts = dataset.validation.texts
    part = on_validation(classifier.probabilities(texts), dataset.validation, dataset.labels)
    if row.score is not None and abs(part.scores[metric] - row.score) > 1e-4:
        notes.append(f"on this machine the model of trial {row.number} scores {part.scores[metric]:.4f}; the search stored {row.score:.4f}")
    return part, latency(classifier, texts)


def _losses(connection: Connection, name: str, number: int) -> list[LossPoint]:
    return [LossPoint(point.epoch, point.train_loss, point.validation_loss) for point in read_curve(connection, name, number)]


def _ablation(connection: Connection, name: str, fingerprint: str, config: Config | None, metric: Metric) -> list[StoredRun]:
    if config is None:
        return []
    return read_ablation(connection, AblationKey(name, fingerprint, in_multiples(config), metric))


def _data(study: StudyRow, dataset: Dataset) -> DataPart:
    source: dict[str, Any] = study.plan["source"]
    name = "the docstrings of Python" if source["data"] == BUILTIN else source["data"]
    return DataPart(name, dataset.fingerprint, dataset.labels, tuple(card_lines(data_card(dataset))), dataset.notes)


def _line(problem: Exception) -> str:
    return (str(problem) or type(problem).__name__).splitlines()[0]
