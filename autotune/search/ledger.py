"""The study as the search sees it: proposes configurations, judges epochs, and writes down what came of every trial.

The coordinator alone holds a ledger, so the database has one writer.
"""

import math
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from autotune.config import Config, Value, better
from autotune.search.messages import TRIAL_TIMEOUT
from autotune.search.plan import SearchPlan
from autotune.search.rungs import GRACE, RungPruner
from autotune.search.tried import Tried
from autotune.storage.leaderboard import NOT_COUNTED, RESULT, SEARCHED, model_folder

KEPT_MODELS = 3
"""The models of so many trials stay on the disk, the best ones."""

SEED = "autotune:seed"
"""The trial attribute with the seed of a trial that has not the seed of the search, or that is queued again."""

RETRY_OF = "autotune:retry_of"
"""The trial attribute with the number of the trial whose worker died, on the one that has its configuration."""

_FINGERPRINT = "fingerprint"
"""The trial attribute that says which configuration it is, whatever its seed: trials that share it are repeats of one another."""

_BASELINES = "autotune:baselines"
_CUT_OFF = "time"
"""The cause of trials that the end of the budget cut off: when more is given, their configurations may be tried to the end."""
_PROPOSALS = 5
"""So many repeats the sampler may propose in a row; then somebody else chooses."""
_DRAWS = 20
"""So many repeats in a row drawn at random from a space too large to be listed: then it is taken to be used up."""
_LEADERS = 3
_SEEDS_OF_A_LEADER = 3
_SCORED_BEFORE_LEADERS = 10


@dataclass(frozen=True)
class _Running:
    """A trial that is being trained."""

    trial: optuna.Trial
    fingerprint: str
    seed: int


