from typing import TYPE_CHECKING, get_args

import pytest
import torch
from torch import Tensor, nn

from autotune.sections import Pooling, PoolingName
from autotune.tips.pooling import Attention, build_pooling

if TYPE_CHECKING:
    from tests.tips.conftest import Vectors

NAMES = get_args(PoolingName)
CASES = [(name, bidirectional) for name in NAMES for bidirectional in (False, True)]


def build(name: str, bidirectional: bool = False) -> nn.Module:
    torch.manual_seed(0)
    return build_pooling(Pooling(name=name), 6, bidirectional)


def expected(name: str, bidirectional: bool, pooling: nn.Module, text: Tensor) -> Tensor:
    """The pooled vector of one text [L, 6] without padding."""
    if name == "max":
        return torch.stack([max(column) for column in text.T])
    if name == "average":
        return text.sum(dim=0) / len(text)
    if name == "attention":
        assert isinstance(pooling, Attention)
        scores = [
            (pooling.context.weight[0] * torch.tanh(pooling.hidden.weight @ token + pooling.hidden.bias)).sum().exp() for token in text
        ]
        return sum((score * token for score, token in zip(scores, text, strict=True)), torch.zeros(6)) / sum(scores)
    return torch.cat([text[-1, :3], text[0, 3:]]) if bidirectional else text[-1]


@pytest.mark.parametrize(("name", "bidirectional"), CASES)
def test_result_is_that_of_the_formula_on_each_text(name: str, bidirectional: bool, vectors: "Vectors") -> None:
    pooling = build(name, bidirectional)
    pooled = pooling(*vectors)
    assert pooled.shape == (4, 6)
    for row, length in enumerate(vectors.lengths.tolist()):
        torch.testing.assert_close(pooled[row], expected(name, bidirectional, pooling, vectors.x[row, :length]), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("name", "bidirectional"), CASES)
def test_gradients_reach_real_positions_and_weights_only(name: str, bidirectional: bool, vectors: "Vectors") -> None:
    pooling = build(name, bidirectional)
    x = vectors.x.clone().requires_grad_()
    pooling(x, vectors.lengths, vectors.mask).square().sum().backward()
    assert x.grad is not None
    assert not x.grad[~vectors.mask].any()
    assert x.grad.any(dim=1).any(dim=1).all()
    assert all(weight.grad is not None and weight.grad.any() for weight in pooling.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_weights_survive_saving(name: str, vectors: "Vectors") -> None:
    pooling = build(name)
    torch.manual_seed(9)
    other = build_pooling(Pooling(name=name), 6, False)
    other.load_state_dict(pooling.state_dict())
    assert torch.equal(other(*vectors), pooling(*vectors))


def test_attention_weights_are_shares_of_the_real_tokens(vectors: "Vectors") -> None:
    pooling = build("attention")
    assert isinstance(pooling, Attention)
    weights = pooling.weights(vectors.x, vectors.mask)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(4))
    assert not weights[~vectors.mask].any()
    assert weights[1, 0].item() == 1.0
    assert (weights[vectors.mask] > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_without_gradients_the_result_is_the_same_bit_for_bit(name: str, vectors: "Vectors") -> None:
    pooling, learnt = build(name), vectors.x.clone().requires_grad_()
    with torch.inference_mode():
        scored = pooling(*vectors)
    assert torch.equal(scored, pooling(learnt, vectors.lengths, vectors.mask))
    with torch.inference_mode():
        assert pooling(vectors.x.index_fill(2, torch.tensor(0), torch.nan), vectors.lengths, vectors.mask)[:, 0].isnan().all()
