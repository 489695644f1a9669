"""Notes and graphs are read with the dashboard's own functions, in whose place they were written."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.storages import RDBStorage

from autotune.storage.copies import copy_study
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.notes import write_notes
from autotune.storage.studies import create_study

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from optuna_dashboard import get_note, save_note
    from optuna_dashboard._custom_plot_data import get_plotly_graph_objects


@pytest.fixture
def storage(tmp_path: Path) -> RDBStorage:
    """A database in which the trials of two studies lie among each other."""
    storage = open_storage(storage_url(str(tmp_path / "here" / "a.db")))
    studies = [create_study(storage, name, True, {"metric": "accuracy"}) for name in ("news", "reviews")]
    for _ in range(3):
        for study in studies:
            study.tell(study.ask(), 0.5)
    return storage


def says(text: str) -> Callable[[str], str]:
    return lambda _: text


def notes(storage: RDBStorage, name: str = "reviews") -> list[str]:
    """The note on a study, and those on its trials."""
    study = optuna.load_study(study_name=name, storage=storage)
    return [get_note(study), *(get_note(optuna.Trial(study, trial._trial_id)) for trial in study.trials)]


def graphs(storage: RDBStorage) -> dict[str, Any]:
    attributes = storage.get_study_system_attrs(storage.get_study_id_from_name("reviews"))
    return {name: json.loads(figure) for name, figure in get_plotly_graph_objects(attributes).items()}


contents = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60).map(lambda text: text * 90)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(contents, contents), min_size=1, max_size=3))
def test_what_was_written_last_is_what_the_dashboard_shows(storage: RDBStorage, written: list[tuple[str, str]]) -> None:
    for on_study, on_trial in written:
        write_notes(storage.engine, "reviews", says(on_study), {1: says(on_trial)}, {"curve-1": {"data": [on_study], "layout": {}}})
        assert notes(storage) == [on_study, "", on_trial, ""]
        assert graphs(storage) == {"curve-1": {"data": [on_study], "layout": {}}}
    assert notes(storage, "news") == [""] * 4


def test_what_somebody_wrote_in_the_dashboard_is_handed_over_and_may_be_changed_there_again(storage: RDBStorage) -> None:
    study = optuna.load_study(study_name="reviews", storage=storage)
    save_note(study, "mine " * 1000)
    write_notes(storage.engine, "reviews", lambda note: f"ours, {note}", {}, {})
    assert get_note(study) == "ours, " + "mine " * 1000
    save_note(study, "mine again")
    assert get_note(study) == "mine again"
    assert storage.get_study_system_attrs(study._study_id)["dashboard:note_ver"] == 3


def test_notes_follow_their_trials_into_a_copy(storage: RDBStorage, tmp_path: Path) -> None:
    write_notes(storage.engine, "reviews", says("study"), {number: says(f"trial {number}" * 500) for number in (0, 2)}, {"g": {"data": []}})
    there = storage_url(str(tmp_path / "there" / "b.db"))
    copied = open_storage(there)
    for _ in range(2):  # so that ids there are others', and overlap with those here
        study = create_study(copied, f"before {_}".replace(" ", "-"), True, {})
        study.tell(study.ask(), 0.1)
    copy_study(str(storage.url), there, "reviews")
    copied = open_storage(there)
    assert notes(copied) == notes(storage) == ["study", "trial 0" * 500, "", "trial 2" * 500]
    assert graphs(copied) == {"g": {"data": []}}
