import math
from collections.abc import Callable, Iterator
from typing import get_args

import pytest
import torch
from torch import Tensor, nn, optim

from autotune.sections import Optimizer, OptimizerName
from autotune.tips.optimizer import build_optimizer

NAMES = get_args(OptimizerName)

# What each should be, in torch's plainest implementation.
PLAIN: dict[str, Callable[[list[nn.Parameter]], optim.Optimizer]] = {
    "sgd": lambda p: optim.SGD(p, lr=0.02, momentum=0.8, fused=False, foreach=False),
    "adagrad": lambda p: optim.Adagrad(p, lr=0.02, fused=False, foreach=False),
    "adadelta": lambda p: optim.Adadelta(p, lr=0.02, foreach=False),
    "adam": lambda p: optim.Adam(p, lr=0.02, betas=(0.7, 0.95), fused=False, foreach=False),
    "adamax": lambda p: optim.Adamax(p, lr=0.02, betas=(0.7, 0.95), foreach=False),
    "nadam": lambda p: optim.NAdam(p, lr=0.02, betas=(0.7, 0.95), foreach=False),
    "adamw": lambda p: optim.AdamW(p, lr=0.02, betas=(0.7, 0.95), weight_decay=0, fused=False, foreach=False),
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.02, momentum=0.8, foreach=False),
}


def parameters() -> list[nn.Parameter]:
    torch.manual_seed(1)
    return [nn.Parameter(torch.randn(5, 3)), nn.Parameter(torch.randn(3))]


def loss(weights: list[nn.Parameter]) -> Tensor:
    return (weights[0].square().sum(dim=0) - weights[1]).square().sum()


def descend(weights: list[nn.Parameter], optimizer: optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        loss(weights).backward()
        optimizer.step()


@pytest.mark.parametrize("name", NAMES)
def test_ten_steps_are_those_of_torchs_plain_implementation(name: str) -> None:
    config = Optimizer(name=name, momentum=0.8, beta1=0.7, beta2=0.95)
    ours, theirs = parameters(), parameters()
    descend(ours, build_optimizer(config, 0.02, ours), 10)
    descend(theirs, PLAIN[name](theirs), 10)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-6)
    assert not torch.equal(ours[0], parameters()[0])


