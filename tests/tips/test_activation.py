import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch

from autotune.sections import Activation, ActivationName
from autotune.tips.activation import build_activation

FORMULAS: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": lambda x: (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1),
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + math.exp(-x)),
}


@pytest.mark.parametrize("name", get_args(ActivationName))
def test_values_are_those_of_the_formula(name: str) -> None:
    x = torch.linspace(-4, 4, 41, dtype=torch.float64).reshape(1, 41, 1)
    y = build_activation(Activation(name=name))(x)
    assert y.shape == x.shape
    assert y.flatten().tolist() == pytest.approx([FORMULAS[name](value) for value in x.flatten().tolist()], abs=1e-9)
