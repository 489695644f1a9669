"""The linear model that a network can be blended with."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from autotune.baselines import Baseline, fitted_on_all, linear_model
from autotune.data.dataset import Dataset, DataSource, Split, load_dataset
from autotune.errors import BundleError
from autotune.linear import LinearModel, Runs, Unit
from tests.conftest import write_toy

TEXTS = ["The goal of the match", "", "  ", "soup with salt, SOUP", "a very long text " * 50, "choir", "naïve 😀 今天", "zzz\tqqq\nxxx"]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))


@pytest.fixture(scope="module")
def baseline(dataset: Dataset) -> Baseline:
    return linear_model(dataset, "accuracy")


def model_of(baseline: Baseline) -> LinearModel:
    assert isinstance(baseline.model, LinearModel)
    return baseline.model


@pytest.fixture
def saved(baseline: Baseline, tmp_path: Path) -> Path:
    model_of(baseline).save(tmp_path / "linear")
    return tmp_path / "linear"


@pytest.mark.parametrize(("unit", "shortest", "longest"), [("word", 1, 2), ("char_wb", 2, 5), ("char", 1, 3)])
def test_vectors_are_those_of_the_field(dataset: Dataset, unit: Unit, shortest: int, longest: int) -> None:
    train, unseen = dataset.train.texts, [*dataset.validation.texts, *TEXTS]
    runs, learnt = Runs.learn(train, unit, shortest, longest, most=100_000)
    theirs = TfidfVectorizer(analyzer=unit, ngram_range=(shortest, longest), sublinear_tf=True, min_df=2)
    expected = theirs.fit_transform(train)
    places = [theirs.vocabulary_[name] for name in runs.vocabulary]
    assert sorted(places) == list(range(len(theirs.vocabulary_)))
    assert np.allclose(learnt.toarray(), expected[:, places].toarray(), atol=1e-6)
    assert np.allclose(runs.vectors(unseen).toarray(), theirs.transform(unseen)[:, places].toarray(), atol=1e-6)


def test_where_there_are_too_many_runs_those_of_most_texts_stay() -> None:
    texts = ["rare common other", "rare common", "common other", "other common", "once"]
    assert Runs.learn(texts, "word", 1, 1, most=2)[0].vocabulary == ("common", "other")
    assert Runs.learn(texts, "word", 1, 1, most=9)[0].vocabulary == ("common", "other", "rare")


def test_what_is_saved_predicts_the_same_to_the_last_digit(baseline: Baseline, saved: Path) -> None:
    loaded, model = LinearModel.load(saved), model_of(baseline)
    assert np.array_equal(loaded.probabilities(TEXTS), model.probabilities(TEXTS))
    assert loaded.parameters_count == model.parameters_count == model.coefficients.size + 3
    assert loaded.probabilities([]).shape == (0, 3)
    assert sorted(path.name for path in saved.iterdir()) == ["linear.json", "vocabulary.json", "weights.safetensors"]


@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_any_texts_have_probabilities_that_do_not_depend_on_their_company(baseline: Baseline, texts: list[str]) -> None:
    together = baseline.probabilities(texts)
    assert np.allclose(together.sum(axis=1), 1, atol=1e-6)
    assert (together >= 0).all()
    assert np.array_equal(np.vstack([baseline.probabilities([text]) for text in texts]), together)


def test_two_known_classes_of_three_need_one_row() -> None:
    split = Split(["good film", "bad film"] * 10, np.array([0, 2] * 10))
    baseline = linear_model(Dataset("x", split, split, ("a", "b", "c"), "f", (), False, "text", "label"), "accuracy")
    assert model_of(baseline).coefficients.shape[0] == 1
    found = baseline.probabilities(["good", "bad", "neither"])
    assert found.argmax(axis=1)[:2].tolist() == [0, 2]
    assert (found[:, 1] == 0).all()
    assert np.allclose(found.sum(axis=1), 1)


def test_many_classes_have_fewer_columns(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = model_of(linear_model(dataset, "accuracy")).coefficients.shape
    monkeypatch.setattr("autotune.baselines._MOST_COEFFICIENTS", 600)
    rows, columns = model_of(linear_model(dataset, "accuracy")).coefficients.shape
    assert rows == whole[0] == 3
    assert columns == 200 < whole[1]


def test_fitted_on_all_it_knows_words_of_the_validation_texts() -> None:
    train = Split(["good film", "bad film"] * 10, np.array([0, 1] * 10))
    validation = Split(["splendid film", "awful film"] * 10, np.array([0, 1] * 10))
    data = Dataset("x", train, validation, ("a", "b"), "f", (), False, "text", "label")
    before = linear_model(data, "log_loss")
    after = fitted_on_all(before, data)
    assert before.probabilities(["splendid"])[0, 0] < 0.7 < after.probabilities(["splendid"])[0, 0]
    assert [runs.unit for runs in after.runs] == [runs.unit for runs in model_of(before).runs]


@pytest.mark.parametrize("name", ["linear.json", "vocabulary.json", "weights.safetensors"])
def test_a_missing_or_damaged_file_is_named(saved: Path, name: str) -> None:
    whole = (saved / name).read_bytes()
    (saved / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BundleError, match=name.replace(".", r"\.") + " is missing or damaged"):
        LinearModel.load(saved)
    (saved / name).unlink()
    with pytest.raises(BundleError, match=name.replace(".", r"\.") + " is missing or damaged"):
        LinearModel.load(saved)


def test_a_description_of_something_else_is_refused(saved: Path) -> None:
    for content in ("[]", "null", json.dumps({"classes": 3}), json.dumps({"classes": 3, "sha256": [], "runs": []})):
        (saved / "linear.json").write_text(content)
        with pytest.raises(BundleError, match="damaged"):
            LinearModel.load(saved)
