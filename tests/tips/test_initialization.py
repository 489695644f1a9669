import math
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from autotune.sections import Activation, Encoder, Initialization, InitializationName
from autotune.tips.encoder import build_encoder
from autotune.tips.initialization import initialize

NAMES = get_args(InitializationName)
RANDOM = [name for name in NAMES if name not in ("zeros", "default")]

# The standard deviation that each gives a matrix [out, in].
DEVIATION = {
    "uniform": lambda rows, columns: 0.2 / math.sqrt(3),
    "normal": lambda rows, columns: 0.2,
    "orthogonal": lambda rows, columns: 1 / math.sqrt(max(rows, columns)),
    "xavier_uniform": lambda rows, columns: math.sqrt(2 / (rows + columns)),
    "xavier_normal": lambda rows, columns: math.sqrt(2 / (rows + columns)),
    "kaiming_uniform": lambda rows, columns: math.sqrt(2 / columns),
    "kaiming_normal": lambda rows, columns: math.sqrt(2 / columns),
}


def config(name: str) -> Initialization:
    return Initialization(name=name, scale=0.2)


def network() -> nn.ModuleDict:
    """All kinds of layers that a classifier is made of."""
    parts = {
        name: build_encoder(Encoder(name=name, width=64, kernel_sizes=(2, 3), layers=2), Activation(), 0.0, 40)
        for name in ("cnn", "rnn", "lstm", "gru")
    }
    return nn.ModuleDict(parts | {"head": nn.Linear(80, 90)})


def matrices(module: nn.Module) -> list[Tensor]:
    """Every weight matrix [out, in], the gates apart."""
    found = []
    for name, weight in module.named_parameters():
        gates = {"lstm": 4, "gru": 3}.get(name.partition(".")[0], 1)
        if weight.dim() >= 2:
            found += weight.detach().reshape(len(weight), -1).chunk(gates)
    return found


@pytest.mark.parametrize("name", RANDOM)
def test_spread_of_every_matrix(name: str) -> None:
    torch.manual_seed(0)
    module = network()
    initialize(module, config(name))
    for matrix in matrices(module):
        deviation = DEVIATION[name](*matrix.shape)
        assert matrix.mean().item() == pytest.approx(0.0, abs=0.1 * deviation)
        assert matrix.std().item() == pytest.approx(deviation, rel=0.08)


def test_uniform_keeps_its_bounds() -> None:
    module = network()
    initialize(module, config("uniform"))
    assert all(0.19 < matrix.abs().max().item() <= 0.2 for matrix in matrices(module))


def test_orthogonal_matrices_are_orthogonal_gate_by_gate() -> None:
    module = network()
    initialize(module, config("orthogonal"))
    for matrix in matrices(module):
        short = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
        torch.testing.assert_close(short @ short.T, torch.eye(len(short)), rtol=0, atol=1e-5)


def test_zeros() -> None:
    module = network()
    initialize(module, config("zeros"))
    assert not any(matrix.any() for matrix in matrices(module))


def test_default_changes_nothing_and_draws_nothing() -> None:
    module = network()
    before = {name: weight.clone() for name, weight in module.state_dict().items()}
    state = torch.get_rng_state()
    initialize(module, config("default"))
    assert all(torch.equal(weight, before[name]) for name, weight in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "default"])
def test_biases_are_zero_but_for_the_forget_gate(name: str) -> None:
    module = network()
    initialize(module, config(name))
    for path, bias in module.named_parameters():
        if bias.dim() == 1:
            expected = torch.zeros_like(bias)
            if path.startswith("lstm") and "bias_ih" in path:
                expected[64:128] = 1
            assert torch.equal(bias, expected), path


@pytest.mark.parametrize("name", RANDOM)
def test_same_seed_same_weights(name: str) -> None:
    drawn = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        layer = nn.Linear(4, 4)
        initialize(layer, config(name))
        drawn.append(layer.weight)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
