from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from autotune.sections import Regularization
from autotune.tips.regularization import Regularizer


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(9, 4, padding_idx=0), nn.Conv1d(4, 4, 1), nn.Flatten(), nn.Linear(16, 3))


def loss(module: nn.Sequential) -> Tensor:
    ids = torch.tensor([[3, 1, 4, 0], [5, 2, 6, 5]])
    logits: Tensor = module(ids)
    return nn.functional.cross_entropy(logits, torch.tensor([0, 2]))


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.2), (0.1, 0.2)])
def test_gradients_are_those_of_the_penalty_in_the_loss(l1: float, l2: float) -> None:
    ours, theirs = network(), network()
    regularizer = Regularizer(Regularization(l1=l1, l2=l2))
    loss(ours).backward()
    regularizer.before_step(ours.parameters(), 0.1)
    matrices = [weight for weight in theirs.parameters() if weight.dim() >= 2]
    penalty = sum((l1 * weight.abs().sum() + l2 * weight.pow(2).sum() for weight in matrices), torch.zeros(()))
    torch.testing.assert_close(regularizer.penalty(theirs.parameters()), penalty)
    (loss(theirs) + penalty).backward()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad)
        torch.testing.assert_close(mine, other)


def test_weight_decay_is_that_of_adamw() -> None:
    ours, theirs = nn.Linear(6, 5, bias=False), nn.Linear(6, 5, bias=False)
    theirs.load_state_dict(ours.state_dict())
    regularizer = Regularizer(Regularization(weight_decay=0.3))
    plain = torch.optim.AdamW(ours.parameters(), lr=0.05, weight_decay=0.0)
    decayed = torch.optim.AdamW(theirs.parameters(), lr=0.05, weight_decay=0.3)
    x = torch.randn(8, 6)
    for _ in range(5):
        for layer in (ours, theirs):
            layer.zero_grad()
            layer(x).square().sum().backward()
        regularizer.before_step(ours.parameters(), 0.05)
        plain.step()
        decayed.step()
    torch.testing.assert_close(ours.weight, theirs.weight)


def test_penalties_see_the_weights_before_the_decay() -> None:
    weight = nn.Parameter(torch.tensor([[2.0]]))
    weight.grad = torch.zeros(1, 1)
    Regularizer(Regularization(l2=0.5, weight_decay=1.0)).before_step([weight], 0.5)
    assert weight.grad.item() == 2.0
    assert weight.item() == 1.0


def test_biases_and_weights_without_gradient_are_left_alone() -> None:
    module = network()
    module[0].weight.requires_grad_(False)
    before = {name: weight.clone() for name, weight in module.state_dict().items()}
    Regularizer(Regularization(l1=0.1, weight_decay=1.0)).before_step(module.parameters(), 0.5)
    loss(module).backward()
    Regularizer(Regularization(weight_decay=1.0)).before_step(module.parameters(), 0.5)
    changed = {name for name, weight in module.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed == {"1.weight", "3.weight"}


def test_inactive_it_does_not_even_look() -> None:
    def untouchable() -> object:
        raise AssertionError
        yield

    Regularizer(Regularization()).before_step(untouchable(), 0.1)  # type: ignore[arg-type]


def test_l1_makes_weights_sparse() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 20)
    y = x[:, :1] * 2
    small = []
    for l1 in (0.0, 0.05, 0.5):
        layer = nn.Linear(20, 1)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.01)
        for _ in range(400):
            optimizer.zero_grad()
            (layer(x) + 0.1 * torch.randn(64, 1) - y).square().mean().backward()
            Regularizer(Regularization(l1=l1)).before_step(layer.parameters(), 0.01)
            optimizer.step()
        small.append(layer.weight.abs().sum().item())
    assert all(more > less for more, less in pairwise(small))
