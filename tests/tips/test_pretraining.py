from typing import get_args

import pytest
import torch

from autotune.config import Pretraining
from autotune.tips.pretraining import build_embedding


@pytest.mark.parametrize("method", get_args(Pretraining.model_fields["method"].annotation))
def test_padding_is_zero_and_learns_nothing(method: str) -> None:
    embedding = build_embedding(Pretraining(method=method, dimension=7), 30, 0.1)
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
