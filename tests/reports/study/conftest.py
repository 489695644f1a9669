from pathlib import Path

import pytest

from autotune.reports.study.parts import Report
from tests.reports.study.made import Made, made_study, toy_rows


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A study of eight trials with everything that a search leaves. Nobody changes it."""
    return made_study(tmp_path_factory.mktemp("study"), toy_rows(120), trials=8, states=("finished", "pruned", "failed", "time"))


@pytest.fixture(scope="session")
def report(made: Made) -> Report:
    return made.report()


@pytest.fixture
def own(tmp_path: Path) -> Made:
    """The same kind of study, to be damaged."""
    return made_study(tmp_path, toy_rows(60), trials=3)
