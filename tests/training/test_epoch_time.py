"""The time of an epoch, found by some of its steps."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.training.epoch_time import epoch_time
from autotune.training.fit import fit
from tests.conftest import write_toy


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    path = write_toy(tmp_path_factory.mktemp("data") / "toy.csv", rows=2000)
    return load_dataset(DataSource(data=str(path)))


def config(**values: str | int | float) -> Config:
    small = {"encoder.name": "none", "pretraining.dimension": 16, "encoder.width": 16}
    return Config.from_values({**small, **{path.replace("__", "."): value for path, value in values.items()}})


def test_one_step_at_least_and_no_more_than_the_sample(dataset: Dataset) -> None:
    assert epoch_time(config(), dataset, allowed=0).steps == 1
    assert epoch_time(config(batch_size__initial=64), dataset, allowed=60).steps == -(-len(dataset.train) // 64)
    assert epoch_time(config(), dataset, allowed=60).steps == len(dataset.train) // 32  # 50 batches
    assert epoch_time(config(batch_size__initial=8), dataset, allowed=60).steps == 64


def test_it_is_about_what_a_run_takes(dataset: Dataset) -> None:
    chosen = config(encoder__name="gru", early_stopping__max_epochs=4, early_stopping__patience=4)
    ends: list[float] = []

    def report(epoch: int, value: float) -> bool:
        ends.append(time.perf_counter())
        return False

    fit(chosen, dataset, report, device="cpu")
    real = sorted(after - before for before, after in pairwise(ends))
    assert real[0] / 3 < epoch_time(chosen, dataset, device="cpu").seconds < 3 * real[-1]


def test_an_encoder_that_reads_in_order_costs_more(dataset: Dataset) -> None:
    cheap, dear = (epoch_time(config(encoder__name=name), dataset, device="cpu").seconds for name in ("none", "lstm"))
    assert cheap < dear


def test_a_full_batch_costs_what_its_texts_cost(dataset: Dataset) -> None:
    full = epoch_time(config(batch_size__initial="full"), dataset, device="cpu")
    assert full.steps <= 4  # of 512 texts
    assert full.seconds < epoch_time(config(batch_size__initial=4), dataset, device="cpu").seconds


def test_no_vectors_are_learnt_and_no_rate_is_looked_for(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = epoch_time(config(pretraining__method="word2vec", learning_rate__initial="auto"), dataset, allowed=0)
    assert found.seconds > 0
    assert list(tmp_path.iterdir()) == []
