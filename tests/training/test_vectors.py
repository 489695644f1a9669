"""Tip 7 in a whole run: from the texts or a file to the weights, learnt when they should be, and never from what is scored on."""

import csv
import os
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.errors import VectorError
from autotune.sections import OptimizerName
from autotune.training.encoding import encoded
from autotune.training.fit import fit
from autotune.training.trained import TrainedClassifier
from autotune.training.vectors import token_vectors
from autotune.vectors import cache
from autotune.vectors.table import Table
from tests.conftest import write_toy

SMALL: dict[str, Any] = {
    "encoder.name": "none",
    "pretraining.dimension": 12,
    "pretraining.epochs": 2,
    "learning_rate.relative": 10,
    "early_stopping.max_epochs": 4,
    "text.minimum_frequency": 1,
}
ONLY_HERE = "onlyhere"


@pytest.fixture(autouse=True)
def cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache._memory.clear()


@pytest.fixture
def dataset(toy: Path) -> Dataset:
    return load_dataset(DataSource(str(toy)))


def config(method: str, **changes: object) -> Config:
    return Config.from_values(
        {**SMALL, "pretraining.method": method, **{path.replace("__", "."): value for path, value in changes.items()}}
    )


def made(config: Config, dataset: Dataset) -> Table:
    table = token_vectors(config, dataset, encoded(dataset, config.text))
    assert table is not None
    return table


def number(dataset: Dataset, config: Config, token: str) -> int | None:
    found: int | None = encoded(dataset, config.text).tokenizer.token_to_id(token)
    return found


def test_without_pretraining_there_is_no_table(dataset: Dataset) -> None:
    chosen = config("none")
    assert token_vectors(chosen, dataset, encoded(dataset, chosen.text)) is None


@pytest.fixture
def leaky(tmp_path: Path) -> DataSource:
    """A word that stands beside `bridge` in every validation and test text, and in no other; `bridge` is in training texts too."""
    files = {"data": write_toy(tmp_path / "train.csv")}
    for seed, side in enumerate(("validation", "test"), start=1):
        files[side] = write_toy(tmp_path / f"{side}.csv", rows=80, seed=seed)
        with files[side].open() as file:
            rows = list(csv.reader(file))
        with files[side].open("w", newline="") as file:
            csv.writer(file).writerows([rows[0], *([f"bridge {ONLY_HERE} {text} {side}", label] for text, label in rows[1:])])
    with files["data"].open("a") as file:
        file.write("".join(f"bridge over {row},food\n" for row in range(20)))
    return DataSource(**{side: str(path) for side, path in files.items()})


@pytest.mark.parametrize("method", ["word2vec", "glove"])
def test_nothing_is_learnt_from_validation_and_test_texts(leaky: DataSource, method: str, tmp_path: Path) -> None:
    chosen = config(method, pretraining__minimum_count=1)
    dataset = load_dataset(leaky)
    table = made(chosen, dataset)
    assert number(dataset, chosen, ONLY_HERE) is None
    assert number(dataset, chosen, "bridge") is not None

    # Other validation and test texts, the same training texts: the same vectors.
    other = load_dataset(DataSource(leaky.data, validation=str(write_toy(tmp_path / "other.csv", rows=60, seed=9)), test_fraction=0))
    assert other.train.texts == dataset.train.texts
    np.testing.assert_array_equal(made(chosen, other).vectors, table.vectors)

    # Nor are they learnt from when they are given once more, as texts without labels.
    lines = [f"bridge {ONLY_HERE} nowhere else", *dataset.validation.texts]
    with open(str(leaky.test)) as file:
        lines += [row[0] for row in csv.reader(file)][1:]
    (tmp_path / "more.txt").write_text("\n".join(lines))
    given = load_dataset(DataSource(**{**leaky.to_json(), "unlabeled": str(tmp_path / "more.txt")}))
    assert given.unlabeled == lines[:1]
    changed = made(chosen, given)
    assert not np.array_equal(changed.vectors, table.vectors)
    (tmp_path / "more.txt").write_text(lines[0])
    again = load_dataset(DataSource(**{**leaky.to_json(), "unlabeled": str(tmp_path / "more.txt")}))
    np.testing.assert_array_equal(made(chosen, again).vectors, changed.vectors)


@pytest.mark.parametrize("method", ["word2vec", "glove"])
def test_texts_without_labels_are_learnt_from(toy: Path, tmp_path: Path, method: str) -> None:
    """With them a token that is too rare in the training texts is seen often enough."""
    (tmp_path / "more.txt").write_text("the rare n7 again\n" * 5)
    chosen = config(method, pretraining__minimum_count=4)
    tables = [
        (data, made(chosen, data))
        for data in (load_dataset(DataSource(str(toy), unlabeled=more)) for more in (None, str(tmp_path / "more.txt")))
    ]
    row = number(tables[0][0], chosen, "n7")
    assert row is not None
    assert row == number(tables[1][0], chosen, "n7")
    assert [bool(table.found[row]) for _, table in tables] == [False, True]


