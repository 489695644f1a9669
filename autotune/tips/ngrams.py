"""Beyond the twelve tips: runs of tokens that go straight to the output, beside the encoder."""

import torch
from torch import Tensor, nn

from autotune.data.ngrams import BUCKETS, Ngrams, hashed

_SCALE = 3.0
"""The length of the feature vector of every text. At the rates that suit the network, shorter ones are learnt too slowly to matter."""


class WideBranch(nn.Module):
    """A linear model on the n-grams of a text, learnt together with the network (Cheng et al. 2016, arXiv:1606.07792).

    What it sees is close to TF-IDF: every occurrence counts with its inverse document frequency, and all texts have vectors of
    one length. On little data it is the part that learns first.

    Args:
        ngrams: the features, F of them.
        longest: tokens in the longest n-gram.
        classes: C.
        dropout: the share of occurrences to leave out in training.
    """

    buckets: Tensor
    weights: Tensor
    numbers: Tensor

    def __init__(self, ngrams: Ngrams, longest: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.longest = longest
        self.dropout = dropout
        self.register_buffer("buckets", ngrams.buckets)
        self.register_buffer("weights", ngrams.weights)
        numbers = torch.zeros(BUCKETS, dtype=torch.int64)
        numbers[ngrams.buckets.long()] = torch.arange(1, len(ngrams.buckets) + 1)
        self.register_buffer("numbers", numbers, persistent=False)
        self.logits = nn.Embedding(len(ngrams.weights), classes, padding_idx=0)
        nn.init.zeros_(self.logits.weight)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Token ids [B, L], padded on the right, and true lengths [B] to logits [B, C]; zero for a text without any feature."""
        features = self._features(ids, lengths)
        if self.training and self.dropout:
            features = features * (torch.rand(features.shape, device=features.device) >= self.dropout)
        weights = self.weights[features]
        weights = weights * (_SCALE / weights.square().sum(dim=1, keepdim=True).sqrt().clamp(min=1.0))
        return torch.bmm(weights.unsqueeze(1), self.logits(features)).squeeze(1)

    def _features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """The feature of every run of every length, 0 where there is none: [B, up to L * longest]."""
        found = []
        for length in range(1, min(self.longest, ids.shape[1]) + 1):
            runs = hashed(ids, length)
            real = torch.arange(length, ids.shape[1] + 1, device=ids.device) <= lengths.unsqueeze(1)
            found.append(self.numbers[runs] * real)
        return torch.cat(found, dim=1)
