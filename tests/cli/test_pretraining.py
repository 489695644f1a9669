"""Tip 7 from the command line: texts without labels, vectors from a file, and what is wrong with either."""

import json
import sqlite3
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_mistakes import refused
from tests.conftest import WORDS, Answer, shell

Run = Callable[..., Answer]
FAST = (
    "--workers",
    "1",
    "--set",
    "text.unit=word",
    "--set",
    "encoder.name=none",
    "--set",
    "early_stopping.max_epochs=2",
    "--set",
    "pretraining.dimension=8",
)


def vectors(path: Path, *damage: str) -> Path:
    """Four numbers for each word of the toy."""
    lines = [f"{word} {number % 7} {number % 5} 0.5 -1" for number, word in enumerate(chain(*WORDS.values()))]
    path.write_text("\n".join([*lines, *damage]) + "\n")
    return path


def plan(folder: Path, study: str) -> dict[str, Any]:
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        (stored,) = connection.execute(
            "SELECT a.value_json FROM study_user_attributes a JOIN studies s ON s.study_id = a.study_id "
            "WHERE s.study_name = ? AND a.key = 'autotune:plan'",
            (study,),
        ).fetchone()
    return dict(json.loads(stored))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "autotune" / "vectors"


def test_texts_without_labels_from_search_to_resume(autotune: Run, workplace: Path, toy: Path, own_cache: Path) -> None:
    more = workplace / "more.txt"
    more.write_text("the goal of the team\nsalt in the soup\n" * 20)
    search = ("search", "--data", str(toy), "--unlabeled", "more.txt", "--study", "toy", "--trials", "2")
    answer = shell(*search, "--set", "pretraining.method=word2vec", "--set", "pretraining.tuning=frozen_first", *FAST, folder=workplace)
    assert answer.code == 0, answer.err
    assert "note: 40 unlabelled texts to pre-train on." in answer.err
    assert "words 8 on word2vec" in answer.out
    for chatter in ("Warning", "EPOCH", "gensim"):
        assert chatter not in answer.err + (workplace / "studies" / "toy" / "worker.log").read_text()
    assert len(list(own_cache.glob("*.safetensors"))) == 1  # for both trials

    assert plan(workplace, "toy")["source"]["unlabeled"] == str(more)
    resumed = shell("resume", "toy", "--trials", "3", folder=workplace)
    assert resumed.code == 0, resumed.err
    assert len(list(own_cache.glob("*.safetensors"))) == 1

    assert autotune("export", "toy", "--to", "best").code == 0
    assert "from the training texts and the texts without labels of `more.txt`" in (workplace / "best" / "README.md").read_text()
    trained = autotune("train", "best/config.yaml", "--data", str(toy), "--unlabeled", "more.txt")
    said = json.loads((workplace / "best" / "metrics.json").read_text())["validation"]["accuracy"]
    assert f"validation accuracy {said:.4f}" in trained.out, trained.err

    more.write_text("other texts\nthan before\n")
    refused(autotune("resume", "toy", "--trials", "4"), "is not the data that study 'toy' was made with")
    more.unlink()
    refused(autotune("resume", "toy", "--trials", "4"), "no such file", "more.txt")


def test_vectors_from_a_file(autotune: Run, workplace: Path, toy: Path, own_cache: Path) -> None:
    file = vectors(workplace / "v, #1.txt", "cut 1 2")
    chosen = ("--set", "pretraining.method=file", "--set", "pretraining.file=v, #1.txt", *FAST[:-2])
    search = ("search", "--data", str(toy), "--trials", "3", *chosen)
    answer = shell(*search, "--study", "toy", folder=workplace)
    assert answer.code == 1
    why = f"{file}:16: 2 numbers where 4 are expected: cut short?; mend the file"
    assert f"3 configurations failed for one cause, and none succeeded in between: {why}" in answer.err
    assert answer.err.count("error: ") == 1

    answer = shell(*search, "--study", "again", "--set", "pretraining.damaged_lines=skip", folder=workplace)
    assert answer.code == 0, answer.err
    assert "note: pretraining.dimension is 4, as in v, #1.txt." in answer.err
    notes = [line for line in answer.err.splitlines() if "vector in v, #1.txt" in line]
    assert len(notes) == 1  # told once, not for each trial
    assert "15 of " in notes[0]
    assert "note: 1 damaged line of v, #1.txt left out, first line 16 (" in answer.err
    assert len(list(own_cache.glob("*.safetensors"))) == 1

    # The model is whole without its file; to train again needs it.
    assert autotune("export", "again", "--to", "best").code == 0
    trained = autotune("train", "best/config.yaml", "--data", str(toy))
    assert trained.code == 0, trained.err
    assert "15 of " in trained.err
    file.unlink()
    assert autotune("evaluate", "best", str(toy)).code == 0
    refused(autotune("train", "best/config.yaml", "--data", str(toy)), f"pretraining.file: no such file: {file}")
    refused(autotune("resume", "again", "--trials", "4"), f"pretraining.file: no such file: {file}")


def test_mistakes_are_told_before_the_search(autotune: Run, workplace: Path, toy: Path) -> None:
    vectors(workplace / "v.txt")
    search = ("search", "--data", str(toy))
    from_file = (*search, "--set", "pretraining.method=file", "--set")
    (workplace / "more.txt").write_text("a text\n")
    (workplace / "one.txt").write_text("word\n")
    refused(autotune(*search, "--unlabeled", "nowhere.txt"), "--unlabeled: no such file: nowhere.txt")
    refused(autotune(*search, "--unlabeled", "more.txt"), "--unlabeled: no configuration", "--set pretraining.method=word2vec")
    refused(autotune(*from_file[:-1]), "no file is named", "--set pretraining.file=PATH")
    refused(autotune(*from_file, "pretraining.file=nowhere.txt"), f"no such file: {workplace / 'nowhere.txt'}")
    refused(autotune(*from_file, "pretraining.file=one.txt"), "one.txt: no token vectors")
    refused(
        autotune(*from_file, "pretraining.file=v.txt", "--set", "pretraining.dimension=100"),
        "has 4 numbers a token, but pretraining.dimension is 100",
        "set pretraining.dimension to 4",
    )
    refused(autotune(*search, "--set", "pretraining.method=word2vek"), "did you mean 'word2vec'?")
    (workplace / "empty.csv").write_text("text\n")
    refused(autotune(*search, "--unlabeled", "empty.csv", "--set", "pretraining.method=glove"), "empty.csv")
    assert not (workplace / "studies").exists()


def test_a_configuration_of_ones_own(autotune: Run, workplace: Path, toy: Path, own_cache: Path) -> None:
    vectors(workplace / "v.txt")
    (workplace / "more.txt").write_text("a text\n")
    mine = workplace / "mine.yaml"
    mine.write_text("pretraining: {method: file, file: v.txt}\n")
    refused(autotune("train", "mine.yaml", "--data", str(toy)), "has 4 numbers a token, but pretraining.dimension is 100")
    refused(autotune("train", "mine.yaml", "--data", str(toy), "--unlabeled", "more.txt"), "--unlabeled: with pretraining.method file")
    mine.write_text("pretraining: {method: glove, minimum_count: 900}\n")
    refused(autotune("train", "mine.yaml", "--data", str(toy)), "too few texts to learn token vectors from", "hint: ")
    mine.write_text("pretraining: {method: file}\n")
    refused(autotune("train", "mine.yaml", "--data", str(toy)), "no file is named")
