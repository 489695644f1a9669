"""Trials of one study in another: where the search space has changed, and where a study begins with what another has learnt."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from optuna.storages import RDBStorage
from optuna.trial import FixedTrial, FrozenTrial, TrialState, create_trial

from autotune.agent.plan import SearchPlan
from autotune.agent.proposing.proposals import FINGERPRINT, SEED
from autotune.config import MAXIMIZED, Value, better
from autotune.errors import StudyError
from autotune.spaces.changes import translate
from autotune.spaces.space import SearchSpace
from autotune.storage.address import studies_folder
from autotune.storage.bulk import add_trials
from autotune.storage.generations import draft, former_name, publish, scratch, share_files, share_trial
from autotune.storage.leaderboard import CONFIRMED, FINAL, LEFT_BEHIND, NOT_COUNTED, ORIGIN, RESULT
from autotune.storage.records import CUT_OFF
from autotune.storage.studies import PLAN, check_name, load_study

_CONFIGURATIONS = 5
"""So many of another study's best configurations are tried first where its scores cannot be compared."""

_HALF_DRAWN = "it ended before all of its parameters were drawn"


@dataclass(frozen=True)
class Candidate:
    """A trial of another study, or of the same study before its space changed.

    Args:
        study: where it was trained.
        sample: what it is in the new space; None: nothing.
        why_not: why it is nothing; empty where it is something, and where there was nothing to lose.
    """

    trial: FrozenTrial
    study: str
    plan: SearchPlan
    sample: dict[str, Value] | None
    why_not: str

    @property
    def result(self) -> Mapping[str, Any]:
        """What came of it, as it is stored."""
        return dict(self.trial.user_attrs.get(RESULT, {}))

    @property
    def finished(self) -> bool:
        """Whether it is over and counts."""
        return self.trial.state.is_finished() and self.result.get("cause") not in NOT_COUNTED


@dataclass(frozen=True)
class Comparison:
    """The trials of a study, as a changed space sees them, in their order."""

    study: str
    candidates: list[Candidate]

    @property
    def finished(self) -> list[Candidate]:
        """Those that are over and count."""
        return [candidate for candidate in self.candidates if candidate.finished]

    @property
    def fitting(self) -> list[Candidate]:
        """Of these, the ones whose configurations the new space holds."""
        return [candidate for candidate in self.finished if candidate.sample is not None]

    @property
    def left(self) -> dict[str, int]:
        """Why trials do not fit, unfinished ones too, and how many, the most frequent first."""
        return dict(Counter(candidate.why_not for candidate in self.candidates if candidate.why_not).most_common())

    @property
    def left_finished(self) -> dict[str, int]:
        """The same of finished ones alone."""
        return dict(Counter(candidate.why_not for candidate in self.finished if candidate.sample is None).most_common())

    @property
    def given(self) -> int:
        """How many of those that fit came from another study, so that they do not count as trials of this one."""
        return sum(not candidate.trial.user_attrs.get(ORIGIN, {}).get("counts", True) for candidate in self.fitting)


def compare(storage: RDBStorage, name: str, space: SearchSpace) -> Comparison:
    """The trials of a study in a search space. What an earlier generation has left behind is looked at again."""
    sources: dict[str, tuple[SearchPlan, list[FrozenTrial]] | None] = {}

    def source(study: str) -> tuple[SearchPlan, list[FrozenTrial]] | None:
        if study not in sources:
            try:
                loaded = load_study(storage, study)
                sources[study] = SearchPlan.from_json(loaded.user_attrs[PLAN]), loaded.get_trials(deepcopy=False)
            except StudyError:  # deleted
                sources[study] = None
        return sources[study]

    def candidates() -> Iterator[Candidate]:
        found = source(name)
        assert found is not None
        plan, trials = found
        for trial in trials:
            former = trial.user_attrs.get(RESULT, {}).get("in")
            earlier = None if former is None else source(former)
            if earlier is not None and comparable(plan, earlier[0]) and trial.number < len(earlier[1]):
                yield _candidate(earlier[1][trial.number], former, earlier[0], space)
            else:
                yield _candidate(trial, name, plan, space)

    load_study(storage, name)
    return Comparison(name, list(candidates()))


def comparable(plan: SearchPlan, other: SearchPlan) -> bool:
    """Whether the trials of the one study are what they would be in the other: scores mean the same, and as much was refused."""
    return (plan.fingerprint, plan.metric, plan.limits) == (other.fingerprint, other.metric, other.limits)


