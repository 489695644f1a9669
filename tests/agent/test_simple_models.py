"""The simple models beside a search: fitted once, and never the end of it."""

import re
from pathlib import Path

import numpy as np
import pytest

from autotune.agent.ending.simple_models import SimpleModels
from autotune.baselines import linear_model
from autotune.data.dataset import Dataset, DataSource, Split, load_dataset
from tests.cli.test_search import SMALL
from tests.conftest import shell, write_toy


def test_they_are_fitted_once(tmp_path: Path) -> None:
    models = SimpleModels(load_dataset(DataSource(data=str(write_toy(tmp_path / "toy.csv")))), "accuracy")
    assert not models.begun
    models.begin()
    models.wait()
    first = list(models.fitted)
    models.wait()
    assert models.ready
    assert models.fitted == first
    assert [baseline.name for baseline in first] == ["majority class", "TF-IDF on words and characters + logistic regression"]
    assert models.problems == []


def one_character_each(path: Path) -> Path:
    """Texts that no two share anything: no feature occurs twice."""
    path.write_text("text,label\n" + "".join(f"{chr(0x4E00 + row)},{'ab'[row % 2]}\n" for row in range(60)), encoding="utf-8")
    return path


def test_one_that_cannot_be_fitted_is_left_out_with_the_reason(tmp_path: Path) -> None:
    models = SimpleModels(load_dataset(DataSource(data=str(one_character_each(tmp_path / "odd.csv")))), "accuracy")
    models.wait()
    assert [baseline.name for baseline in models.fitted] == ["majority class"]
    assert re.fullmatch(r"no baseline: TF-IDF with logistic regression cannot be fitted on these texts \(.+\)", models.problems[0])


def test_a_search_goes_on_without_it(tmp_path: Path) -> None:
    one_character_each(tmp_path / "odd.csv")
    answer = shell("search", "--data", "odd.csv", "--study", "s", "--trials", "1", *SMALL, folder=tmp_path)
    assert answer.code == 0, answer.err
    assert "note: no baseline: TF-IDF with logistic regression cannot be fitted" in answer.err
    assert re.search(r"^majority class +0\.\d+ +0\.\d+$", answer.out, re.M), answer.out
    assert "TF-IDF" not in answer.out
    again = shell("resume", "s", "--trials", "2", folder=tmp_path)
    assert again.code == 0, again.err


def test_texts_of_single_letters_and_pictures_have_a_rival_on_characters() -> None:
    texts = ["a 😀 b", "x 🎻 y", "b 😀 😀", "y 🎻 x"] * 10
    split = Split(texts, np.array([0, 1, 0, 1] * 10))
    baseline = linear_model(Dataset("x", split, split, ("a", "b"), "f", (), False, "text", "label"), "accuracy")
    assert baseline.name == "TF-IDF on characters + logistic regression"
    assert baseline.validation["accuracy"] == 1.0


@pytest.mark.slow
def test_a_sample_of_very_many_texts_is_called_one() -> None:
    rows = 50_400
    split = Split([f"word{row % 50} thing{row % 7}" for row in range(rows)], np.arange(rows) % 2)
    part = Split(split.texts[:100], split.labels[:100])
    baseline = linear_model(Dataset("x", split, part, ("a", "b"), "f", (), False, "text", "label"), "accuracy")
    assert baseline.name == "TF-IDF on words and characters + logistic regression (50,000 of 50,400 texts)"
