"""Tip 8, activation: the non-linearity of the convolution and of the dense layer."""

from collections.abc import Callable

from torch import nn

from autotune.sections import Activation, ActivationName

ACTIVATIONS: dict[ActivationName, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


def build_activation(config: Activation) -> nn.Module:
    """The non-linearity that `config` names; it keeps the shape of what it is given."""
    return ACTIVATIONS[config.name]()