def files_of_the_cache() -> int:
    return len(list(cache.cache_folder().glob("*.safetensors")))


@pytest.mark.parametrize("method", ["word2vec", "glove"])
def test_a_table_is_learnt_once_for_all_that_share_it(dataset: Dataset, toy: Path, tmp_path: Path, method: str) -> None:
    chosen = config(method)
    first = made(chosen, dataset)
    assert files_of_the_cache() == 1
    cache._memory.clear()
    same = [
        {"pretraining__tuning": "frozen"},
        {"pretraining__tuning": "frozen_first"},
        {"encoder__name": "cnn"},
        {"optimizer__name": "sgd"},
    ]
    for changes in same:
        np.testing.assert_array_equal(made(config(method, **changes), dataset).vectors, first.vectors)
    assert files_of_the_cache() == 1
    others: list[dict[str, Any]] = [
        {"pretraining__dimension": 13},
        {"pretraining__window": 2},
        {"pretraining__epochs": 3},
        {"pretraining__minimum_count": 1},
        {"text__minimum_frequency": 2},
        {"text__unit": "subword", "text__vocabulary_size": 200},
        {"seed": 1},
        *([{"pretraining__algorithm": "cbow"}] if method == "word2vec" else []),
    ]
    for count, changes in enumerate(others, start=2):
        assert not np.array_equal(made(config(method, **changes), dataset).vectors, first.vectors)
        assert files_of_the_cache() == count
    made(chosen, load_dataset(DataSource(str(toy), seed=1)))
    assert files_of_the_cache() == len(others) + 2