@pytest.mark.parametrize("name", NAMES)
def test_the_rate_in_the_only_group_is_the_rate_of_the_step(name: str) -> None:
    weights = parameters()
    optimizer = build_optimizer(Optimizer(name=name), 0.02, weights)
    (group,) = optimizer.param_groups
    group["lr"] = 0.0
    descend(weights, optimizer, 2)
    torch.testing.assert_close(weights[0], parameters()[0], rtol=0, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_state_survives_saving(name: str) -> None:
    whole, halves = parameters(), parameters()
    descend(whole, build_optimizer(Optimizer(name=name), 0.02, whole), 4)
    first = build_optimizer(Optimizer(name=name), 0.02, halves)
    descend(halves, first, 2)
    second = build_optimizer(Optimizer(name=name), 0.02, halves)
    second.load_state_dict(first.state_dict())
    descend(halves, second, 2)
    torch.testing.assert_close(whole, halves)


def sgd(gradients: list[float], rate: float) -> Iterator[float]:
    velocity = 0.0
    for g in gradients:
        velocity = 0.8 * velocity + g
        yield rate * velocity


def adagrad(gradients: list[float], rate: float) -> Iterator[float]:
    for done in range(len(gradients)):
        yield rate * gradients[done] / math.sqrt(sum(g * g for g in gradients[: done + 1]))


def adadelta(gradients: list[float], rate: float) -> Iterator[float]:
    squares = steps = 0.0
    for g in gradients:
        squares = 0.9 * squares + 0.1 * g * g
        step = math.sqrt(steps + 1e-6) / math.sqrt(squares + 1e-6) * g
        steps = 0.9 * steps + 0.1 * step * step
        yield rate * step


def adam(gradients: list[float], rate: float) -> Iterator[float]:
    mean = square = 0.0
    for t, g in enumerate(gradients, 1):
        mean, square = 0.7 * mean + 0.3 * g, 0.95 * square + 0.05 * g * g
        yield rate * (mean / (1 - 0.7**t)) / math.sqrt(square / (1 - 0.95**t))


def adamax(gradients: list[float], rate: float) -> Iterator[float]:
    mean = largest = 0.0
    for t, g in enumerate(gradients, 1):
        mean, largest = 0.7 * mean + 0.3 * g, max(0.95 * largest, abs(g))
        yield rate / (1 - 0.7**t) * mean / largest


def nadam(gradients: list[float], rate: float) -> Iterator[float]:
    mean = square = 0.0
    product = 1.0
    for t, g in enumerate(gradients, 1):
        now, following = (0.7 * (1 - 0.5 * 0.96 ** (0.004 * step)) for step in (t, t + 1))
        product *= now
        mean, square = 0.7 * mean + 0.3 * g, 0.95 * square + 0.05 * g * g
        looked_ahead = following * mean / (1 - product * following) + (1 - now) * g / (1 - product)
        yield rate * looked_ahead / math.sqrt(square / (1 - 0.95**t))


def rmsprop(gradients: list[float], rate: float) -> Iterator[float]:
    square = velocity = 0.0
    for g in gradients:
        square = 0.99 * square + 0.01 * g * g
        velocity = 0.8 * velocity + g / math.sqrt(square)
        yield rate * velocity


# The steps downwards, in the formulas of the papers; but for Adadelta, whose epsilon drives it, epsilons are left out.
BY_HAND: dict[str, Callable[[list[float], float], Iterator[float]]] = {
    "sgd": sgd, "adagrad": adagrad, "adadelta": adadelta, "adam": adam, "adamax": adamax, "nadam": nadam, "adamw": adam, "rmsprop": rmsprop,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_steps_are_those_of_the_formula(name: str) -> None:
    weight = nn.Parameter(torch.tensor([[2.0]], dtype=torch.float64))
    optimizer = build_optimizer(Optimizer(name=name, momentum=0.8, beta1=0.7, beta2=0.95), 0.02, [weight])
    expected = 2.0
    gradients = [0.5, -2.0, 1.0, 0.25]
    for g, step in zip(gradients, BY_HAND[name](gradients, 0.02), strict=True):
        weight.grad = torch.full((1, 1), g, dtype=torch.float64)
        optimizer.step()
        expected -= step
        assert weight.item() == pytest.approx(expected, abs=1e-6)


def test_nesterov_step_by_hand() -> None:
    weight = nn.Parameter(torch.tensor([[2.0]]))
    optimizer = build_optimizer(Optimizer(name="sgd", momentum=0.5, nesterov=True), 0.1, [weight])
    weight.grad = torch.tensor([[1.0]])
    optimizer.step()
    # The velocity is 1, and the step looks half of it ahead.
    assert weight.item() == pytest.approx(2.0 - 0.1 * 1.5)


def test_nesterov_without_momentum_is_plain_descent() -> None:
    weight = nn.Parameter(torch.tensor([[2.0]]))
    optimizer = build_optimizer(Optimizer(name="sgd", momentum=0.0, nesterov=True), 0.1, [weight])
    weight.grad = torch.tensor([[1.0]])
    optimizer.step()
    assert weight.item() == pytest.approx(1.9)


@pytest.mark.parametrize("momentum", [0.0, 0.8])
@pytest.mark.parametrize("name", ["nadam", "rmsprop"])
def test_many_steps_on_rows_that_are_seldom_seen_are_those_of_torch(name: str, momentum: float) -> None:
    generator = torch.Generator().manual_seed(2)
    start = torch.randn(50, 7, generator=generator)
    ours, theirs = [nn.Parameter(start.clone()), nn.Parameter(torch.ones(3))], [nn.Parameter(start.clone()), nn.Parameter(torch.ones(3))]
    config = Optimizer(name=name, momentum=momentum, beta1=momentum, beta2=0.95)
    mine = build_optimizer(config, 0.01, ours)
    other: optim.Optimizer = optim.RMSprop(theirs, lr=0.01, momentum=momentum, foreach=False)
    if name == "nadam":
        other = optim.NAdam(theirs, lr=0.01, betas=(momentum, 0.95), foreach=False)
    for step in range(200):
        gradient = torch.randn(50, 7, generator=generator) * (torch.rand(50, 1, generator=generator) < 0.1)
        for weights, optimizer in ((ours, mine), (theirs, other)):
            weights[0].grad = gradient.clone()
            # The second one is thawed halfway.
            weights[1].grad = torch.full((3,), 0.5) if step >= 100 else None
            optimizer.step()
            assert torch.equal(weights[0].grad, gradient)
    for one, two in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-5)
    assert mine.state_dict()["state"][0].keys() == other.state_dict()["state"][0].keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_group_without_gradients_is_passed_over(name: str) -> None:
    """Token vectors that are to thaw later are such a group."""
    alone, beside, frozen = parameters(), parameters(), nn.Parameter(torch.ones(2, 2))
    config = Optimizer(name=name, momentum=0.8)
    both = build_optimizer(config, 0.02, beside)
    both.add_param_group({"params": [frozen]})
    descend(alone, build_optimizer(config, 0.02, alone), 3)
    descend(beside, both, 3)
    torch.testing.assert_close(alone, beside, rtol=0, atol=0)
    assert torch.equal(frozen, torch.ones(2, 2))
