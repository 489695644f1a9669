"""The note that a search leaves: what won, and nothing of what others wrote is lost."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from autotune.config import Config
from autotune.config_file import read_config, write_config
from autotune.reports.study_note import _END, _HEADING, _part, leave_notes
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.facts import Facts
from autotune.storage.leaderboard import FINAL, RESULT
from autotune.storage.records import CurvePoint, Resources
from autotune.storage.studies import create_study
from tests.agent.test_ledger import plan_of

SCORE = {"accuracy": 0.5, "macro_f1": 0.5, "log_loss": 0.5}
BASELINES = {"majority class": SCORE, "TF-IDF": {**SCORE, "accuracy": 0.95}}
COST = Resources(1.0, 1.0, None, None, None, "cpu", 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study of five trials; the model of the second best is there, that of the best is not."""
    storage = open_storage(storage_url(str(tmp_path / "a.db")))
    study = create_study(storage, "s", True, plan_of().to_json())
    facts = Facts(storage.engine, "s")
    for score in (0.6, 0.9, 0.8, 0.7, 0.5):
        trial = study.ask()
        trial.report(score, 1)
        trial.set_user_attr(RESULT, {"score": score, "cause": "finished", "best_epoch": 1})
        study.tell(trial, score)
        if trial.number != 2:
            facts.trial(trial.number, [CurvePoint(epoch, 1.0, 2.0, score, 0.1, 3.0) for epoch in (1, 2)], COST)
    model = tmp_path / "s" / "trials" / "2"
    model.mkdir(parents=True)
    (model / "config.yaml").write_text(write_config(Config(seed=7)), encoding="utf-8")
    return tmp_path


def attributes(folder: Path) -> dict[str, object]:
    with open_storage(storage_url(str(folder / "a.db"))).engine.connect() as connection:
        rows = connection.execute(text("SELECT key, value_json FROM study_system_attributes"))
        return {row.key: json.loads(row.value_json) for row in rows}


def leave(folder: Path) -> str | None:
    return leave_notes(open_storage(storage_url(str(folder / "a.db"))).engine, "s", folder / "s", BASELINES)


def note_of(stored: dict[str, object]) -> str:
    return "".join(str(stored.get(f"dashboard:note_str:{number}", "")) for number in range(10))


def test_the_note_has_the_result_and_a_configuration_that_can_be_read_back(folder: Path) -> None:
    assert leave(folder) is None
    note = note_of(attributes(folder))
    assert "5 trials in" in note
    assert "| trial 2 | 0.8000 |" in note
    assert "| TF-IDF | 0.9500 |" in note
    assert "**The baseline wins**: TF-IDF" in note
    (folder / "again.yaml").write_text(note.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert read_config(folder / "again.yaml").fingerprint == Config(seed=7).fingerprint
    assert max(map(len, note.split("```yaml\n")[1].split("```")[0].splitlines())) < 60  # longer ones are cut off on the screen


def test_the_note_says_why_the_dashboard_calls_another_trial_the_best(folder: Path) -> None:
    leave(folder)
    assert "The dashboard calls trial 1 the best, whose model is not there any more." in note_of(attributes(folder))
    with open_storage(storage_url(str(folder / "a.db"))).engine.begin() as connection:
        connection.execute(text("UPDATE trials SET state = 'PRUNED' WHERE number = 2"))
    leave(folder)
    assert "trial 1 the best: it looks at complete trials alone, and trial 2 was stopped" in note_of(attributes(folder))


def test_epochs_are_whole_numbers_on_the_axis(folder: Path) -> None:
    leave(folder)
    figure = json.loads(str(attributes(folder)["dashboard:plot_data:learning-curve-1:0"]))
    assert (figure["layout"]["xaxis"]["dtick"], figure["layout"]["xaxis"]["tickformat"]) == (1, "d")


def test_the_best_three_have_a_graph_also_one_of_before_curves_were_stored(folder: Path) -> None:
    leave(folder)
    figures = [json.loads(str(attributes(folder)[f"dashboard:plot_data:learning-curve-{rank}:0"])) for rank in (1, 2, 3)]
    assert [figure["layout"]["title"]["text"].split(":")[0] for figure in figures] == [
        "trial 1, the best",
        "trial 2, the second",
        "trial 3, the third",
    ]
    assert [[line["name"] for line in figure["data"]] for figure in figures] == [
        ["train loss", "validation loss", "accuracy"],
        ["accuracy"],
        ["train loss", "validation loss", "accuracy"],
    ]
    assert figures[0]["data"][2] == {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "accuracy",
        "x": [1, 2],
        "y": [0.9, 0.9],
        "yaxis": "y2",
    }
    assert sum("note_ver" in key for key in attributes(folder)) == 1 + 2  # the study, and the trials that have a curve


def test_the_test_scores_are_there_where_they_were_measured(folder: Path) -> None:
    import optuna

    study = optuna.load_study(study_name="s", storage=open_storage(storage_url(str(folder / "a.db"))))
    final = {"trial": 2, "rows": 1234, "test": {"accuracy": 0.81}, "intervals": {"accuracy": [0.7, 0.9]}, "baselines": {}, "notes": []}
    study.set_user_attr(FINAL, final)
    leave(folder)
    note = note_of(attributes(folder))
    assert "| accuracy | validation | test (1,234 texts) |" in note
    assert "| trial 2 | 0.8000 | 0.8100 (95 % interval 0.7000 to 0.9000) |" in note


def test_a_study_without_a_result_says_so(tmp_path: Path) -> None:
    create_study(open_storage(storage_url(str(tmp_path / "a.db"))), "s", True, plan_of().to_json())
    assert leave(tmp_path) is None
    assert "There is no result yet." in note_of(attributes(tmp_path))


def test_what_goes_wrong_is_a_sentence_and_nothing_is_half_written(folder: Path) -> None:
    (folder / "s" / "trials" / "2" / "config.yaml").unlink()
    assert "could not be written" in str(leave(folder))
    assert not any(key.startswith("dashboard") for key in attributes(folder))


others = st.text(st.characters(exclude_categories=["Cs"]), max_size=50).filter(lambda text: _HEADING not in text and _END not in text)


@given(others, others, others)
def test_what_others_wrote_stays_and_ours_is_there_once(above: str, ours: str, below: str) -> None:
    first = _part("old")(above)
    assert above in first
    second = _part(ours)(f"{above}{first}{below}")
    assert second.startswith(above)
    assert second.endswith(below)
    assert second.count(_HEADING) == second.count(_END) == 1
    assert _part(ours)(second) == second
