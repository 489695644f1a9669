"""Tip 4, initialization: where the weights start."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autotune.sections import Initialization, InitializationName

Filler = Callable[[Tensor, Initialization], object]

FILLERS: dict[InitializationName, Filler] = {
    "zeros": lambda matrix, config: nn.init.zeros_(matrix),
    "uniform": lambda matrix, config: nn.init.uniform_(matrix, -config.scale, config.scale),
    "normal": lambda matrix, config: nn.init.normal_(matrix, std=config.scale),
    "orthogonal": lambda matrix, config: nn.init.orthogonal_(matrix),
    "xavier_uniform": lambda matrix, config: nn.init.xavier_uniform_(matrix),
    "xavier_normal": lambda matrix, config: nn.init.xavier_normal_(matrix),
    "kaiming_uniform": lambda matrix, config: nn.init.kaiming_uniform_(matrix, nonlinearity="relu"),
    "kaiming_normal": lambda matrix, config: nn.init.kaiming_normal_(matrix, nonlinearity="relu"),
}
"""How each fills a matrix [out, in] in place. `default` is not among them: it leaves everything as torch made it.

Sources: orthogonal Saxe et al. 2014, arXiv:1312.6120; Xavier Glorot & Bengio 2010; Kaiming He et al. 2015, arXiv:1502.01852.
"""


@torch.no_grad()
def initialize(module: nn.Module, config: Initialization) -> None:
    """Fills every weight matrix inside `module` and sets every bias to zero, in place; `default` changes nothing.

    A convolution [out, in, ..., k] counts as the matrix [out, in * k]. The gates of a recurrent layer are matrices of their own, though
    torch stacks them. The forget gate of an LSTM gets a bias of 1, without which it forgets half of everything at every
    token (Jozefowicz et al. 2015).

    Args:
        module: all that is to be filled; its token vectors must not be inside.
        config: the section `initialization`.
    """
    if config.name == "default":
        return
    fill = FILLERS[config.name]
    for layer in module.modules():
        for weight in layer.parameters(recurse=False):
            if weight.dim() < 2:
                weight.zero_()
                continue
            gates = weight.shape[0] // layer.hidden_size if isinstance(layer, nn.RNNBase) else 1
            for matrix in weight.flatten(1).chunk(gates):
                fill(matrix, config)
        if isinstance(layer, nn.LSTM):
            _open_forget_gates(layer)


def _open_forget_gates(lstm: nn.LSTM) -> None:
    # torch stacks the gates as input, forget, cell, output, and adds its two biases: only one may be 1.
    for name, bias in lstm.named_parameters():
        if name.startswith("bias_ih"):
            bias.chunk(4)[1].fill_(1.0)