def test_a_file_is_read_again_when_it_has_changed(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    chosen = config("file", pretraining__file=str(path), pretraining__dimension=2)
    values = []
    for number_, content in enumerate(("ball 1 2\n", "ball 3 4\n", "ball 3 4\n")):
        if number_ < 2:
            path.write_text(content)
            os.utime(path, (number_, number_))
        cache._memory.clear()
        table = made(chosen, dataset)
        values.append(table.vectors[table.found].tolist())
    assert values == [[[1, 2]], [[3, 4]], [[3, 4]]]
    assert files_of_the_cache() == 2


@pytest.mark.parametrize("method", ["word2vec", "glove"])
@pytest.mark.parametrize("encoder", ["none", "cnn"])
def test_frozen_vectors_stay_and_fine_tuned_ones_move(dataset: Dataset, method: str, encoder: str) -> None:
    for tuning in ("frozen", "fine_tuned"):
        chosen = config(method, pretraining__tuning=tuning, encoder__name=encoder, encoder__width=6)
        outcome = fit(chosen, dataset)
        table = made(chosen, dataset)
        weight = outcome.classifier.model.embedding.weight.detach()
        same = torch.equal(weight[table.found], torch.from_numpy(table.vectors[table.found]))
        assert same == (tuning == "frozen")
        assert not weight[0].any()
        total = sum(part.numel() for part in outcome.classifier.model.parameters())
        assert outcome.parameters == total - (weight.numel() if tuning == "frozen" else 0)


def test_no_optimizer_sees_frozen_vectors(dataset: Dataset) -> None:
    chosen = config("word2vec", pretraining__tuning="frozen")
    model = fit(chosen, dataset).classifier.model
    optimizer = model.configure_optimizers()
    assert [parameter.shape for group in optimizer.param_groups for parameter in group["params"]] == [(3, 12), (3,)]
    assert model.embedding.weight.grad is None


@pytest.mark.parametrize("optimizer", get_args(OptimizerName))
def test_vectors_thaw_after_the_frozen_epochs(dataset: Dataset, optimizer: str) -> None:
    """Before, they are the table's; the run until then is that of frozen ones, and what comes after is another."""
    runs = {}
    for tuning in ("frozen", "frozen_first", "fine_tuned"):
        chosen = config(
            "word2vec", pretraining__tuning=tuning, pretraining__frozen_epochs=2, optimizer__name=optimizer, early_stopping__patience=9
        )
        runs[tuning] = fit(chosen, dataset)
    losses = {tuning: [epoch.train_loss for epoch in run.epochs] for tuning, run in runs.items()}
    assert losses["frozen_first"][:2] == losses["frozen"][:2]
    assert losses["frozen_first"][2] != losses["frozen"][2]
    assert losses["frozen_first"][0] != losses["fine_tuned"][0]
    assert runs["frozen_first"].parameters == runs["fine_tuned"].parameters > runs["frozen"].parameters


@pytest.mark.parametrize("best", [1, 4])
def test_the_weights_are_those_of_the_best_epoch_before_or_after_the_thaw(dataset: Dataset, best: int) -> None:
    """The report ends the run at the epoch in question, after which the best so far is given back."""
    chosen = config("word2vec", pretraining__tuning="frozen_first", pretraining__frozen_epochs=2, early_stopping__patience=9)
    outcome = fit(chosen, dataset, lambda epoch, value: epoch == best, metric="log_loss")
    assert outcome.best_epoch == best  # the loss falls steadily
    table = made(chosen, dataset)
    weight = outcome.classifier.model.embedding.weight.detach()
    assert torch.equal(weight[table.found], torch.from_numpy(table.vectors[table.found])) == (best == 1)
    probabilities = outcome.classifier.probabilities(dataset.validation.texts)
    loss = -np.log(probabilities[np.arange(len(probabilities)), dataset.validation.labels]).mean()
    assert loss == pytest.approx(outcome.score, rel=1e-4)


@pytest.mark.parametrize("method", ["word2vec", "glove", "file"])
@pytest.mark.parametrize("tuning", ["frozen", "frozen_first"])
def test_a_saved_model_needs_neither_file_nor_texts(dataset: Dataset, tmp_path: Path, method: str, tuning: str) -> None:
    file = tmp_path / "v, #1.txt"
    file.write_text("".join(f"{word} {' '.join(12 * ['0.5'])}\n" for word in ("ball", "soup", "choir")))
    chosen = config(method, pretraining__tuning=tuning, pretraining__file=str(file))
    outcome = fit(chosen, dataset)
    outcome.classifier.save(tmp_path / "model")
    file.unlink()
    cache._memory.clear()
    for path in cache.cache_folder().iterdir():
        path.unlink()
    loaded = TrainedClassifier.load(tmp_path / "model")
    assert loaded.config.fingerprint == chosen.fingerprint
    texts = dataset.validation.texts
    assert np.array_equal(loaded.probabilities(texts), outcome.classifier.probabilities(texts))
    assert loaded.model.parameters_count == outcome.parameters
    assert not list(cache.cache_folder().iterdir())


@pytest.mark.parametrize("method", ["word2vec", "glove"])
def test_the_same_seed_gives_the_same_run_whether_or_not_the_table_is_there(dataset: Dataset, method: str) -> None:
    runs = []
    for _ in range(2):
        runs.append(fit(config(method), dataset))  # makes the table, then finds it
        cache._memory.clear()
    assert runs[0].epochs == runs[1].epochs


def test_coverage_is_told(dataset: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "v.txt"
    file.write_text("ball 1 2\nbad line\nSOUP 3 4\n")
    outcome = fit(config("file", pretraining__file=str(file), pretraining__dimension=2, pretraining__damaged_lines="skip"), dataset)
    whole = encoded(dataset, config("none").text).tokenizer.get_vocab_size() - 2
    assert outcome.notes == (
        f"2 of {whole} tokens (1 %) of the vocabulary have a vector in v.txt.",
        "1 damaged line of v.txt left out, first line 2 (1 numbers where 2 are expected: cut short?).",
    )
    assert fit(config("none"), dataset).notes == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "no file is named"),
        ({"pretraining__file": "/nowhere/v.txt"}, "no such file: /nowhere/v.txt"),
        ({"pretraining__file": "FILE"}, "has 2 numbers a token, but pretraining.dimension is 12"),
        ({"pretraining__file": "FILE", "pretraining__dimension": 2}, "FILE:2: 1 numbers where 2 are expected"),
    ],
)
def test_vectors_that_cannot_be_had_are_said(dataset: Dataset, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    file = tmp_path / "v.txt"
    file.write_text("ball 1 2\nbad line\nsoup 3 4\n")
    chosen = config("file", **{path: str(file) if value == "FILE" else value for path, value in changes.items()})
    with pytest.raises(VectorError) as caught:
        fit(chosen, dataset)
    assert words.replace("FILE", str(file)) in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("method", ["word2vec", "glove"])
def test_too_few_texts_are_said(dataset: Dataset, method: str) -> None:
    with pytest.raises(VectorError, match="too few texts to learn token vectors from"):
        fit(config(method, pretraining__minimum_count=999), dataset)


SHARED = Path(__file__).parents[3] / "shared"


@pytest.mark.skipif(not (SHARED / "vectors").is_dir(), reason="the real vector files of ../shared/vectors are not here")
def test_real_vectors_cover_real_texts() -> None:
    dataset = load_dataset(DataSource(str(SHARED / "data" / "mr" / "all.csv")))
    chosen = config(
        "file",
        pretraining__file=str(SHARED / "vectors" / "pang_lee_fasttext.100d.vec"),
        pretraining__dimension=100,
        pretraining__damaged_lines="skip",
        text__minimum_frequency=5,
    )
    table = made(chosen, dataset)
    assert 0.2 < table.found.mean() < 0.8
    assert "5 damaged lines of pang_lee_fasttext.100d.vec left out, first line 150" in table.notes[1]