def new_generation(storage: RDBStorage, compared: Comparison, plan: SearchPlan) -> str:
    """Goes on with a study in a changed space: trials keep their numbers, those that do not fit leave their places empty.

    Whoever calls holds the study. What was searched counts: finished trials that fit, and all seconds.

    Returns:
        What the study as it was is called from here on.
    """
    folder = studies_folder(str(storage.url))
    former = former_name([study.study_name for study in storage.get_all_studies()], folder, compared.study)
    # The folder of the study stays its own, as the numbers are the same; the old generation gets another one, with links.
    with scratch(folder, compared.study) as made:
        share_files(folder / compared.study, made / former)
        files = {made / former: folder / former}
        files |= _shared(folder, made / "restored", compared.candidates, compared.study)
        _build(storage, compared, compared.study, plan, former, files)
    return former


def fork(storage: RDBStorage, compared: Comparison, name: str, plan: SearchPlan) -> None:
    """The same under another name; the study stays as it is. Whoever calls holds both.

    Raises:
        StudyError: see `check_free`.
    """
    folder = studies_folder(str(storage.url))
    check_free(storage, name)
    with scratch(folder, name) as made:
        files = _shared(folder, made / name, compared.candidates, name)
        _build(storage, compared, name, plan, None, files)


def begin_from(storage: RDBStorage, compared: Comparison, name: str, plan: SearchPlan) -> SearchPlan:
    """A new study that begins with the finished trials of another that fit. Whoever calls holds the new one.

    Those that the end of a budget cut off go on, and count as the new study's own.

    Returns:
        The plan of the new study, which knows how many trials do not count.

    Raises:
        StudyError: see `check_free`.
    """
    folder = studies_folder(str(storage.url))
    check_free(storage, name)
    fitting = compared.fitting
    imported = [_imported(candidate, candidate.study, plan, counts=candidate.result.get("cause") == CUT_OFF) for candidate in fitting]
    plan = replace(plan, imported=sum(not trial.user_attrs[ORIGIN]["counts"] for trial in imported))
    with scratch(folder, name) as made:
        files = _shared(folder, made / name, fitting, name)
        with draft(storage, name, MAXIMIZED[plan.metric], plan.to_json()) as study:
            add_trials(storage, study, imported)
            study.set_user_attr(ORIGIN, _origin(compared))
            publish(storage, name, _numbers(fitting), files)
    return plan


def begin_with_configurations(storage: RDBStorage, compared: Comparison, name: str, plan: SearchPlan) -> int:
    """A new study that tries the best configurations of another first, as their scores mean nothing here; says how many."""
    chosen = best_configurations(compared)
    check_free(storage, name)
    with draft(storage, name, MAXIMIZED[plan.metric], plan.to_json()) as study:
        for candidate in chosen:
            study.enqueue_trial(dict(candidate.sample or {}), {ORIGIN: _place(candidate, compared.study)})
        study.set_user_attr(ORIGIN, {"study": compared.study, "queued": len(chosen)})
        publish(storage, name, {}, {})
    return len(chosen)


def check_free(storage: RDBStorage, name: str) -> None:
    """Refuses a name for a new study.

    Raises:
        StudyError: it is none, or is taken; or files of another study are where its own would come.
    """
    check_name(name)
    if name in [study.study_name for study in storage.get_all_studies()]:
        raise StudyError(f"study '{name}' exists already", "choose another name")
    folder = studies_folder(str(storage.url)) / name
    in_the_way = next((found for found in (folder / "trials", folder / "checkpoints") if found.exists()), None)
    if in_the_way is not None:
        raise StudyError(f"{in_the_way} is in the way", "the study's files would come there: move it, or choose another name")


def best_configurations(compared: Comparison) -> list[Candidate]:
    """The best few that fit, each configuration once."""
    best: dict[str, Candidate] = {}
    for candidate in compared.fitting:
        score = candidate.result.get("score")
        fingerprint = candidate.trial.user_attrs.get(FINGERPRINT, str(candidate.trial.number))
        if score is not None and (fingerprint not in best or better(candidate.plan.metric, score, best[fingerprint].result["score"])):
            best[fingerprint] = candidate
    ranked = sorted(best.values(), key=lambda candidate: candidate.result["score"])
    return (ranked[::-1] if ranked and MAXIMIZED[ranked[0].plan.metric] else ranked)[:_CONFIGURATIONS]


def _build(storage: RDBStorage, compared: Comparison, name: str, plan: SearchPlan, former: str | None, files: Mapping[Path, Path]) -> None:
    """Makes the study that goes on, and gives it its name.

    Args:
        former: what the study that has the name now will be called; None: nobody has it.
    """
    stored = load_study(storage, compared.study).user_attrs
    called = {compared.study: former or compared.study}
    with draft(storage, name, MAXIMIZED[plan.metric], plan.to_json()) as study:
        imported = [_imported(candidate, called.get(candidate.study, candidate.study), plan) for candidate in compared.candidates]
        add_trials(storage, study, imported)
        if not compared.fitting:
            study.enqueue_trial(plan.space.defaults())
        final = stored.get(FINAL)
        for key, value in stored.items():
            if key not in (PLAN, ORIGIN, FINAL, CONFIRMED):
                study.set_user_attr(key, value)
        if final is not None and any(candidate.trial.number == final["trial"] for candidate in compared.fitting):
            study.set_user_attr(FINAL, final)
        study.set_user_attr(ORIGIN, {**_origin(compared), "study": called[compared.study]})
        publish(storage, name, _numbers(compared.candidates), files, former)


