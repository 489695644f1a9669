"""What a classifier takes, known before it is trained."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.errors import TrainingError
from autotune.training.fit import fit
from autotune.training.latency import _spread, latency
from autotune.training.setup import fresh_classifier
from autotune.training.trained import TrainedClassifier
from tests.conftest import write_toy

SHORT = {"encoder.name": "none", "pretraining.dimension": 16, "early_stopping.max_epochs": 2}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"text.ngrams": 2, "text.character_ngrams": 3, "loss.class_weights": "balanced"},
        {"encoder.name": "gru", "encoder.width": 8, "pooling.name": "attention"},
        {"pretraining.method": "word2vec", "pretraining.tuning": "frozen"},
    ],
    ids=["plain", "n-grams", "gru", "word2vec"],
)
def test_parameters_and_bytes_are_those_of_the_trained_and_saved_model(
    dataset: Dataset, tmp_path: Path, changes: dict[str, object]
) -> None:
    config = Config.from_values({**SHORT, **changes})
    fresh = fresh_classifier(config, dataset)
    outcome = fit(config, dataset)
    outcome.classifier.save(tmp_path / "model")
    assert fresh.model.parameters_count == outcome.parameters
    assert fresh.size == outcome.classifier.size == bytes_of(tmp_path / "model")


def test_where_the_rate_is_not_known_yet_the_bytes_are_those_at_most(dataset: Dataset) -> None:
    config = Config.from_values({**SHORT, "learning_rate.initial": "auto"})
    trained = fit(config, dataset).classifier
    assert 0 <= fresh_classifier(config, dataset).size - trained.size < 10


def test_a_run_is_the_same_bit_for_bit_whether_or_not_it_was_looked_at(dataset: Dataset) -> None:
    config = Config.from_values({**SHORT, "encoder.name": "cnn", "encoder.width": 8, "dropout.head": 0.3, "dropout.embedding": 0.2})
    seen: list[float] = []

    def admit(fresh: TrainedClassifier) -> None:
        seen.append(latency(fresh, dataset.validation.texts))
        torch.rand(7)

    plain, looked_at = fit(config, dataset), fit(config, dataset, admit=admit)
    assert len(seen) == 1
    assert plain.epochs == looked_at.epochs
    weights = looked_at.classifier.model.state_dict()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in plain.classifier.model.state_dict().items())


def test_what_is_not_admitted_is_not_trained(dataset: Dataset) -> None:
    def refuse(fresh: TrainedClassifier) -> None:
        raise TrainingError("too large")

    # Token vectors that are nowhere would end the run as well, were they looked for first.
    config = Config.from_values(
        {**SHORT, "pretraining.method": "file", "pretraining.file": "/nowhere.vec", "learning_rate.initial": "auto"}
    )
    with pytest.raises(TrainingError, match="too large"):
        fit(config, dataset, lambda epoch, value: pytest.fail("it was trained"), admit=refuse)


def test_a_model_that_does_far_more_takes_longer_and_threads_are_as_before(dataset: Dataset) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        texts = [*dataset.validation.texts, *(10 * text for text in dataset.validation.texts)]
        wide = {"encoder.name": "gru", "encoder.width": 256, "encoder.layers": 2}
        fast, slow = (latency(fresh_classifier(Config.from_values({**SHORT, **changes}), dataset), texts) for changes in ({}, wide))
        assert torch.get_num_threads() == 2
        assert 0 < 2 * fast < slow
    finally:
        torch.set_num_threads(before)


@given(st.permutations(range(100)), st.integers(1, 100))
def test_the_texts_to_measure_on_are_spread_over_all_lengths(lengths: list[int], number: int) -> None:
    known = sorted(lengths[:number])
    chosen = [len(text) for text in _spread(["x" * length for length in lengths[:number]])]
    ranks = [known.index(length) for length in chosen]
    assert len(set(ranks)) == len(ranks) == min(15, number)
    gaps = [later - earlier for earlier, later in pairwise(sorted(ranks))]
    assert max(gaps, default=0) <= number // len(ranks) + 1  # no length is skipped
    distances = [abs(2 * rank - number) for rank in ranks]
    assert distances == sorted(distances)  # the middle ones first, should there be no time for more
