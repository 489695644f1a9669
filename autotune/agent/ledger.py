"""The study as the search sees it: what is trained next, how epochs are judged, and what came of every trial.

The coordinator alone holds a ledger, so the database has one writer.
"""

import math
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from autotune.agent.limits import OVER
from autotune.agent.plan import SearchPlan
from autotune.agent.proposing.proposals import Proposal, Proposals
from autotune.agent.proposing.rungs import GRACE, RungPruner
from autotune.agent.proposing.thawing import THAWED, frozen
from autotune.agent.working.messages import TRIAL_TIMEOUT
from autotune.config import Config, better
from autotune.errors import StudyError
from autotune.storage.leaderboard import BASELINES, CONFIRMED, NOT_COUNTED, ORIGIN, RESULT, SEARCHED
from autotune.storage.liveness import PROCESS, Process
from autotune.storage.records import CUT_OFF, Decision
from autotune.storage.shelf import Shelf

RETRIED = "autotune:retried"
"""The trial attribute that says why the worker of a trial died; the trial has gone on since, and will not a second time."""

OUT_OF_MEMORY = "out of memory"
_LEADERS = 3
_SCORED_BEFORE_LEADERS = 10


class Ledger:
    """One study, open for writing.

    Args:
        shelf: the files of the study.
        compared: texts that trials are compared on; None: not known.

    Attributes:
        finished: how many trials are over, those apart that another study gave.
        epochs: how many were trained, in all trials likewise.
    """

    def __init__(self, study: optuna.Study, plan: SearchPlan, shelf: Shelf, compared: int | None = None) -> None:
        self.plan = plan
        self.shelf = shelf
        self._study = study
        rows = compared if plan.metric != "log_loss" else None
        self._pruner = RungPruner(rows)
        study.pruner = self._pruner
        self._process = Process.here().to_json()
        self._running: dict[int, Proposal] = {}
        self._reached: dict[int, int] = {}
        self._scores: dict[int, float] = {}
        self._decisions: list[Decision] = []
        self.finished = -plan.imported
        self.epochs = 0
        for trial in self._stored():
            self._load(trial)
        self._proposals = Proposals(
            study, plan, rows, self._leaders, lambda number: shelf.checkpoint(number).exists(), self._decisions.append
        )

    def recover(self) -> int:
        """Takes over what a process left behind that is gone; says how many trials are in the middle of their training.

        Raises:
            StudyError: it is not gone.
        """
        for trial in self._stored():
            if trial.state != TrialState.RUNNING:
                continue
            self._refuse_living(trial)
            result = trial.user_attrs.get(RESULT)
            if result is not None and result["cause"] != CUT_OFF:  # killed between storing the result and telling the study
                self._tell(trial.number, result)
                self._count(trial.number, result)
            else:
                self._proposals.wait(trial._trial_id)
                self._decide_queued_again(trial)
        self._clean()
        return sum(trial.state == TrialState.WAITING and trial.number in self._proposals.fingerprints for trial in self._stored())

    def _refuse_living(self, trial: FrozenTrial) -> None:
        """The lock of the study tells as much, but for a disk that cannot lock, or a lock file that somebody deleted."""
        stored = trial.user_attrs.get(PROCESS)
        if stored is None or stored == self._process or not Process.from_json(stored).is_alive():
            return
        raise StudyError(
            f"trial {trial.number} of '{self.name}' is being trained for process {stored['pid']} on this machine",
            "wait for that one, or stop it first",
        )

    def start(self) -> None:
        """From now on the study's first trials are those of `openings`: a sensible result within seconds, then what did well elsewhere."""
        self._proposals.start()

    def ask(self) -> tuple[int, Config] | None:
        """The next trial and its configuration, stored as running; None: everything there is was tried."""
        proposal = self._proposals.next()
        if proposal is None:
            return None
        trial = proposal.trial
        trial.set_user_attr(PROCESS, self._process)
        if self._study.user_attrs.get(CONFIRMED) is not None:  # there is going to be another winner
            self._study.set_user_attr(CONFIRMED, None)
        if GRACE not in trial.user_attrs:
            trial.set_user_attr(GRACE, math.ceil(_warm_up(proposal.config)))
        self._running[trial.number] = proposal
        if THAWED in trial.user_attrs and not self._stored()[trial.number].intermediate_values:
            self._thaw(trial, self._stored()[trial.user_attrs[THAWED]])
        self._reached[trial.number] = self._stored()[trial.number].last_step or 0
        return trial.number, proposal.config

    def _thaw(self, trial: optuna.Trial, stopped: FrozenTrial) -> None:
        """Gives a trial the epochs of a stopped one, and its checkpoint; those are not trained again, nor judged."""
        for epoch, value in stopped.intermediate_values.items():
            trial.report(value, epoch)
        self.shelf.hand_on(stopped.number, trial.number)

    @property
    def used_up(self) -> str | None:
        """A sentence on a space of which everything was tried; None as long as there may be more."""
        return self._proposals.used_up

    def report(self, number: int, epoch: int, value: float) -> bool:
        """Stores the objective after an epoch; True: stop the trial.

        A trial that was taken up again at a checkpoint may come by epochs that are stored, with the values that are stored. It passed
        the rungs among them, but for the last epoch, whose judgement may never have been heard.
        """
        trial = self._running[number].trial
        if epoch < self._reached[number]:
            return False
        if epoch > self._reached[number]:
            trial.report(value, epoch)
            self._reached[number] = epoch
            self.epochs += 1
        stopped = trial.should_prune()
        if stopped and (verdict := self._pruner.verdict) is not None:
            self._decisions.append(Decision(number, "pruned", verdict.sentence(self.plan.metric)))
        return stopped

    def rank(self, number: int, score: float) -> int:
        """How many models on the disk have a better score, or as good a one and a smaller number, as the best is chosen."""
        metric = self.plan.metric
        return sum(better(metric, value, score) or (value == score and other < number) for other, value in self.ranked())

    def finish(self, number: int, score: float, cause: str, details: dict[str, Any]) -> None:
        """Stores a trial that has a score. Those that ended by themselves are complete, those that were stopped are pruned."""
        self._end(number, {"score": score, "cause": cause, "seed": self._running[number].config.seed, **details})

    def fail(self, number: int, cause: str) -> str:
        """Stores a trial without a score, and says how it counts.

        One that diverged, took too long or found no memory counts as pruned: the sampler learns from those and not from failed ones.
        One that has a score from before the budget cut it off keeps that.
        """
        earlier = self._stored()[number].user_attrs.get(RESULT, {})
        if cause == OUT_OF_MEMORY:
            self._running[number].trial.set_constraint("memory", 1.0)  # infeasible: worse than any score
        return self._end(number, {**earlier, "cause": cause}).name

    def refuse(self, number: int, cause: str, details: dict[str, Any]) -> str:
        """Stores a trial that was not trained, as its model would be beyond a limit, and says how it counts.

        The sampler knows it as infeasible, and by how much.

        Args:
            details: see `OverLimitError`.
        """
        trial = self._running[number].trial
        for name, excess in details[OVER].items():
            trial.set_constraint(name, excess)
        return self._end(number, {"cause": cause, **details}).name

    def admitted(self, number: int) -> bool:
        """Whether the configuration of a running trial was trained already: in an earlier session, or with another seed."""
        fingerprints = self._proposals.fingerprints
        return self._reached[number] > 0 or any(fingerprints.get(other) == fingerprints[number] for other in self._scores)

    def interrupt(self, number: int) -> None:
        """Puts back a trial that could not finish through no fault of its own: it goes on from its checkpoint in the next session."""
        trial = self._running.pop(number).trial
        self._proposals.wait(trial._trial_id)
        self._decide_queued_again(self._stored()[number])

    def retry(self, number: int, cause: str) -> bool:
        """Puts back a trial whose worker died, to go on from its checkpoint before anything new; False: it died before, and has failed."""
        trial = self._running[number].trial
        if RETRIED in trial.user_attrs:
            return False
        trial.set_user_attr(RETRIED, cause)
        del self._running[number]
        self._proposals.wait(trial._trial_id)
        self._decisions.append(Decision(number, "retried", f"{cause}: it goes on from its last checkpoint, once"))
        return True

    def close(self) -> None:
        """Ends trials that the budget cut off, were to go on, and did not come to it: they are what they were."""
        for trial in self._stored():
            if trial.state == TrialState.WAITING and RESULT in trial.user_attrs:
                self._study._storage.set_trial_state_values(trial._trial_id, TrialState.PRUNED)
                self.finished += 1
        self._clean(for_good=True)

    def decide(self, decision: Decision) -> None:
        """Adds one to what is to be stored."""
        self._decisions.append(decision)

    def take_decisions(self) -> list[Decision]:
        """What was decided since this was asked last, to be stored."""
        taken = list(self._decisions)
        self._decisions.clear()
        return taken

    def fingerprint(self, number: int) -> str:
        """Which configuration a trial has, whatever its seed."""
        return self._proposals.fingerprints[number]

    def searched(self, seconds: float) -> None:
        """Stores how long this study has been searched, over all sessions."""
        self._study.set_user_attr(SEARCHED, round(seconds, 1))

    def baselines(self) -> dict[str, Any]:
        """Validation scores of the simple models by name, as far as they are known."""
        return dict(self._study.user_attrs.get(BASELINES, {}))

    def add_baseline(self, name: str, validation: dict[Any, float]) -> None:
        """Stores the validation scores of a simple model."""
        self._study.set_user_attr(BASELINES, {**self.baselines(), name: validation})

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
        return next(iter(self.ranked()), None)

    def ranked(self) -> list[tuple[int, float]]:
        """The trials whose models are on the disk: one that could not be saved, or that somebody deleted, can win nothing."""
        saved = [(number, self._scores[number]) for number in self.shelf.models() & self._scores.keys()]
        return sorted(saved, key=lambda pair: (self._sign * pair[1], pair[0]))

    @property
    def has_score(self) -> bool:
        """Whether any trial has one, with or without its model."""
        return bool(self._scores)

    def ends(self) -> list[tuple[str, str]]:
        """State and cause of every trial that is over and counts, in their order."""
        over = [
            (trial.state.name, trial.user_attrs.get(RESULT, {}).get("cause", "")) for trial in self._stored() if trial.state.is_finished()
        ]
        return [(state, cause) for state, cause in over if cause not in NOT_COUNTED]

    def causes_of_failure(self) -> list[str]:
        """Why trials ended without a score, in their order; those that are tried again or were beyond a limit are left out."""
        return [result["cause"] for result in self._failed() if OVER not in result]

    def refused(self) -> list[dict[str, Any]]:
        """The results of the trials that were beyond a limit, in their order."""
        return [result for result in self._failed() if OVER in result]

    def _failed(self) -> list[dict[str, Any]]:
        results = [trial.user_attrs.get(RESULT, {}) for trial in self._stored() if trial.state.is_finished()]
        return [result for result in results if "score" not in result and result.get("cause") not in (None, *NOT_COUNTED)]

    def _stored(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _leaders(self) -> list[str]:
        """The fingerprints of the best configurations; none before there are enough to speak of best ones."""
        ranked = sorted(self._scores, key=lambda number: (self._sign * self._scores[number], number))
        distinct = list(dict.fromkeys(self._proposals.fingerprints[number] for number in ranked))
        return distinct[:_LEADERS] if len(distinct) >= _SCORED_BEFORE_LEADERS else []

    @property
    def _sign(self) -> int:
        return -1 if better(self.plan.metric, 1, 0) else 1

    def _end(self, number: int, result: dict[str, Any]) -> TrialState:
        self._running.pop(number).trial.set_user_attr(RESULT, result)
        state = self._tell(number, result)
        self._count(number, result)
        self._clean()
        return state

    def _tell(self, number: int, result: dict[str, Any]) -> TrialState:
        state = _state(result)
        self._study.tell(number, result["score"] if state == TrialState.COMPLETE else None, state=state)
        return state

    def _load(self, trial: FrozenTrial) -> None:
        """Takes up what is stored of a trial."""
        result = trial.user_attrs.get(RESULT, {})
        if trial.user_attrs.get(ORIGIN, {}).get("counts", True):
            self.epochs += len(trial.intermediate_values)
            if THAWED in trial.user_attrs and trial.intermediate_values:
                self.epochs -= len(self._stored()[trial.user_attrs[THAWED]].intermediate_values)
        if trial.state.is_finished() and result.get("cause") not in NOT_COUNTED:
            self._count(trial.number, result)
        elif "score" in result and not trial.state.is_finished():  # cut off, and to go on
            self._scores[trial.number] = result["score"]

    def _count(self, number: int, result: dict[str, Any]) -> None:
        self.finished += 1
        if "score" in result:
            self._scores[number] = result["score"]

    def _clean(self, for_good: bool = False) -> None:
        """Deletes the models that are not among the best any more, and the checkpoints of trials that are over.

        Args:
            for_good: also of those that were stopped and may go on as long as the search lasts.
        """
        stored = self._stored()
        unfinished = {trial.number for trial in stored if trial.state in (TrialState.RUNNING, TrialState.WAITING)}
        thaws = self.plan.strategy == "agent" and not for_good
        may_thaw = {trial.number for trial in frozen(stored, -self._sign)} if thaws else set()
        cut_off = {trial.number for trial in stored if trial.user_attrs.get(RESULT, {}).get("cause") == CUT_OFF}
        self.shelf.clean([number for number, _ in self.ranked()], set(self._running), unfinished | cut_off | may_thaw)

    def _decide_queued_again(self, trial: FrozenTrial) -> None:
        done = trial.last_step or 0
        then = "it goes on from its last checkpoint in the next session"
        self._decisions.append(
            Decision(trial.number, "queued again", f"the search ended in the middle of it (epochs done: {done}): {then}")
        )


def _state(result: dict[str, Any]) -> TrialState:
    """How Optuna is to see a trial that came to this: only what failed is nothing to learn from."""
    if "score" in result:
        return TrialState.COMPLETE if result["cause"] in ("finished", "patience") else TrialState.PRUNED
    teaches = OVER in result or result["cause"] in ("diverged", TRIAL_TIMEOUT, OUT_OF_MEMORY)
    return TrialState.PRUNED if teaches else TrialState.FAIL


def _warm_up(config: Config) -> float:
    """The epochs before a configuration's learning rate is at its height: too early to judge it."""
    if config.learning_rate.schedule == "one_cycle":
        return 0.3 * config.early_stopping.max_epochs
    return config.learning_rate.warmup_epochs