def _candidate(trial: FrozenTrial, study: str, plan: SearchPlan, space: SearchSpace) -> Candidate:
    if trial.state.is_finished() and trial.user_attrs.get(RESULT, {}).get("cause") in NOT_COUNTED:
        return Candidate(trial, study, plan, None, trial.user_attrs[RESULT].get("why", ""))
    sample = _sample(plan.space, trial)
    if sample is None:
        return Candidate(trial, study, plan, None, _HALF_DRAWN)
    found = translate(plan.space, space, sample)
    return Candidate(trial, study, plan, found.sample, found.why_not)


def _sample(space: SearchSpace, trial: FrozenTrial) -> dict[str, Value] | None:
    """The sample of a trial, also of one that only waits; None: not all of it is known."""
    known = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
    try:
        return space.reaching(known).suggest(FixedTrial(known))
    except ValueError:
        return None


def _imported(candidate: Candidate, study: str, plan: SearchPlan, counts: bool | None = None) -> FrozenTrial:
    """The trial as it stands in the new study: its distributions are those of the new space; where it does not fit, only its place.

    Args:
        study: what the study that it comes from is called from here on.
        counts: whether it counts as a trial of the new study; None: as it did in the old one.
    """
    trial = candidate.trial
    place = _place(candidate, study)
    attributes = {**trial.user_attrs, ORIGIN: place if counts is None else {**place, "counts": counts}}
    if candidate.sample is None:
        result = {"cause": LEFT_BEHIND, "why": candidate.why_not, "in": candidate.result.get("in", study)}
        if not candidate.why_not:
            result = {"cause": candidate.result["cause"]}
        return create_trial(state=TrialState.FAIL, user_attrs={ORIGIN: place, RESULT: result})
    if FINGERPRINT in attributes:
        attributes[FINGERPRINT] = plan.space.config(candidate.sample, seed=plan.seed).fingerprint
    seed = attributes.pop(SEED, candidate.plan.seed)
    if seed != plan.seed:
        attributes[SEED] = seed
    system = {key: value for key, value in trial.system_attrs.items() if key != "fixed_params" and not key.startswith("tpe:")}
    if not trial.state.is_finished():
        system["fixed_params"] = candidate.sample
    drawn = FixedTrial(dict(candidate.sample))
    plan.space.suggest(drawn)
    has_parameters = bool(trial.params)  # one that waits has none before it is taken up
    made = create_trial(
        state=trial.state,
        values=trial.values,
        params=drawn.params if has_parameters else {},
        distributions=drawn.distributions if has_parameters else {},
        user_attrs=attributes,
        system_attrs=system,
        intermediate_values=trial.intermediate_values,
    )
    made.datetime_start, made.datetime_complete = trial.datetime_start, trial.datetime_complete
    return made


def _place(candidate: Candidate, study: str) -> dict[str, Any]:
    """Where it was trained, however often it was imported since."""
    place = {"study": study, "trial": candidate.trial.number}
    return dict(candidate.trial.user_attrs.get(ORIGIN, place))


def _origin(compared: Comparison) -> dict[str, Any]:
    return {"study": compared.study, "imported": len(compared.fitting), "left": compared.left}


def _shared(folder: Path, made: Path, candidates: list[Candidate], name: str) -> dict[Path, Path]:
    """Links to the models and checkpoints of the trials that fit, each with its place in the study of this name, where it has none."""
    made.mkdir()
    for number, candidate in enumerate(candidates):
        if candidate.sample is None:
            continue
        sources = [candidate.study]
        trained = candidate.trial.user_attrs.get(ORIGIN, {}).get("study", "")
        # Where it was trained there may be more of it than in a later generation, where others were better. Numbers are the same.
        if trained.partition("@")[0] == candidate.study.partition("@")[0]:
            sources.append(trained)
        for study in sources:
            if study != name:
                share_trial(folder / study, candidate.trial.number, made, number)
    found = [path for inside in ("trials", "checkpoints") for path in sorted((made / inside).glob("*"))]
    places = {path: folder / name / path.relative_to(made) for path in found}
    return {path: place for path, place in places.items() if not place.exists()}


def _numbers(candidates: list[Candidate]) -> dict[str, dict[int, int]]:
    """Which trial becomes which: by the name of the study, its numbers to those in the new one."""
    numbers: dict[str, dict[int, int]] = {}
    for number, candidate in enumerate(candidates):
        if candidate.sample is not None:
            numbers.setdefault(candidate.study, {})[candidate.trial.number] = number
    return numbers
