"""The study as the search sees it: proposes configurations, judges epochs, and writes down what came of every trial.

The coordinator alone holds a ledger, so the database has one writer.
"""

import math
import shutil
import warnings
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState

from autotune.config import Config, better
from autotune.search.plan import SearchPlan
from autotune.search.rungs import GRACE, RungPruner
from autotune.storage.leaderboard import RESULT, SEARCHED, model_folder

KEPT_MODELS = 3
"""The models of so many trials stay on the disk, the best ones."""

INTERRUPTED = "interrupted"
_BASELINES = "autotune:baselines"


class Ledger:
    """One study, open for writing.

    Args:
        folder: of the study; trained models lie in `trials/NUMBER` below it.
    """

    def __init__(self, study: optuna.Study, plan: SearchPlan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self._study = study
        self._running: dict[int, optuna.Trial] = {}
        self._scores: dict[int, float] = {}
        self.finished = 0
        for trial in self._stored():
            self._count(trial.number, trial.state, trial.user_attrs.get(RESULT, {}))
        study.pruner = RungPruner()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # `group` is the way to sample a conditional space jointly
            # A seed of its own for each session: the same one would propose the first trials of the last session again.
            study.sampler = TPESampler(multivariate=True, group=True, seed=(plan.seed + 1009 * len(self._stored())) % 2**32)

    def recover(self) -> int:
        """Puts trials that a dead process left running back into the queue; says how many."""
        left = [trial for trial in self._stored() if trial.state == TrialState.RUNNING]
        for trial in left:
            self._interrupt(optuna.Trial(self._study, trial._trial_id), trial)
        self._clean()
        return len(left)

    def start_with_defaults(self) -> None:
        """Queues the space's default configuration as the first trial: a sensible result within seconds."""
        if not self._stored():
            self._study.enqueue_trial(self.plan.space.defaults())

    def ask(self) -> tuple[int, Config]:
        """The next trial and its configuration, stored as running. All parameters are drawn before anything may judge the trial."""
        trial = self._study.ask()
        config = self.plan.space.config(self.plan.space.suggest(trial), seed=self.plan.seed)
        trial.set_user_attr("fingerprint", config.fingerprint)
        trial.set_user_attr(GRACE, math.ceil(_warm_up(config)))
        self._running[trial.number] = trial
        return trial.number, config

    def report(self, number: int, epoch: int, value: float) -> bool:
        """Stores the objective after an epoch; True: stop the trial."""
        trial = self._running[number]
        trial.report(value, epoch)
        return trial.should_prune()

    def rank(self, number: int, score: float) -> int:
        """How many models on the disk have a better score, or as good a one and a smaller number, as the best is chosen."""
        metric = self.plan.metric
        return sum(better(metric, value, score) or (value == score and other < number) for other, value in self._ranked())

    def finish(self, number: int, score: float, cause: str, details: dict[str, Any]) -> None:
        """Stores a trial that has a score. Those that ended by themselves are complete, those that were stopped are pruned."""
        state = TrialState.COMPLETE if cause in ("finished", "patience") else TrialState.PRUNED
        self._end(number, state, {"score": score, "cause": cause, **details})

    def fail(self, number: int, cause: str) -> None:
        """Stores a trial without a score. A diverged one counts as pruned: the sampler learns from those and not from failed ones."""
        self._end(number, TrialState.PRUNED if cause == "diverged" else TrialState.FAIL, {"cause": cause})

    def interrupt(self, number: int) -> None:
        """Ends a trial that could not finish through no fault of its own, and queues its configuration again."""
        trial = self._running.pop(number)
        self._interrupt(trial, self._stored()[number])

    def searched(self, seconds: float) -> None:
        """Stores how long this study has been searched, over all sessions."""
        self._study.set_user_attr(SEARCHED, round(seconds, 1))

    def baselines(self) -> dict[str, Any]:
        """Validation scores of the simple models by name, as far as they are known."""
        return dict(self._study.user_attrs.get(_BASELINES, {}))

    def add_baseline(self, name: str, validation: dict[Any, float]) -> None:
        """Stores the validation scores of a simple model."""
        self._study.set_user_attr(_BASELINES, {**self.baselines(), name: validation})

    @property
    def name(self) -> str:
        """Of the study."""
        return self._study.study_name

    @property
    def searched_seconds(self) -> float:
        """How long the study has been searched, over all sessions."""
        return float(self._study.user_attrs.get(SEARCHED, 0.0))

    @property
    def best(self) -> tuple[int, float] | None:
        """Number and score of the best trial whose model is on the disk; of equals the earlier."""
        return next(iter(self._ranked()), None)

    @property
    def has_score(self) -> bool:
        """Whether any trial has one, with or without its model."""
        return bool(self._scores)

    def causes_of_failure(self) -> list[str]:
        """Why trials ended without a score, in their order; those that are tried again are left out."""
        results = [trial.user_attrs.get(RESULT, {}) for trial in self._stored() if trial.state.is_finished()]
        return [result["cause"] for result in results if "score" not in result and result.get("cause", INTERRUPTED) != INTERRUPTED]

    def model_folder(self, number: int) -> Path:
        """Where the model of a trial is kept, if it is among the best."""
        return model_folder(self.folder, number)

    def _stored(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _ranked(self) -> list[tuple[int, float]]:
        """The trials whose models are on the disk: one that could not be saved, or that somebody deleted, can win nothing."""
        sign = -1 if better(self.plan.metric, 1, 0) else 1
        folder = self.folder / "trials"
        there = {int(found.name) for found in folder.iterdir() if found.name.isdigit()} if folder.is_dir() else set()
        saved = [(number, self._scores[number]) for number in there & self._scores.keys()]
        return sorted(saved, key=lambda pair: (sign * pair[1], pair[0]))

    def _end(self, number: int, state: TrialState, result: dict[str, Any]) -> None:
        trial = self._running.pop(number)
        trial.set_user_attr(RESULT, result)
        self._study.tell(trial, result["score"] if state == TrialState.COMPLETE else None, state=state)
        self._count(number, state, result)
        self._clean()

    def _count(self, number: int, state: TrialState, result: dict[str, Any]) -> None:
        if state.is_finished() and result.get("cause") != INTERRUPTED:
            self.finished += 1
            if "score" in result:
                self._scores[number] = result["score"]

    def _interrupt(self, trial: optuna.Trial, stored: FrozenTrial) -> None:
        if stored.params:
            self._study.enqueue_trial(stored.params)
        trial.set_user_attr(RESULT, {"cause": INTERRUPTED})
        self._study.tell(trial, state=TrialState.FAIL)

    def _clean(self) -> None:
        """Deletes the models that are not among the best any more, and what a killed process left half-written."""
        kept = {str(number) for number, _ in self._ranked()[:KEPT_MODELS]} | {str(number) for number in self._running}
        folder = self.folder / "trials"
        for found in folder.iterdir() if folder.is_dir() else ():
            if found.name.lstrip(".").split(".")[0] not in kept:
                shutil.rmtree(found, ignore_errors=True)


def _warm_up(config: Config) -> float:
    """The epochs before a configuration's learning rate is at its height: too early to judge it."""
    if config.learning_rate.schedule == "one_cycle":
        return 0.3 * config.early_stopping.max_epochs
    return config.learning_rate.warmup_epochs
