"""Studies as a search leaves them, written straight into the database: a second instead of minutes."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import optuna
from optuna.samplers import RandomSampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from autotune.agent.plan import SearchPlan
from autotune.config import MAXIMIZED, Config, Metric
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.reports.study.gather import gather
from autotune.reports.study.parts import Report
from autotune.spaces.files import read_space
from autotune.storage.bulk import add_trials
from autotune.storage.engine import open_storage, reading, storage_url
from autotune.storage.facts import Facts
from autotune.storage.leaderboard import CONFIRMED, FINAL, RESULT, SEARCHED
from autotune.storage.records import CurvePoint, Decision, Resources
from autotune.storage.studies import create_study
from autotune.training.fit import fit

BEGUN = datetime(2026, 1, 2, 3, 4, 5)
SCORES = {"accuracy": 0.61, "macro_f1": 0.6, "log_loss": 0.9}
BASELINES = {"majority class": {"accuracy": 0.2, "macro_f1": 0.1, "log_loss": 1.6}, "TF-IDF on words": SCORES}


@dataclass(frozen=True)
class Made:
    """A study that was made up: `study` is its database's name for it."""

    folder: Path
    dataset: Dataset
    study: str = "s"

    @property
    def url(self) -> str:
        return storage_url(str(self.folder / "a.db"))

    @property
    def files(self) -> Path:
        return self.folder / self.study

    def report(self) -> Report:
        with reading(self.url) as connection:
            return gather(connection, self.study, self.files)


def write_rows(path: Path, rows: Sequence[tuple[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def made_study(
    folder: Path,
    rows: Sequence[tuple[str, str]],
    *,
    trials: int = 6,
    metric: Metric = "accuracy",
    space: str = "quick",
    states: Sequence[str] = ("finished", "pruned", "patience"),
    model: bool = True,
    tested: bool = True,
) -> Made:
    """A study of made-up trials on real rows; trial 1 is the best and, with `model`, has a model that was really trained.

    Args:
        states: the causes of the trials but for trial 1, by turns; `failed` is one without a score.
        tested: whether the search came to its end.
    """
    source = DataSource(str(write_rows(folder / "rows.csv", rows)))
    dataset = load_dataset(source)
    plan = SearchPlan(source, dataset.fingerprint, read_space(space), metric, 50, 600.0, 0, 1)
    storage = open_storage(storage_url(str(folder / "a.db")))
    study = create_study(storage, "s", MAXIMIZED[metric], plan.to_json())
    study.set_user_attr(SEARCHED, 61.5)
    study.set_user_attr("autotune:baselines", BASELINES)
    score = 0.8 if MAXIMIZED[metric] else 0.5
    if model:
        values = {
            "early_stopping.max_epochs": 3,
            "pretraining.dimension": 8,
            "encoder.name": "none",
            "batch_size.initial": 8,
            "learning_rate.initial": 0.02,
        }
        trained = fit(Config.from_values(values), dataset, metric=metric)
        trained.classifier.save(folder / "s" / "trials" / "1")
        score = trained.score
    causes = [states[number % len(states)] if number != 1 else "finished" for number in range(trials)]
    add_trials(storage, study, _trials(causes, plan, score))
    facts = Facts(storage.engine, "s")
    facts.decided([Decision(number, "portfolio", "it did well elsewhere", BEGUN) for number in range(trials)])
    for number, cause in enumerate(causes):
        if cause != "failed":
            facts.trial(number, _curve(number, score), Resources(2.0, 1.5, 10**8, None, 1000, "cpu", 1))
    if tested and trials > 1:
        _test(study, score, metric)
    return Made(folder, dataset)


def _trials(causes: Sequence[str], plan: SearchPlan, best: float) -> list[FrozenTrial]:
    draw = random.Random(0)
    asking = optuna.create_study(sampler=RandomSampler(0))
    found = []
    for number, cause in enumerate(causes):
        asked = asking.ask()
        plan.space.suggest(asked)
        worse = 0.0 if number == 1 else 0.3 * draw.random()
        score = best - worse if MAXIMIZED[plan.metric] else best + worse
        curve = {epoch: score - 0.02 * (3 - epoch) for epoch in (1, 2, 3)}
        result: dict[str, Any] = {
            "score": score,
            "cause": cause,
            "seed": 0,
            "best_epoch": 3,
            "epochs": 3,
            "seconds": 2.0,
            "parameters": 1000,
        }
        result["validation"] = {**SCORES, plan.metric: score}
        state = TrialState.PRUNED if cause in ("pruned", "time") else TrialState.COMPLETE
        if cause == "failed":
            result, curve, state = {"cause": "out of memory"}, {}, TrialState.FAIL
        trial = create_trial(
            state=state,
            params=asked.params,
            distributions=asked.distributions,
            value=score if state == TrialState.COMPLETE else None,
            user_attrs={RESULT: result},
            intermediate_values=curve,
        )
        trial.datetime_start = BEGUN + timedelta(seconds=2 * number)
        trial.datetime_complete = BEGUN + timedelta(seconds=2 * number + 2)
        found.append(trial)
    return found


def _curve(number: int, score: float) -> list[CurvePoint]:
    return [CurvePoint(epoch, 1.5 / epoch, 1.6 / epoch + 0.01 * number, score, score, 0.7) for epoch in (1, 2, 3)]


def _test(study: optuna.Study, score: float, metric: Metric) -> None:
    own = {**SCORES, metric: score}
    bounds = {name: (value - 0.05, value + 0.05) for name, value in own.items()}
    final = {"trial": 1, "rows": 24, "test": own, "intervals": bounds, "baselines": BASELINES, "notes": [], "ensemble": None}
    study.set_user_attr(FINAL, final)
    expected = {"trial": 1, "score": score, "low": score - 0.06, "high": score + 0.06, "rows": 24, "resplit": True}
    study.set_user_attr(CONFIRMED, {**expected, "runs": {"1": [score, score], "0": [score, score]}})


def toy_rows(number: int = 240, labels: Sequence[str] = ("sport", "food", "music"), seed: int = 0) -> list[tuple[str, str]]:
    """Texts that tell their label by one word, mostly; as many of each label."""
    draw = random.Random(seed)
    filler = ["the", "a", "then", "very", "again", "went", "saw", "there", "with", "new"]
    rows = []
    for row in range(number):
        place = row % len(labels)
        other = draw.randrange(len(labels)) if draw.random() < 0.15 else place
        words = [*draw.choices(filler, k=5), f"word{other}", f"word{other}", f"n{row}"]
        draw.shuffle(words)
        rows.append((" ".join(words), labels[place]))
    return rows
