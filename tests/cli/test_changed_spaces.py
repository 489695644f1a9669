"""A search space that is edited under a study, and a study that begins from another: what is said, and what is lost, which is nothing."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_limits import SIX, plan_of
from tests.cli.test_search import finished
from tests.conftest import Answer, shell, write_toy
from tests.storage.test_copies import tables

Run = Callable[..., Answer]
EDITED = SIX.replace("[adam, sgd, adagrad]", "[adam, nadam]").replace("[16, 32]", "[16, 32, 64]")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study `s` of four of six configurations, the first of which is the default."""
    folder = tmp_path_factory.mktemp("made")
    write_toy(folder / "toy.csv")
    (folder / "six.yaml").write_text(SIX)
    answer = shell("search", "--data", "toy.csv", "--space", "six.yaml", "--trials", "4", "--workers", "1", "--study", "s", folder=folder)
    assert answer.code == 0, answer.err
    return folder


@pytest.fixture
def studied(made: Path, workplace: Path) -> Path:
    """A copy of it to work on, which knows its data and its space by their new places."""
    shutil.copytree(made, workplace, dirs_exist_ok=True)
    with sqlite3.connect(workplace / "studies" / "autotune.db") as connection:
        connection.execute("UPDATE study_user_attributes SET value_json = REPLACE(value_json, ?, ?)", (str(made), str(workplace)))
    return workplace


def test_an_edited_space_is_explained_and_goes_on_as_it_is_told(studied: Path, autotune: Run) -> None:
    database = studied / "studies" / "autotune.db"
    before, scores = tables(database, "s"), finished(studied, "s")
    assert plan_of(studied, "s")["space_origin"] == {"name": str(studied / "six.yaml"), "fixed": {}}

    (studied / "six.yaml").write_text(EDITED)
    (studied / "toy.csv").rename(studied / "moved.csv")  # so that nothing is searched
    answer = autotune("resume", "s")
    assert "no such file" in answer.err
    assert (
        f"six.yaml was edited since; the search goes on in the space as it was (`autotune resume s --space {studied}"
        in answer.err.replace("\n", "")
    )
    (studied / "six.yaml").write_text(EDITED.replace("nadam", "madam"))
    assert "six.yaml was edited since, and has mistakes" in autotune("resume", "s").err
    (studied / "six.yaml").write_text(SIX + "# a remark\n")
    assert "was edited" not in autotune("resume", "s").err
    (studied / "moved.csv").rename(studied / "toy.csv")

    (studied / "six.yaml").write_text(EDITED)
    answer = autotune("resume", "s", "--space", "six.yaml")
    assert answer.code == 2
    for line in (
        "optimizer.name: nadam is a new choice",
        "optimizer.name: sgd, adagrad are no choices any more",
        "batch_size.initial: 64 is a new choice",
    ):
        assert line in answer.err
    fits = re.search(r"error: the search space is not the one .* (\d) of its 4 finished trials fit\nhint: ", answer.err)
    assert fits is not None, answer.err
    unfit = sum(map(int, re.findall(r"(\d) trials? (?:does|do) not fit: optimizer.name \w+ is no choice", answer.err)))
    assert int(fits[1]) + unfit == 4
    for way in ("--new-generation", "--fork OTHER_NAME"):
        assert f"`autotune resume s --space six.yaml {way}`" in answer.err
    for wrong, words in (
        (("--new-generation",), "no other search space"),
        (("--space", "six.yaml", "--new-generation", "--fork", "t"), "exclude each other"),
        (("--space", "six.yaml", "--fork", "s"), "exists already"),
    ):
        answer = autotune("resume", "s", *wrong)
        assert (answer.code, words in answer.err, "Traceback" in answer.err) == (2, True, False), answer.err
    assert tables(database, "s") == before

    answer = shell("resume", "s", "--space", "six.yaml", "--new-generation", "--more-trials", "1", folder=studied)
    assert answer.code == 0, answer.err
    assert f"{fits[1]} finished trial" in answer.err
    assert f"{unfit} left behind; as it was, the study is called s@1" in answer.err
    after = finished(studied, "s")
    assert finished(studied, "s@1") == scores
    kept = {number: score for number, score in scores.items() if after.get(number) == score}
    assert len(kept) >= int(fits[1])
    assert len(after) == 5  # the total of 4 and one more: what fits counts
    listed = {line.split()[0]: line.split()[1] for line in autotune("studies").out.splitlines()[1:]}
    assert listed == {"s@1": "4", "s": "5"}
    assert f"from s@1: {fits[1]} finished trial" in autotune("studies", "show", "s").out
    gone = next(number for number in scores if number not in kept)
    shown = autotune("studies", "show", "s", "--trial", str(gone)).out.splitlines()[0]
    assert re.fullmatch(rf"study s, trial {gone}: fail \(left behind in s@1: optimizer.name \w+ is no choice\)", shown), shown
    for name in ("s", "s@1"):
        assert autotune("export", name, "--to", f"best-{name}").code == 0
    answer = autotune("resume", "s@1", "--space", "quick", "--new-generation")
    assert (answer.code, "is an old generation" in answer.err) == (2, True), answer.err


def test_other_studies_begin_from_what_was_learnt(studied: Path, autotune: Run) -> None:
    before, scores = tables(studied / "studies" / "autotune.db", "s"), finished(studied, "s")
    arguments = ("--data", "toy.csv", "--space", "six.yaml", "--workers", "1", "--study", "t")
    answer = autotune("search", *arguments, "--from", "nothing")
    assert (answer.code, "no study 'nothing'" in answer.err) == (2, True)
    answer = shell("search", *arguments, "--from", "s", "--trials", "1", folder=studied)
    assert answer.code == 0, answer.err
    assert "from study s: 4 finished trials imported" in answer.err
    assert "study t: 5 trials in" in answer.out
    assert "4 of them from another study" in answer.out
    began = finished(studied, "t")
    assert len(began) == 5
    assert {number: began[number] for number in range(4)} == {place: score for place, (_, score) in enumerate(sorted(scores.items()))}

    answer = shell("resume", "s", "--set", "optimizer.name=adam", "--fork", "u", "--more-trials", "1", folder=studied)
    assert answer.code == 0, answer.err
    assert "optimizer.name is not tuned any more, always fixed at adam" in answer.err
    assert "s stays as it is" in answer.err
    assert tables(studied / "studies" / "autotune.db", "s") == before
    assert plan_of(studied, "u")["space_origin"] == {"name": str(studied / "six.yaml"), "fixed": {"optimizer.name": "adam"}}
    assert len(finished(studied, "u")) == 2  # all that there are
    assert "the search space is used up" in answer.err

    write_toy(studied / "other.csv", seed=3)
    answer = autotune("search", "--data", "other.csv", "--space", "six.yaml", "--from", "s", "--study", "t")
    assert (answer.code, "'t' exists already" in answer.err) == (2, True), answer.err