class Ledger:
    """One study, open for writing.

    Args:
        folder: of the study; trained models lie in `trials/NUMBER` below it.
    """

    def __init__(self, study: optuna.Study, plan: SearchPlan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self._study = study
        self._running: dict[int, _Running] = {}
        self._scores: dict[int, float] = {}
        self._fingerprints: dict[int, str] = {}
        self._tried = Tried(plan.space, plan.seed)
        self._queued = 0
        self._used_up = False
        self.finished = 0
        for trial in self._stored():
            self._load(trial)
        study.pruner = RungPruner()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # `group` is the way to sample a conditional space jointly
            # A seed of its own for each session: the same one would propose the first trials of the last session again.
            study.sampler = TPESampler(multivariate=True, group=True, seed=(plan.seed + 1009 * len(self._stored())) % 2**32)

    def recover(self) -> int:
        """Puts trials that a dead process left running back into the queue; says how many."""
        left = [trial for trial in self._stored() if trial.state == TrialState.RUNNING]
        ended = [trial for trial in left if RESULT in trial.user_attrs]
        for trial in left:
            if trial in ended:  # killed between storing the result and telling the study
                self._tell(trial.number, trial.user_attrs[RESULT])
                self._load(self._stored()[trial.number])
            else:
                self._again(optuna.Trial(self._study, trial._trial_id), "interrupted", {}, {})
        self._clean()
        return len(left) - len(ended)

    def start_with_defaults(self) -> None:
        """Queues the space's default configuration as the first trial: a sensible result within seconds."""
        if not self._stored():
            self._queue(self.plan.space.defaults(), {})

    def ask(self) -> tuple[int, Config] | None:
        """The next trial and its configuration, stored as running; None: everything there is was tried.

        A configuration that was tried before is not trained again: the sampler proposes another. If it goes on proposing what was
        tried, one that was not is chosen at random, from the list of all where the space is small. A repeat of one of the best
        configurations is trained with another seed, up to three in all: how much of its score was luck is worth knowing there.
        """
        repeats = 0
        while self._queued or not self._used_up:
            if not self._queued and repeats and self._tried.listed:
                untried = self._tried.untried()
                if untried is None:
                    self._used_up = True
                    break
                if repeats >= _PROPOSALS:
                    self._queue(untried, {})
            trial, sample = self._propose(at_random=repeats >= _PROPOSALS)
            config = self.plan.space.config(sample, seed=self.plan.seed)
            seed = self._seed_of(trial, config.fingerprint)
            if seed is not None:
                return self._start(trial, config.fingerprint, self.plan.space.config(sample, seed=seed))
            self._end_unscored(trial, "repeat")
            repeats += 1
            self._used_up = repeats == _PROPOSALS + _DRAWS
        return None

    @property
    def used_up(self) -> str | None:
        """A sentence on a space of which everything was tried; None as long as there may be more."""
        if not self._used_up:
            return None
        if self._tried.listed:
            return f"the search space is used up: every configuration in it has been tried, {len(self._tried):,} in all"
        return f"the search space seems to be used up: {_PROPOSALS + _DRAWS} proposals in a row had been tried before"

    def _propose(self, at_random: bool) -> tuple[optuna.Trial, dict[str, Value]]:
        self._queued = max(0, self._queued - 1)  # Optuna takes the queued ones first
        sampler = self._study.sampler
        if at_random:
            self._study.sampler = RandomSampler(seed=(self.plan.seed + 1009 * len(self._stored())) % 2**32)
        try:
            trial = self._study.ask()
            # All parameters are drawn before anything may judge the trial: Optuna's sampler would never sample the others jointly again.
            return trial, self.plan.space.suggest(trial)
        finally:
            self._study.sampler = sampler

    def _seed_of(self, trial: optuna.Trial, fingerprint: str) -> int | None:
        """The seed to train a proposal with; None: it is a repeat."""
        tried = self._tried.seeds(fingerprint)
        queued = trial.user_attrs.get(SEED)
        if queued is not None:
            return None if queued in tried else int(queued)
        if not tried:
            return self.plan.seed
        return self._tried.new_seed(fingerprint) if len(tried) < _SEEDS_OF_A_LEADER and fingerprint in self._leaders() else None

    def _leaders(self) -> list[str]:
        """The fingerprints of the best configurations; none before there are enough to speak of best ones."""
        sign = -1 if better(self.plan.metric, 1, 0) else 1
        ranked = sorted(self._scores, key=lambda number: (sign * self._scores[number], number))
        distinct = list(dict.fromkeys(self._fingerprints[number] for number in ranked))
        return distinct[:_LEADERS] if len(distinct) >= _SCORED_BEFORE_LEADERS else []

    def _start(self, trial: optuna.Trial, fingerprint: str, config: Config) -> tuple[int, Config]:
        trial.set_user_attr(_FINGERPRINT, fingerprint)
        trial.set_user_attr(GRACE, math.ceil(_warm_up(config)))
        if config.seed != self.plan.seed:
            trial.set_user_attr(SEED, config.seed)
        self._running[trial.number] = _Running(trial, fingerprint, config.seed)
        self._fingerprints[trial.number] = fingerprint
        self._tried.add(fingerprint, config.seed)
        return trial.number, config

    def report(self, number: int, epoch: int, value: float) -> bool:
        """Stores the objective after an epoch; True: stop the trial."""
        trial = self._running[number].trial
        trial.report(value, epoch)
        return trial.should_prune()

    def rank(self, number: int, score: float) -> int:
        """How many models on the disk have a better score, or as good a one and a smaller number, as the best is chosen."""
        metric = self.plan.metric
        return sum(better(metric, value, score) or (value == score and other < number) for other, value in self._ranked())

    def finish(self, number: int, score: float, cause: str, details: dict[str, Any]) -> None:
        """Stores a trial that has a score. Those that ended by themselves are complete, those that were stopped are pruned."""
        self._end(number, {"score": score, "cause": cause, "seed": self._running[number].seed, **details})

    def fail(self, number: int, cause: str) -> str:
        """Stores a trial without a score, and says how it counts.

        One that diverged or took too long counts as pruned: the sampler learns from those and not from failed ones.
        """
        return self._end(number, {"cause": cause}).name

    def interrupt(self, number: int) -> None:
        """Ends a trial that could not finish through no fault of its own, and queues its configuration again."""
        self._again(self._running[number].trial, "interrupted", {}, {})

    def retry(self, number: int, cause: str) -> bool:
        """Queues the configuration of a trial whose worker died, before anything new; False: it is a retry itself, and has failed."""
        trial = self._running[number].trial
        if RETRY_OF in trial.user_attrs:
            return False
        self._again(trial, "retried", {"why": cause}, {RETRY_OF: number})
        return True

    def fingerprint(self, number: int) -> str:
        """Which configuration a trial has, whatever its seed."""
        return self._fingerprints[number]

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
        return [result["cause"] for result in results if "score" not in result and result.get("cause") not in (None, *NOT_COUNTED)]

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

    def _end(self, number: int, result: dict[str, Any]) -> TrialState:
        running = self._running.pop(number)
        running.trial.set_user_attr(RESULT, result)
        state = self._tell(number, result)
        self._count(number, result)
        if result["cause"] == _CUT_OFF:
            self._tried.forget(running.fingerprint, running.seed)
        self._clean()
        return state

    def _tell(self, number: int, result: dict[str, Any]) -> TrialState:
        state = _state(result)
        self._study.tell(number, result["score"] if state == TrialState.COMPLETE else None, state=state)
        return state

    def _end_unscored(self, trial: optuna.Trial, cause: str, **details: str) -> None:
        """Ends a trial as if it had not been: the sampler does not look at failed ones, and none of our tables counts this cause.

        Pruned, it would be learnt from; complete with the score of the trial that it repeats, it would count double, and the sampler
        would propose the same all the more.
        """
        trial.set_user_attr(RESULT, {"cause": cause, **details})
        self._study.tell(trial, state=TrialState.FAIL)

    def _again(self, trial: optuna.Trial, cause: str, details: dict[str, str], attributes: dict[str, Any]) -> None:
        """Ends a trial that came to nothing, and queues its configuration with its seed."""
        stored = self._stored()[trial.number]
        sample = {**stored.system_attrs.get("fixed_params", {}), **stored.params}
        if sample:
            known = {name: stored.user_attrs[name] for name in (SEED, RETRY_OF) if name in stored.user_attrs}
            self._queue(sample, {SEED: self.plan.seed, **known, **attributes})
        running = self._running.pop(trial.number, None)
        if running is not None:
            self._tried.forget(running.fingerprint, running.seed)
        self._end_unscored(trial, cause, **details)

    def _queue(self, sample: Mapping[str, Value], attributes: dict[str, Any]) -> None:
        self._study.enqueue_trial(dict(sample), attributes)
        self._queued += 1

    def _load(self, trial: FrozenTrial) -> None:
        """Takes up what is stored of a trial."""
        result = trial.user_attrs.get(RESULT, {})
        self._queued += trial.state == TrialState.WAITING
        if trial.state.is_finished() and result.get("cause") not in NOT_COUNTED:
            fingerprint = trial.user_attrs.get(_FINGERPRINT, str(trial.number))
            self._fingerprints[trial.number] = fingerprint
            if result.get("cause") != _CUT_OFF:
                self._tried.add(fingerprint, trial.user_attrs.get(SEED, self.plan.seed))
            self._count(trial.number, result)

    def _count(self, number: int, result: dict[str, Any]) -> None:
        self.finished += 1
        if "score" in result:
            self._scores[number] = result["score"]

    def _clean(self) -> None:
        """Deletes the models that are not among the best any more, and what a killed process left half-written."""
        kept = {str(number) for number, _ in self._ranked()[:KEPT_MODELS]} | {str(number) for number in self._running}
        folder = self.folder / "trials"
        for found in folder.iterdir() if folder.is_dir() else ():
            if found.name.lstrip(".").split(".")[0] not in kept:
                shutil.rmtree(found, ignore_errors=True)


def _state(result: dict[str, Any]) -> TrialState:
    """How Optuna is to see a trial that came to this: only what failed is nothing to learn from."""
    if "score" in result:
        return TrialState.COMPLETE if result["cause"] in ("finished", "patience") else TrialState.PRUNED
    return {"diverged": TrialState.PRUNED, TRIAL_TIMEOUT: TrialState.PRUNED}.get(result["cause"], TrialState.FAIL)


def _warm_up(config: Config) -> float:
    """The epochs before a configuration's learning rate is at its height: too early to judge it."""
    if config.learning_rate.schedule == "one_cycle":
        return 0.3 * config.early_stopping.max_epochs
    return config.learning_rate.warmup_epochs
