"""A study and its data while they are searched: from the first trial to the test."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from optuna.storages import RDBStorage

from autotune.agent.ending.final import judge
from autotune.agent.ending.podium import Podium
from autotune.agent.ending.simple_models import SimpleModels
from autotune.agent.events import Remark, Watch
from autotune.agent.ledger import Ledger
from autotune.agent.loop import search
from autotune.agent.plan import SearchPlan
from autotune.agent.working.apart import from_server
from autotune.agent.working.sitting import Ending
from autotune.data.dataset import Dataset
from autotune.reports.study_note import leave_notes
from autotune.storage.address import studies_folder
from autotune.storage.confirmations import Confirmations
from autotune.storage.engine import explained
from autotune.storage.facts import Facts
from autotune.storage.leaderboard import SEARCHED
from autotune.storage.lock import study_lock
from autotune.storage.reopening import reopen_cut_off
from autotune.storage.shelf import Shelf
from autotune.storage.studies import PLAN, load_study

Watching = Callable[[SearchPlan, Ledger], AbstractContextManager[Watch]]
"""Makes a watcher for a search that is about to begin; the ledger knows what was done before."""


@dataclass(frozen=True)
class Session:
    """A study that is about to be searched."""

    name: str
    storage: RDBStorage
    plan: SearchPlan
    dataset: Dataset

    @property
    def url(self) -> str:
        """Of the database."""
        return str(self.storage.url)

    @property
    def folder(self) -> Path:
        """Of the study's files."""
        return studies_folder(self.url) / self.name


def conduct(session: Session, watching: Watching) -> Ending:
    """Searches until the budget is spent or a signal asks to stop (`stopped`), then tests the winner and leaves notes for the dashboard.

    Raises:
        StudyError: the study is unknown, or another process searches in it.
        SearchError: no result, see `search`.
        Interrupted: a signal came before the trials began, at their end, or twice.
    """
    plan = session.plan.with_reserve(session.dataset.test_rows)
    with explained(session.url), study_lock(session.folder, session.name):
        from_server()  # it imports torch while the study is read
        study = load_study(session.storage, session.name)
        if plan.seconds is None or study.user_attrs.get(SEARCHED, 0.0) < (plan.search_seconds or 0.0):
            reopen_cut_off(session.storage, session.name)
        if study.user_attrs[PLAN] != (stored := plan.to_json()):  # resumed with a larger budget, or with data that was moved
            study.set_user_attr(PLAN, stored)
        shelf = Shelf(session.folder, plan.keep, plan.disk)
        ledger = Ledger(study, plan, shelf, len(session.dataset.validation))
        facts = Facts(session.storage.engine, session.name)
        podium = Podium(study, ledger, Confirmations(session.storage.engine, session.name))
        models = SimpleModels(session.dataset, plan.metric)
        with watching(plan, ledger) as watch:
            ending = search(ledger, podium, facts, session.dataset, models, watch)
            if ending != "stopped":
                judge(study, podium, session.dataset, models, watch)
            if problem := leave_notes(session.storage.engine, session.name, session.folder, ledger.baselines()):
                watch(Remark(problem))
        return ending
