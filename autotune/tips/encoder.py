"""Tip 9, feature learning: token vectors to features, position by position. Padding never changes a result."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autotune.sections import Activation, Encoder, EncoderName
from autotune.tips.activation import build_activation
from autotune.tips.dropout import build_dropout


class SequenceEncoder(nn.Module):
    """What all encoders have in common.

    `forward(x [B, L, D], lengths [B], mask [B, L])` gives [B, L, output_width], of which only the real positions mean anything. The mask is
    true at real positions, which come first; every text has at least one.
    """

    output_width: int


class TokenVectors(SequenceEncoder):
    """No encoder at all: the features are the token vectors, as in fastText (Joulin et al. 2017, arXiv:1607.01759)."""

    def __init__(self, input_width: int) -> None:
        super().__init__()
        self.output_width = input_width

    def forward(self, x: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """[B, L, D] to the same [B, L, D]."""
        return x


class Convolution(SequenceEncoder):
    """Layers of kernels of several sizes side by side (Kim 2014, arXiv:1408.5882), dropout behind every layer.

    Args:
        config: the section `encoder`.
        activation: the section `activation`.
        dropout: the rate.
        input_width: D.
    """

    def __init__(self, config: Encoder, activation: Activation, dropout: float, input_width: int) -> None:
        super().__init__()
        self.output_width = config.width * len(config.kernel_sizes)
        widths = [input_width] + [self.output_width] * (config.layers - 1)
        self.layers = nn.ModuleList(Kernels(width, config.width, config.kernel_sizes) for width in widths)
        self.activation = build_activation(activation)
        self.dropout = build_dropout(dropout)

    def forward(self, x: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """[B, L, D] to [B, L, output_width]; any L from 1, however large the kernels."""
        real = mask.unsqueeze(2)
        for layer in self.layers:
            x = self.dropout(self.activation(layer(x * real)))
        return x


class Kernels(nn.Module):
    """Convolutions of several sizes over the same positions: [B, L, D] to [B, L, len(sizes) * width]."""

    def __init__(self, input_width: int, width: int, sizes: tuple[int, ...]) -> None:
        super().__init__()
        # A [B, L, D] tensor seen as an image of height 1 already lies in memory as oneDNN wants it for two dimensions; in one
        # dimension it would be copied, which takes up to a third longer.
        self.sizes = nn.ModuleList(nn.Conv2d(input_width, width, (1, size), padding=(0, size // 2)) for size in sizes)

    def forward(self, x: Tensor) -> Tensor:
        """The features of every position; beyond both ends there are zeros."""
        image = x.transpose(1, 2).unsqueeze(2)
        # An even size yields one position too many, at the front.
        features = torch.cat([convolution(image)[..., -x.shape[1] :] for convolution in self.sizes], dim=1)
        return features.squeeze(2).transpose(1, 2)


class Recurrence(SequenceEncoder):
    """Recurrent layers in one or two directions, dropout behind every layer.

    The backward direction reads every text reversed by its own length, and not a packed sequence: that gives the same numbers, yet
    packing takes about three times as long on CPU.

    Args:
        config: the section `encoder`.
        cell: `nn.RNN`, `nn.LSTM` or `nn.GRU`.
        dropout: the rate.
        input_width: D.
    """

    def __init__(self, config: Encoder, cell: Callable[..., nn.RNNBase], dropout: float, input_width: int) -> None:
        super().__init__()
        self.output_width = config.width * (2 if config.bidirectional else 1)
        widths = [input_width] + [self.output_width] * (config.layers - 1)
        self.forwards = nn.ModuleList(cell(width, config.width, batch_first=True) for width in widths)
        self.backwards = nn.ModuleList(cell(width, config.width, batch_first=True) for width in widths if config.bidirectional)
        self.dropout = build_dropout(dropout)

    def forward(self, x: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """[B, L, D] to [B, L, output_width]: the forward states of every position, then the backward ones."""
        if not self.backwards:
            for ahead in self.forwards:
                x = self.dropout(ahead(x)[0])
            return x
        reversal = _reversal(lengths, mask)
        for ahead, back in zip(self.forwards, self.backwards, strict=True):
            states = _reorder(back(_reorder(x, reversal))[0], reversal)
            x = self.dropout(torch.cat([ahead(x)[0], states], dim=2))
        return x


def _reversal(lengths: Tensor, mask: Tensor) -> Tensor:
    """For each of the B x L positions the one it changes places with, when every text is reversed and its padding stays: [B * L]."""
    positions = torch.arange(mask.shape[1], device=mask.device)
    partners = torch.where(mask, lengths.unsqueeze(1) - 1 - positions, positions)
    starts = torch.arange(mask.shape[0], device=mask.device).unsqueeze(1) * mask.shape[1]
    return (starts + partners).flatten()


def _reorder(x: Tensor, order: Tensor) -> Tensor:
    """The positions of x [B, L, F] in another order [B * L]."""
    return x.flatten(0, 1).index_select(0, order).view_as(x)


Build = Callable[[Encoder, Activation, float, int], SequenceEncoder]

ENCODERS: dict[EncoderName, Build] = {
    "none": lambda config, activation, dropout, width: TokenVectors(width),
    "cnn": Convolution,
    "rnn": lambda config, activation, dropout, width: Recurrence(config, nn.RNN, dropout, width),
    "lstm": lambda config, activation, dropout, width: Recurrence(config, nn.LSTM, dropout, width),
    "gru": lambda config, activation, dropout, width: Recurrence(config, nn.GRU, dropout, width),
}


def build_encoder(config: Encoder, activation: Activation, dropout: float, input_width: int) -> SequenceEncoder:
    """The encoder that `config` names.

    Args:
        config: the section `encoder`.
        activation: the section `activation`, for the convolution.
        dropout: the rate behind every layer, that is between layers and at the output; `none` has no layer.
        input_width: D.
    """
    return ENCODERS[config.name](config, activation, dropout, input_width)
