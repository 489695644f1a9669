"""Which configuration is trained next: those left over, the sampler's, and no other twice."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from autotune.agent.plan import SearchPlan, Strategy
from autotune.agent.proposing.advice import Advice
from autotune.agent.proposing.openings import Wish, openings
from autotune.agent.proposing.samplers import MakeSampler, at_random, informed, tpe
from autotune.agent.proposing.thawing import THAWED, wishes
from autotune.agent.proposing.tried import Tried
from autotune.config import MAXIMIZED, Config, Value
from autotune.storage.leaderboard import NOT_COUNTED, RESULT
from autotune.storage.records import Decision, Kind
from autotune.storage.trial_reading import proposing
from autotune.storage.trials import SEED as SEED

FINGERPRINT = "fingerprint"
"""The trial attribute that says which configuration it is, whatever its seed: trials that share it are repeats of one another."""

_PROPOSALS = 5
"""So many repeats the sampler may propose in a row; then somebody else chooses."""
_DRAWS = 20
"""So many repeats in a row drawn at random from a space too large to be listed: then it is taken to be used up."""
_SEEDS_OF_A_LEADER = 3
_WITH_SEED = "one of the best, it is trained with seed {} too, as some of its score may be luck"


@dataclass(frozen=True)
class Proposal:
    """A trial that is to be trained: new, or taken up again."""

    trial: optuna.Trial
    config: Config
    fingerprint: str
    """Of the configuration under the seed of the search."""


_SAMPLERS: dict[Strategy, MakeSampler] = {"agent": informed, "tpe": tpe, "random": at_random}


class Proposals:
    """The trials to come.

    A trial's proposal depends on the seed of the search, its number and the trials that are stored, and on nothing else: a search that
    was stopped or killed goes on with the proposals of one that was not.

    Args:
        rows: see `RungPruner`.
        leaders: gives the fingerprints of the best configurations so far.
        is_kept: whether the checkpoint of a trial is there.
        decide: is told what was decided, and why.

    Attributes:
        sampler: makes the sampler of each trial from a seed.
        fingerprints: of the trials that count, and of those that are open.
    """

    sampler: MakeSampler

    def __init__(
        self,
        study: optuna.Study,
        plan: SearchPlan,
        rows: int | None,
        leaders: Callable[[], list[str]],
        is_kept: Callable[[int], bool],
        decide: Callable[[Decision], None],
    ) -> None:
        self._study = study
        self._plan = plan
        self._rows = rows
        self._leaders = leaders
        self._is_kept = is_kept
        self._decide = decide
        self._space = plan.space
        """As wide as the trials reach: advice goes beyond bounds."""
        self._tried = Tried(plan.space, plan.seed)
        self._queued = 0
        self._used_up = False
        self._openings: list[Wish] = []
        self._advice: Advice | None = None
        self.sampler = _SAMPLERS[plan.strategy]
        self.fingerprints: dict[int, str] = {}
        for trial in self._stored():
            self._load(trial)

    def _load(self, trial: FrozenTrial) -> None:
        self._queued += trial.state == TrialState.WAITING
        self._space = self._space.reaching({**trial.system_attrs.get("fixed_params", {}), **trial.params})
        counts = trial.state.is_finished() and trial.user_attrs.get(RESULT, {}).get("cause") not in NOT_COUNTED
        if counts or (FINGERPRINT in trial.user_attrs and not trial.state.is_finished()):
            fingerprint = trial.user_attrs.get(FINGERPRINT, str(trial.number))
            self.fingerprints[trial.number] = fingerprint
            self._tried.add(fingerprint, trial.user_attrs.get(SEED, self._plan.seed))

    def start(self) -> None:
        """From now on trials may have a reason: the first ones are the `openings`, which a study that began with another one's trials
        does not need, and every now and then one follows from what the others show.
        """
        if not self._plan.imported:
            self._openings = openings(self._plan)
        if self._plan.strategy == "agent":
            self._advice = Advice(self._plan)

    def queue(self, sample: Mapping[str, Value], attributes: Mapping[str, Any] | None = None) -> None:
        """Queues a configuration as a new trial, before anything that the sampler would propose."""
        self._study.enqueue_trial(dict(sample), dict(attributes or {}))
        self._queued += 1
        self._space = self._space.reaching(sample)

    def wait(self, trial_id: int) -> None:
        """Puts a trial that is under way back, to be taken up before anything new."""
        self._study._storage.set_trial_state_values(trial_id, TrialState.WAITING)
        self._queued += 1

    def next(self) -> Proposal | None:
        """The next trial, stored as running; None: everything there is was tried.

        A configuration that was tried before is not trained again: the sampler proposes another. If it goes on proposing what was
        tried, one that was not is chosen at random, from the list of all where the space is small. A repeat of one of the best
        configurations is trained with another seed, up to three in all: how much of its score was luck is worth knowing there.
        """
        repeats = 0
        while self._queued or not self._used_up:
            wish = next(self._wishes(), None) if not self._queued else None
            if wish is not None:
                self._decide(Decision(len(self._stored()), wish.kind, wish.reason))
                self.queue(wish.sample, wish.attributes)
            if not self._queued and repeats and self._tried.listed:
                untried = self._tried.untried()
                if untried is None:
                    self._used_up = True
                    break
                if repeats >= _PROPOSALS:
                    self.queue(untried)
            trial, sample = self._propose(anything=repeats >= _PROPOSALS)
            fingerprint = self._config(sample, self._plan.seed).fingerprint
            seed = self._seed_of(trial, fingerprint)
            if seed is not None:
                return self._begun(trial, self._config(sample, seed), fingerprint)
            self.end_unscored(trial, "repeat")
            self._decide_on_repeat(trial, "resampled", fingerprint, "another one is proposed")
            repeats += 1
            self._used_up = repeats == _PROPOSALS + _DRAWS
        return None

    def _wishes(self) -> Iterator[Wish]:
        """What is still to be tried for a reason; the next one first."""
        for wish in self._openings:
            if not self._is_tried(wish):
                yield wish
        if self._advice is not None:
            stored = self._stored()
            yield from wishes(stored, 1 if MAXIMIZED[self._plan.metric] else -1, self._rows, self._is_kept)
            for wish in self._advice.wishes(stored):
                if not self._is_tried(wish):
                    yield wish

    def _is_tried(self, wish: Wish) -> bool:
        return bool(self._tried.seeds(self._config(wish.sample, self._plan.seed).fingerprint))

    def end_unscored(self, trial: optuna.Trial, cause: str) -> None:
        """Ends a trial as if it had not been: the sampler does not look at failed ones, and none of our tables counts this cause.

        Pruned, it would be learnt from; complete with the score of the trial that it repeats, it would count double, and the sampler
        would propose the same all the more.
        """
        trial.set_user_attr(RESULT, {"cause": cause})
        self._study.tell(trial, state=TrialState.FAIL)

    @property
    def used_up(self) -> str | None:
        """A sentence on a space of which everything was tried; None as long as there may be more."""
        if not self._used_up:
            return None
        if self._tried.listed:
            return f"the search space is used up: every configuration in it has been tried, {len(self._tried):,} in all"
        return f"the search space seems to be used up: {_PROPOSALS + _DRAWS} proposals in a row had been tried before"

    def _propose(self, anything: bool) -> tuple[optuna.Trial, dict[str, Value]]:
        stored = self._stored()
        # Optuna takes the waiting ones first, in their order.
        number = next((trial.number for trial in stored if trial.state == TrialState.WAITING), len(stored)) if self._queued else len(stored)
        self._queued = max(0, self._queued - 1)
        seed = int(np.random.SeedSequence([self._plan.seed, number]).generate_state(1)[0])
        self._study.sampler = (at_random if anything else self.sampler)(seed)
        with proposing(self._study):
            trial = self._study.ask()
            # All parameters are drawn before anything may judge the trial: Optuna's sampler would never sample the others jointly again.
            return trial, self._space.suggest(trial)

    def _seed_of(self, trial: optuna.Trial, fingerprint: str) -> int | None:
        """The seed to train a proposal with; None: it is a repeat."""
        stored = trial.user_attrs.get(SEED)
        if trial.number in self.fingerprints:  # taken up again
            return self._plan.seed if stored is None else int(stored)
        if THAWED in trial.user_attrs:
            return self._plan.seed
        tried = self._tried.seeds(fingerprint)
        if stored is not None:
            return None if stored in tried else int(stored)
        if not tried:
            return self._plan.seed
        if len(tried) >= _SEEDS_OF_A_LEADER or fingerprint not in self._leaders():
            return None
        seed = self._tried.new_seed(fingerprint)
        self._decide_on_repeat(trial, "another seed", fingerprint, _WITH_SEED.format(seed))
        return seed

    def _begun(self, trial: optuna.Trial, config: Config, fingerprint: str) -> Proposal:
        if trial.number not in self.fingerprints:
            if config.seed != self._plan.seed:
                trial.set_user_attr(SEED, config.seed)
            trial.set_user_attr(FINGERPRINT, fingerprint)
            self.fingerprints[trial.number] = fingerprint
            self._tried.add(fingerprint, config.seed)
        return Proposal(trial, config, fingerprint)

    def _decide_on_repeat(self, trial: optuna.Trial, kind: Kind, fingerprint: str, then: str) -> None:
        number = next(number for number, other in self.fingerprints.items() if other == fingerprint)
        self._decide(Decision(trial.number, kind, f"the configuration of trial {number} again: {then}"))

    def _config(self, sample: Mapping[str, Value], seed: int) -> Config:
        return self._plan.space.config(sample, seed=seed)

    def _stored(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)
