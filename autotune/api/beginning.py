"""From what somebody asks for to a study that can be searched."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from optuna.storages import RDBStorage

from autotune.agent import generations
from autotune.agent.limits import Limits
from autotune.agent.plan import FINALISTS, SearchPlan, SpaceOrigin, Strategy
from autotune.agent.pretraining import check_pretraining
from autotune.api.session import Session
from autotune.cautions import cautions
from autotune.config import MAXIMIZED, Metric, Value
from autotune.config_file import read_config
from autotune.data.card import data_card
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.reports.data_card import card_summary
from autotune.spaces.changes import placed
from autotune.spaces.files import read_space, space_origin
from autotune.spaces.space import SearchSpace
from autotune.storage.address import studies_folder
from autotune.storage.engine import explained, open_storage, reading, storage_url
from autotune.storage.leaderboard import read_study
from autotune.storage.lock import study_lock
from autotune.storage.shelf import KEPT_MODELS
from autotune.storage.studies import check_name, create_study, free_name
from autotune.words import count

Tell = Callable[[str], None]
"""Is given one remark for the user."""


@dataclass(frozen=True)
class Request:
    """A search that is asked for; see `SearchPlan` for what is not explained here.

    Args:
        storage: of the studies: a file, or a URL.
        study: its name; None: made from the data's.
        space: a name that `autotune spaces` lists, or a file.
        fixed: parameters that are not tuned, by their paths.
        start_from: files of configurations that are tried first.
        other: a study to begin with the trials of.
    """

    source: DataSource
    storage: str
    study: str | None = None
    space: str = "quick"
    fixed: Mapping[str, str] = field(default_factory=dict)
    metric: Metric = "accuracy"
    trials: int | None = None
    seconds: float | None = None
    epochs: int | None = None
    trial_seconds: float | None = None
    keep: int = KEPT_MODELS
    disk: int | None = None
    limits: Limits = field(default_factory=Limits)
    strategy: Strategy = "agent"
    finalists: int = FINALISTS
    start_from: Sequence[Path] = ()
    workers: int = 0
    seed: int = 0
    other: str | None = None


def begin(request: Request, tell: Tell) -> Session:
    """Makes the study, after everything that can be wrong was looked at.

    Raises:
        UsageError: whatever is wrong with the data, the space, the configurations, the name or the storage, each with its place.
    """
    space, remarks = check_pretraining(read_space(request.space).fix(request.fixed), request.source.unlabeled)
    begin_with, unlike = _first_configurations(request.start_from, space)
    for sentence in cautions(space.config(space.defaults())):
        tell(f"note: {sentence}")
    if request.study is not None:
        check_name(request.study)
    url = storage_url(request.storage)  # a wrong one is told before the data is read
    if request.other is not None:
        with reading(url) as connection:
            read_study(connection, request.other)
    dataset = load_dataset(request.source)
    storage = open_storage(url)
    plan = SearchPlan(
        source=request.source,
        fingerprint=dataset.fingerprint,
        space=space,
        metric=request.metric,
        trials=request.trials,
        seconds=request.seconds,
        seed=request.seed,
        workers=request.workers,
        trial_seconds=request.trial_seconds,
        origin=SpaceOrigin(space_origin(request.space), request.fixed),
        epochs=request.epochs,
        keep=request.keep,
        disk=request.disk,
        limits=request.limits,
        finalists=request.finalists,
        strategy=request.strategy,
        start_from=begin_with,
    )
    name = request.study or free_name(storage, dataset.name)
    if request.other is None:
        create_study(storage, name, MAXIMIZED[plan.metric], plan.to_json())
    else:
        plan = _begin_from(storage, request.other, name, plan, tell)
    tell(_introduction(name, plan, dataset))
    tell(card_summary(data_card(dataset)))
    for remark in (*remarks, *unlike, *dataset.notes):
        tell(f"note: {remark}")
    return Session(name, storage, plan, dataset)


def _introduction(name: str, plan: SearchPlan, dataset: Dataset) -> str:
    held = "a test file" if plan.source.test else "a test share" if dataset.has_test else "no test"
    return (
        f"study {name}: {count(len(dataset.train), 'text')} to train on, {len(dataset.validation):,} to compare on, {held}; "
        f"{len(dataset.labels)} classes; {count(len(plan.space.parameters), 'parameter')} to tune"
    )


def _first_configurations(files: Sequence[Path], space: SearchSpace) -> tuple[tuple[dict[str, Value], ...], list[str]]:
    """Samples of the space for the configurations in some files, and a sentence on each that the space does not hold as it is.

    Raises:
        ConfigError: a file that is no configuration, with its line.
    """
    samples, remarks = [], []
    for file in files:
        sample, why_not = placed(read_config(file), space)
        samples.append(sample)
        if why_not:
            remarks.append(f"--start-from {file}: the nearest configuration of the space '{space.name}' is tried first ({why_not})")
    return tuple(samples), remarks


def _begin_from(storage: RDBStorage, source: str, name: str, plan: SearchPlan, tell: Tell) -> SearchPlan:
    """Makes a study that begins with what another has learnt, and says with what.

    Raises:
        StudyError: the other is unknown, or the name is taken.
    """
    with reading(str(storage.url)) as connection:
        other = SearchPlan.from_json(read_study(connection, source).plan)
    with explained(str(storage.url)):
        generations.check_free(storage, name)
        compared = generations.compare(storage, source, plan.space)
        with study_lock(studies_folder(str(storage.url)) / name, name, "made"):
            if generations.comparable(plan, other):
                plan = generations.begin_from(storage, compared, name, plan)
                tell(f"from study {source}: {count(len(compared.fitting), 'finished trial')} imported, scores and models too")
            else:
                queued = generations.begin_with_configurations(storage, compared, name, plan)
                first = f"{count(queued, 'configuration')}, its best, tried first" if queued else "none of its configurations fits"
                tell(f"from study {source}: {_difference(plan, other)}; {first}")
    for why, number in compared.left_finished.items():
        tell(f"  {count(number, 'trial')} left behind: {why}")
    return plan


def _difference(plan: SearchPlan, other: SearchPlan) -> str:
    """Why the trials of another study cannot be taken over."""
    if (plan.fingerprint, plan.metric) == (other.fingerprint, other.metric):
        return f"its limits are other ones ({other.limits if other.limits else 'none'}), so that its models may be beyond these"
    what = "data" if other.fingerprint != plan.fingerprint else f"objective ({other.metric})"
    return f"its {what} is another one, so that scores cannot be compared"
