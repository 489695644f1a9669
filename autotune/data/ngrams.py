"""Runs of tokens as features: which of them the training texts repeat, and what each is worth."""

from dataclasses import dataclass

import torch
from torch import Tensor

from autotune.data.tokens import EncodedTexts

BUCKETS = 2**20
"""Runs are told apart by a hash of so many values: of 100,000 features one in eleven shares its value with another."""

_PRIME = 2**31 - 1
_FACTOR = 1_000_003
_CHUNK = 4096  # texts; bounds the memory of counting


@dataclass(frozen=True)
class Ngrams:
    """The runs that count as features, numbered from 1; 0 stands for all others.

    Args:
        buckets: [F] int32, the hash of each feature, the most frequent first.
        weights: [F + 1] float32, the inverse document frequency of each, 0 for feature 0.
    """

    buckets: Tensor
    weights: Tensor


def hashed(ids: Tensor, length: int) -> Tensor:
    """The hash of every run of `length` tokens: ids [..., L] int64 to [..., L - length + 1] int64 below BUCKETS."""
    key = torch.full_like(ids, length)
    # No product exceeds 63 bits, so that every device and every runtime gives the same numbers.
    for offset in range(length):
        key = (key[..., : ids.shape[-1] - offset] * _FACTOR + ids[..., offset:]) % _PRIME
    return key % BUCKETS


def count_ngrams(texts: EncodedTexts, longest: int, minimum_frequency: int, most: int) -> Ngrams:
    """The runs of 1 to `longest` tokens that occur in at least `minimum_frequency` of the texts, at most the `most` frequent ones.

    The weight of a run in d of N texts is ln((1 + N) / (1 + d)) + 1 (Salton & Buckley 1988, smoothed as in scikit-learn).
    """
    frequency = torch.zeros(BUCKETS, dtype=torch.int64)
    for first in range(0, len(texts), _CHUNK):
        offsets = texts.offsets[first : first + _CHUNK + 1]
        ids = texts.ids[offsets[0] : offsets[-1]].long()
        owner = torch.repeat_interleave(torch.arange(len(offsets) - 1), offsets.diff())
        for length in range(1, min(longest, len(ids)) + 1):
            inside = owner[: len(owner) - length + 1] == owner[length - 1 :]
            pairs = (owner[: len(inside)] * BUCKETS + hashed(ids, length))[inside]
            frequency += torch.bincount(torch.unique(pairs) % BUCKETS, minlength=BUCKETS)
    order = torch.sort(frequency, descending=True, stable=True).indices[:most]
    buckets = order[frequency[order] >= minimum_frequency]
    weights = torch.zeros(len(buckets) + 1)
    weights[1:] = torch.log((1 + len(texts)) / (1 + frequency[buckets])) + 1
    return Ngrams(buckets.int(), weights)
