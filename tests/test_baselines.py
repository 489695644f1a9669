import numpy as np
import pytest

from autotune.baselines import linear_model, majority_class
from autotune.data.dataset import Dataset, DataSource, Split, load_dataset
from autotune.metrics import score
from tests.conftest import ROOT, write_toy

SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))


def test_the_majority_class_says_the_most_frequent_class(dataset: Dataset) -> None:
    baseline = majority_class(dataset)
    most = np.bincount(dataset.train.labels).argmax()
    assert (baseline.probabilities(["anything", ""]).argmax(axis=1) == most).all()
    assert baseline.validation["accuracy"] == pytest.approx((dataset.validation.labels == most).mean())


def test_the_linear_model_learns_and_reports_its_validation_scores(dataset: Dataset) -> None:
    baseline = linear_model(dataset, "accuracy")
    assert baseline.name == "TF-IDF on words and characters + logistic regression"
    assert baseline.validation["accuracy"] > majority_class(dataset).validation["accuracy"] + 0.2
    assert score("accuracy", baseline.probabilities(dataset.validation.texts), dataset.validation.labels) == baseline.validation["accuracy"]


def test_a_script_without_spaces_is_cut_into_characters() -> None:
    texts = ["今天天气很好", "这部电影很难看", "音乐非常动听", "饭菜不好吃"] * 10
    split = Split(texts, np.array([0, 1, 0, 1] * 10))
    data = Dataset("x", split, split, ("a", "b"), "f", (), False, "text", "label")
    baseline = linear_model(data, "macro_f1")
    assert baseline.name == "TF-IDF on characters + logistic regression"
    assert baseline.validation["accuracy"] == 1.0


def test_a_class_that_training_lacks_has_probability_zero() -> None:
    split = Split(["good film", "bad film"] * 10, np.array([0, 2] * 10))
    data = Dataset("x", split, split, ("a", "b", "c"), "f", (), False, "text", "label")
    assert (linear_model(data, "accuracy").probabilities(["good"])[:, 1] == 0).all()


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "mr" / "all.csv").exists(), reason="the shared data sets are not beside the checkout")
def test_the_linear_model_is_a_serious_rival_on_film_reviews() -> None:
    data = load_dataset(DataSource(data=str(SHARED / "mr" / "all.csv")))
    assert linear_model(data, "accuracy").validation["accuracy"] > 0.76
