"""What is typed wrong or given broken: one line that says what, a hint that says how to mend it, the right exit code."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Answer, write_toy

Run = Callable[..., Answer]


def refused(answer: Answer, *words: str, code: int = 2, lines: int = 1) -> None:
    assert answer.code == code, answer
    errors = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == lines, answer.err
    assert "Traceback" not in answer.err
    for word in words:
        assert word in answer.err, answer.err


def test_a_missing_file(autotune: Run) -> None:
    refused(autotune("search", "--data", "nowhere.csv"), "--data: no such file: nowhere.csv")
    refused(autotune("search", "--data", "."), "is not a file")
    refused(autotune("search", "--test", "nowhere.csv"), "--test: no such file")


def test_an_empty_file(autotune: Run, workplace: Path) -> None:
    (workplace / "empty.csv").touch()
    refused(autotune("search", "--data", "empty.csv"), "empty.csv", "empty")


def test_no_such_column(autotune: Run, toy: Path) -> None:
    refused(autotune("search", "--data", str(toy), "--label", "lable"), "lable", "did you mean 'label'?")


def test_columns_that_cannot_be_guessed(autotune: Run, workplace: Path) -> None:
    (workplace / "odd.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    refused(autotune("search", "--data", "odd.csv"), "--text")


def test_a_single_class(autotune: Run, workplace: Path) -> None:
    (workplace / "one.csv").write_text("text,label\n" + "".join(f"some text {row},yes\n" for row in range(30)))
    refused(autotune("search", "--data", "one.csv"), "yes")


def test_a_file_that_is_not_utf8_is_told_with_its_line(autotune: Run, workplace: Path) -> None:
    (workplace / "old.csv").write_bytes("text,label\nfine,a\ncaf\xe9,b\n".encode("latin-1"))
    refused(autotune("search", "--data", "old.csv"), "old.csv:3", "UTF-8", "hint: ")


def test_a_test_file_without_the_column_is_told_before_the_search(autotune: Run, toy: Path, workplace: Path) -> None:
    (workplace / "test.csv").write_text("id,words,kind\n1,a,b\n")
    refused(autotune("search", "--data", str(toy), "--test", "test.csv"), "test.csv")
    assert not (workplace / "studies").exists()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("optimiser.name=adam", "did you mean 'optimizer.name'?"),
        ("optimizer.name=adamm", "did you mean 'adam'?"),
        ("dropout.head=1.5", "dropout.head = 1.5"),
        ("dropout.head", "PATH=VALUE"),
        ("seed=3", "--seed"),
    ],
)
def test_a_setting_that_is_wrong(autotune: Run, toy: Path, setting: str, words: str) -> None:
    refused(autotune("search", "--data", str(toy), "--set", setting), words)


def test_settings_that_are_all_wrong_are_told_together(autotune: Run, toy: Path) -> None:
    refused(autotune("search", "--data", str(toy), "--set", "a.b=1", "--set", "dropout.head=7"), "a.b", "dropout.head", lines=2)


@pytest.mark.parametrize("budget", ["soon", "10", "0s", "-5m", "5m extra"])
def test_a_time_that_is_none(autotune: Run, toy: Path, budget: str) -> None:
    refused(autotune("search", "--data", str(toy), f"--budget={budget}"), "--budget")


def test_an_unknown_space(autotune: Run, toy: Path) -> None:
    refused(autotune("search", "--data", str(toy), "--space", "quik"), "quik", "did you mean 'quick'?")


def test_a_space_with_five_mistakes_gives_five_lines(autotune: Run, workplace: Path) -> None:
    (workplace / "mine.yaml").write_text(
        "description: mine\nparameters:\n"
        "  optimizer.nam: {type: categorical, choices: [adam], default: adam}\n"
        "  optimizer.momentum: {type: float, low: 0.9, high: 0.5, default: 0.7}\n"
        "  dropout.head: {type: flaot, low: 0, high: 0.5, default: 0}\n"
        "  encoder.name: {type: categorical, choices: [cnn, gruu], default: cnn}\n"
        "  encoder.width: {type: int, low: 16, high: 512, default: 8}\n"
    )
    answer = autotune("spaces", "check", "mine.yaml")
    refused(answer, lines=5)
    for line in range(3, 8):
        assert f"mine.yaml:{line}" in answer.err


@pytest.fixture
def study(autotune: Run, toy: Path, workplace: Path) -> str:
    """A study that exists but has no trial yet."""
    from autotune.agent.plan import SearchPlan
    from autotune.data.dataset import DataSource, load_dataset
    from autotune.spaces.files import read_space
    from autotune.storage.engine import open_storage, storage_url
    from autotune.storage.studies import create_study

    source = DataSource(data=str(toy))
    plan = SearchPlan(source, load_dataset(source).fingerprint, read_space("quick"), "accuracy", 3, None, 0, 1)
    create_study(open_storage(storage_url("studies/autotune.db")), "reviews", True, plan.to_json())
    return "reviews"


@pytest.mark.parametrize("command", [("resume",), ("export", "--to", "x"), ("ablate",), ("studies", "show"), ("studies", "delete")])
def test_an_unknown_study(autotune: Run, study: str, command: tuple[str, ...]) -> None:
    refused(autotune(*command, "reviws"), "no study 'reviws'", "did you mean 'reviews'?")


@pytest.mark.parametrize("command", [("resume", "x"), ("export", "x", "--to", "y"), ("ablate", "x"), ("studies",), ("dashboard",)])
def test_no_studies_at_all(autotune: Run, workplace: Path, command: tuple[str, ...]) -> None:
    refused(autotune(*command), "no studies yet")
    assert not (workplace / "studies").exists()


def test_a_study_that_exists_already(autotune: Run, study: str, toy: Path) -> None:
    refused(autotune("search", "--data", str(toy), "--study", study), "exists already", "autotune resume reviews")


@pytest.mark.parametrize("more", [("--more-trials", "5"), ("--more-time", "5m")])
@pytest.mark.parametrize("total", [("--trials", "5"), ("--budget", "5m")])
def test_a_total_and_an_addition_to_it(autotune: Run, study: str, more: tuple[str, str], total: tuple[str, str]) -> None:
    refused(autotune("resume", study, *more, *total), "--more-trials and --more-time add", "--trials and --budget set")


@pytest.mark.parametrize("option", ["--more-time", "--trial-timeout", "--budget"])
def test_a_time_that_is_none_is_called_by_its_option(autotune: Run, study: str, option: str) -> None:
    refused(autotune("resume", study, option, "soon"), f"{option}: 'soon' is not a time")


@pytest.mark.parametrize("command", [("export", "--to", "best"), ("ablate",)])
def test_a_study_without_a_result_has_nothing_to_export_or_to_take_apart(autotune: Run, study: str, command: tuple[str, ...]) -> None:
    refused(autotune(*command, study), "has no result yet", "autotune resume reviews")


def test_other_data_than_the_studys_is_refused(autotune: Run, study: str, toy: Path) -> None:
    import optuna

    from autotune.storage.engine import open_storage, storage_url
    from autotune.storage.leaderboard import RESULT

    stored = optuna.load_study(study_name=study, storage=open_storage(storage_url("studies/autotune.db")))
    trial = stored.ask()
    trial.set_user_attr(RESULT, {"score": 0.5, "cause": "finished"})
    stored.tell(trial, 0.5)
    write_toy(toy, seed=1)
    for command in ("resume", "ablate"):
        refused(autotune(command, study), "is not the data that study 'reviews' was made with")


def test_data_that_has_gone(autotune: Run, study: str, toy: Path) -> None:
    toy.unlink()
    refused(autotune("resume", study), "toy.csv")


def test_a_bundle_that_is_none(autotune: Run, workplace: Path, toy: Path) -> None:
    refused(autotune("predict", "nowhere", str(toy)), "no such folder")
    refused(autotune("evaluate", ".", str(toy)), "is not a bundle")
    (workplace / "bundle.json").write_text(json.dumps({"format": 99, "labels": [], "sha256": {}}))
    refused(autotune("predict", "."), "format 99")


def test_a_folder_in_the_way_of_an_export(autotune: Run, workplace: Path, toy: Path) -> None:
    from autotune.errors import UsageError
    from autotune.export.bundle import export_bundle
    from autotune.export.card import Provenance

    (workplace / "best").mkdir()
    (workplace / "best" / "thesis.txt").write_text("ten years of work")
    with pytest.raises(UsageError, match="is not a bundle"):
        export_bundle(workplace, workplace / "best", Provenance("s", 0, "d", "accuracy", {}, None), force=True)
    assert (workplace / "best" / "thesis.txt").exists()


def test_a_database_of_a_newer_version(autotune: Run, study: str, toy: Path) -> None:
    with sqlite3.connect("studies/autotune.db") as connection:
        connection.execute("UPDATE autotune_schema SET version = '99'")
    for command in (("studies",), ("resume", study), ("search", "--data", str(toy))):
        refused(autotune(*command), "newer autotune", code=1)


def test_a_database_that_is_none(autotune: Run, workplace: Path, toy: Path) -> None:
    (workplace / "notes.db").write_text("not a database at all\n" * 100)
    refused(autotune("studies", "--storage", "notes.db"), "damaged or not a database", code=1)
    refused(autotune("search", "--data", str(toy), "--storage", "notes.db"), "damaged or not a database", code=1)


def test_a_studies_folder_that_cannot_be_written(autotune: Run, workplace: Path, toy: Path) -> None:
    # A file where the folder should be: root may write into folders that are read-only.
    (workplace / "studies").write_text("in the way")
    refused(autotune("search", "--data", str(toy)), "studies is a file, not a folder", "--storage", code=1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_studies_folder(autotune: Run, workplace: Path, toy: Path) -> None:
    (workplace / "studies").mkdir(mode=0o555)
    refused(autotune("search", "--data", str(toy)), "--storage", code=1)


def test_a_configuration_with_mistakes(autotune: Run, workplace: Path, toy: Path) -> None:
    (workplace / "mine.yaml").write_text("optimizer:\n  name: adamm\nencoder:\n  widht: 3\n")
    refused(autotune("train", "mine.yaml", "--data", str(toy)), "mine.yaml:2", "mine.yaml:4", lines=2)
    refused(autotune("train", "nowhere.yaml", "--data", str(toy)), "no such file")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("serach", ["no such command: serach", "did you mean 'search'?"]),
        ("spaces nowhere", ["no such command: nowhere", "`autotune spaces --help`"]),
        ("search --dta x", ["no such option: --dta", "did you mean '--data'?"]),
        ("search --qqq x", ["no such option: --qqq", "`autotune search --help` shows what may be typed"]),
        ("search --budget", ["--budget: its value is missing"]),
        ("search --metric macro_f", ["--metric: 'macro_f' is not known", "did you mean 'macro_f1'?"]),
        ("search --metric f2", ["--metric: 'f2' is not known", "choose one of: accuracy, macro_f1, log_loss"]),
        ("search --trials 0", ["--trials: must be at least 1"]),
        ("search --trials many", ["--trials: must be a whole number"]),
        ("search --test-fraction 0.99", ["--test-fraction: must be at most 0.9"]),
        ("search --test-fraction half", ["--test-fraction: must be a number"]),
        ("search here there", ["not understood: here there"]),
        ("resume", ["STUDY is missing", "`autotune studies` lists them"]),
        ("studies copy reviews", ["--to is missing"]),
    ],
)
def test_what_the_command_line_does_not_know(autotune: Run, workplace: Path, arguments: str, words: list[str]) -> None:
    answer = autotune(*arguments.split())
    refused(answer, *words)
    assert "Usage" not in answer.err
    assert "Input should" not in answer.err


def test_without_a_word_the_commands_are_listed(autotune: Run, workplace: Path) -> None:
    answer = autotune()
    assert answer.code == 2
    assert "Exit codes: 0 done; 1 the work failed" in answer.err


def test_a_question_that_is_not_answered(autotune: Run, study: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    answer = autotune("studies", "delete", study)
    assert (answer.code, answer.err) == (1, "nothing was done\n")
    assert study in autotune("studies").out


def test_a_resume_that_trains_nothing_says_so(autotune: Run) -> None:
    from autotune.agent.plan import SearchPlan
    from autotune.cli.resume import _spent
    from autotune.data.dataset import DataSource
    from autotune.spaces.files import read_space

    plan = SearchPlan(DataSource("builtin"), "f", read_space("quick"), "accuracy", 5, 60.0, 0, 1, reserved=5.0, confirming=15.0)
    assert _spent(plan, 4, 39.0) is None
    assert "of 5 trials 5 are done" in str(_spent(plan, 5, 0.0))
    assert "the time for trials is spent" in str(_spent(plan, 4, 40.0))


def test_an_output_that_does_not_know_a_letter(study: str, toy: Path, workplace: Path) -> None:
    with sqlite3.connect("studies/autotune.db") as connection:
        connection.execute("UPDATE studies SET study_name = '\u8bc4\u8bba'")
    command = [sys.executable, "-m", "autotune", "studies"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u8bc4\\u8bba" in done.stdout


def test_what_a_study_knows_itself_is_not_asked_for_when_it_is_taken_apart(autotune: Run, study: str) -> None:
    for option in (("--metric", "log_loss"), ("--test-fraction", "0.2"), ("--text", "words"), ("--split-seed", "3")):
        refused(autotune("ablate", study, *option), option[0], "knows that itself")


def test_a_configuration_to_take_apart_is_checked_before_anything_is_stored(autotune: Run, toy: Path, workplace: Path) -> None:
    refused(autotune("ablate", "my.yaml", "--data", str(toy)), "no such file: my.yaml")
    (workplace / "my.yaml").write_text("optimizer: {name: adamm}\n")
    refused(autotune("ablate", "my.yaml", "--data", str(toy)), "my.yaml:1", "did you mean 'adam'?")
    refused(autotune("ablate", "my.yaml", "--data", "nowhere.csv"), "--data: no such file")
    refused(autotune("ablate", "my.yaml", "--budget", "soon"), "--budget")
    assert not (workplace / "studies").exists()


def test_a_file_with_a_slip_in_its_name_and_a_file_without_its_option(autotune: Run, toy: Path) -> None:
    refused(autotune("search", "--data", "toyy.csv"), "--data: no such file: toyy.csv", "did you mean 'toy.csv'?")
    refused(autotune("search", "toy.csv"), "not understood: toy.csv", "--data toy.csv")
