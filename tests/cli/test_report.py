"""`autotune report` as it is typed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Answer, shell, write_toy
from tests.reports.study.made import made_study, toy_rows

Command = Callable[..., Answer]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    made_study(folder, toy_rows(60), trials=4)
    return folder


@pytest.fixture
def storage(kept: Path, workplace: Path) -> str:
    shutil.copytree(kept, workplace / "there")
    return str(workplace / "there" / "a.db")


def test_each_form_is_told_by_the_ending_of_the_file(autotune: Command, workplace: Path, storage: str) -> None:
    for name, start in (("a.html", "<!DOCTYPE html>"), ("b.md", "<!-- autotune report -->"), ("deep/c.json", "{")):
        answer = autotune("report", "s", "--to", name, "--storage", storage)
        assert (answer.code, answer.err) == (0, "")
        assert answer.out.startswith(f"wrote {name}: ")
        assert (workplace / name).read_text(encoding="utf-8").startswith(start)
    assert sorted(path.name for path in workplace.iterdir()) == ["a.html", "b.md", "deep", "there"]


def test_without_a_file_it_is_named_after_the_study(autotune: Command, workplace: Path, storage: str) -> None:
    assert autotune("report", "s", "--storage", storage).code == 0
    assert autotune("report", "s", "--format", "json", "--storage", storage).code == 0
    assert {"s.html", "s.json"} <= {path.name for path in workplace.iterdir()}


def test_a_report_takes_the_place_of_one_but_of_nothing_else(autotune: Command, workplace: Path, storage: str) -> None:
    for name in ("s.html", "s.md", "s.json"):
        for _ in range(2):
            assert autotune("report", "s", "--to", name, "--storage", storage).code == 0
    (workplace / "mine.html").write_text("<p>mine</p>", encoding="utf-8")
    answer = autotune("report", "s", "--to", "mine.html", "--storage", storage)
    assert (answer.code, answer.err.splitlines()[0]) == (2, "error: mine.html exists and is no report of autotune")
    assert (workplace / "mine.html").read_text(encoding="utf-8") == "<p>mine</p>"
    assert autotune("report", "s", "--to", "mine.html", "--force", "--storage", storage).code == 0
    assert "<!DOCTYPE html>" in (workplace / "mine.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("s", "--to", "report.pdf"), "error: --to report.pdf: its ending does not tell the format"),
        (("s", "--to", "there"), "error: --to there: its ending does not tell the format"),
        (("s", "--to", "there", "--format", "html"), "error: there is a folder"),
        (("t",), "error: no study 't'"),
    ],
)
def test_mistakes_are_one_line(autotune: Command, storage: str, arguments: tuple[str, ...], words: str) -> None:
    answer = autotune("report", *arguments, "--storage", storage)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(words)


def test_a_reader_that_has_enough_is_no_failure(storage: str, workplace: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m autotune report s --to - --storage {storage} | head -c 15; exit ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, text=True, cwd=workplace,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("<!DOCTYPE html>", "")
    assert done.returncode in (0, 141)  # 0: all of it was in the pipe already


@pytest.mark.slow
def test_a_search_its_report_on_standard_output_and_nothing_but_it(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    searched = shell("search", "--data", "toy.csv", "--study", "s", "--trials", "2", "--set", "encoder.name=none", folder=tmp_path)
    assert searched.code == 0, searched.err
    answer = shell("report", "s", "--to", "-", "--format", "json", folder=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    tree = json.loads(answer.out)
    assert tree["schema"] == 1
    assert tree["notes"] == []
    assert tree["answer"]["winner"]["latency_from"] == "now"
    assert tree["validation"]["scores"]["accuracy"] == pytest.approx(tree["answer"]["results"][0]["validation"], abs=1e-6)
    assert len(tree["trials"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["studies", "toy.csv"]
