"""Tip 7, pre-training: where the token vectors come from."""

import torch
from torch import nn

from autotune.config import Pretraining


def build_embedding(config: Pretraining, vocabulary_size: int, scale: float) -> nn.Embedding:
    """Token ids [B, L] to token vectors [B, L, dimension]; id 0, the padding, is the zero vector and stays so.

    Args:
        config: the section `pretraining`.
        vocabulary_size: how many ids there are, padding and unknown included.
        scale: standard deviation of vectors that start random.
    """
    embedding = nn.Embedding(vocabulary_size, config.dimension, padding_idx=0)
    # torch has drawn them from N(0, 1), the padding aside.
    with torch.no_grad():
        embedding.weight.mul_(scale)
    return embedding
