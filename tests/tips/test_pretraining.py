from typing import get_args

import numpy as np
import pytest
import torch

from autotune.sections import EmbeddingTuning, Pretraining, PretrainingMethod
from autotune.tips.pretraining import build_embedding, is_ever_learnt, is_frozen
from autotune.vectors.table import Table

TUNINGS = get_args(EmbeddingTuning)


def pretraining(method: PretrainingMethod = "word2vec", **values: object) -> Pretraining:
    return Pretraining(method=method, **{"dimension": 7, **values})  # type: ignore[arg-type]


def table(rows: int = 30, dimension: int = 7, scale: float = 1.0, found: int = 20) -> Table:
    """Vectors for the ids from 2 on, so many."""
    vectors = np.zeros((rows, dimension), np.float32)
    vectors[2 : found + 2] = scale * np.random.default_rng(0).normal(0.5, 1.0, (found, dimension))
    return Table(vectors, vectors.any(axis=1), ())


@pytest.mark.parametrize("method", get_args(PretrainingMethod))
def test_padding_is_zero_and_learns_nothing(method: PretrainingMethod) -> None:
    embedding = build_embedding(pretraining(method), 30, 0.1, None if method == "none" else table())
    vectors = embedding(torch.tensor([[4, 5, 0]]))
    assert vectors.shape == (1, 3, 7)
    vectors.sum().backward()
    assert embedding.weight.grad is not None
    assert not embedding.weight[0].any()
    assert not embedding.weight.grad[0].any()
    assert embedding.weight.grad[4].all()


@pytest.mark.parametrize("scale", [0.02, 1.5])
def test_vectors_without_pretraining_are_normal(scale: float) -> None:
    torch.manual_seed(0)
    weight = build_embedding(Pretraining(), 500, scale).weight[1:]
    assert weight.mean().item() == pytest.approx(0.0, abs=0.02 * scale)
    assert weight.std().item() == pytest.approx(scale, rel=0.02)
    assert (weight.abs() < 2 * scale).float().mean().item() == pytest.approx(0.954, abs=0.01)


@pytest.mark.parametrize("tuning", TUNINGS)
def test_tokens_get_their_vectors(tuning: EmbeddingTuning) -> None:
    given = table()
    weight = build_embedding(pretraining(tuning=tuning), 30, 0.1, given).weight.detach()
    assert torch.equal(weight[2:22], torch.from_numpy(given.vectors[2:22]))
    assert not np.shares_memory(weight.numpy(), given.vectors)  # it is used again, by other runs


@pytest.mark.parametrize("scale", [0.01, 3.0])
def test_tokens_without_a_vector_start_random_as_long_as_the_others(scale: float) -> None:
    torch.manual_seed(0)
    given = table(rows=1000, dimension=50, scale=scale, found=300)
    weight = build_embedding(pretraining(dimension=50), 1000, 0.1, given).weight.detach()
    found, others = weight[2:302].norm(dim=1), weight[[1, *range(302, 1000)]].norm(dim=1)
    assert others.square().mean().sqrt().item() == pytest.approx(found.square().mean().sqrt().item(), rel=0.05)
    assert len(weight[302:].unique(dim=0)) == 698


def test_a_token_that_has_a_vector_of_zeros_keeps_it() -> None:
    weight = build_embedding(pretraining(), 4, 0.1, Table(np.zeros((4, 7), np.float32), np.array([False, False, True, False]), ())).weight
    assert not weight.any()


@pytest.mark.parametrize("method", get_args(PretrainingMethod))
@pytest.mark.parametrize("tuning", TUNINGS)
def test_when_vectors_are_learnt(method: PretrainingMethod, tuning: EmbeddingTuning) -> None:
    config = pretraining(method, tuning=tuning, frozen_epochs=3)
    frozen = [is_frozen(config, epoch) for epoch in range(5)]
    if method == "none" or tuning == "fine_tuned":
        assert frozen == 5 * [False]
    else:
        assert frozen == ([True] * 5 if tuning == "frozen" else [True, True, True, False, False])
    assert is_ever_learnt(config) == (not all(frozen))
    assert build_embedding(config, 30, 0.1, None).weight.requires_grad == (not frozen[0])
