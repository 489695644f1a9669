"""Tip 10, feature extraction: features of all positions to one vector. Padding never changes a result."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autotune.sections import Pooling, PoolingName


class Maximum(nn.Module):
    """The largest value of each feature over the text (Collobert et al. 2011, arXiv:1103.0398)."""

    def forward(self, features: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """[B, L, F] to [B, F]."""
        # Adding a mask and `max` take half the time of `masked_fill` and `amax`, above all backwards.
        padding = torch.zeros_like(mask, dtype=features.dtype).masked_fill_(~mask, -torch.inf)
        masked = features + padding.unsqueeze(2)
        # Without a way back nobody needs to know where the largest value was, and `amax` finds it ten times faster.
        return masked.max(dim=1).values if masked.requires_grad else masked.amax(dim=1)


class Average(nn.Module):
    """The mean of each feature over the text."""

    def forward(self, features: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """[B, L, F] to [B, F]."""
        return _weighted_sum(features, mask / lengths.unsqueeze(1))


class Attention(nn.Module):
    """An average whose weights are learnt: softmax(v . tanh(W h + b)) over the text (Yang et al. 2016, doi:10.18653/v1/N16-1174)."""

    def __init__(self, input_width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(input_width, input_width)
        self.context = nn.Linear(input_width, 1, bias=False)

    def weights(self, features: Tensor, mask: Tensor) -> Tensor:
        """How much each position counts, 0 in the padding and 1 in sum: [B, L, F] to [B, L]."""
        scores: Tensor = self.context(torch.tanh(self.hidden(features))).squeeze(2)
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)

    def forward(self, features: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """[B, L, F] to [B, F]."""
        return _weighted_sum(features, self.weights(features, mask))


class Last(nn.Module):
    """The features of the last token; of a backward direction, which ends at the first token, those of the first.

    Args:
        bidirectional: whether the second half of the features comes from a backward direction.
    """

    def __init__(self, bidirectional: bool) -> None:
        super().__init__()
        self.bidirectional = bidirectional

    def forward(self, features: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """[B, L, F] to [B, F]."""
        last = features[torch.arange(features.shape[0], device=features.device), lengths - 1]
        if not self.bidirectional:
            return last
        half = features.shape[2] // 2
        return torch.cat([last[:, :half], features[:, 0, half:]], dim=1)


def _weighted_sum(features: Tensor, weights: Tensor) -> Tensor:
    """Features [B, L, F] and weights [B, L] to [B, F]."""
    return torch.bmm(weights.unsqueeze(1), features).squeeze(1)


POOLINGS: dict[PoolingName, Callable[[int, bool], nn.Module]] = {
    "max": lambda width, bidirectional: Maximum(),
    "average": lambda width, bidirectional: Average(),
    "attention": lambda width, bidirectional: Attention(width),
    "last": lambda width, bidirectional: Last(bidirectional),
}


def build_pooling(config: Pooling, input_width: int, bidirectional: bool) -> nn.Module:
    """The pooling that `config` names; its `forward(features [B, L, F], lengths [B], mask [B, L])` gives [B, F].

    Args:
        config: the section `pooling`.
        input_width: F.
        bidirectional: whether the second half of the features comes from a backward direction.
    """
    return POOLINGS[config.name](input_width, bidirectional)
