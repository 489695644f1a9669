"""Tip 7, pre-training: where the token vectors come from."""

import torch
from torch import nn

from autotune.sections import Pretraining
from autotune.vectors.table import Table


def build_embedding(config: Pretraining, vocabulary_size: int, scale: float, table: Table | None = None) -> nn.Embedding:
    """Token ids [B, L] to token vectors [B, L, dimension]; id 0, the padding, is the zero vector and stays so.

    Args:
        config: the section `pretraining`.
        vocabulary_size: how many ids there are, padding and unknown included.
        scale: standard deviation of vectors that start random where there is no table.
        table: pre-trained vectors, one row for each id. Tokens without one start random, as long as the others are on average: much
            longer ones would drown them in every pooling, much shorter ones would not be heard (as in Kim 2014, arXiv:1408.5882).
    """
    embedding = nn.Embedding(vocabulary_size, config.dimension, padding_idx=0)
    # torch has drawn them from N(0, 1), the padding aside.
    with torch.no_grad():
        if table is None:
            embedding.weight.mul_(scale)
        else:
            vectors, found = torch.from_numpy(table.vectors), torch.from_numpy(table.found)
            embedding.weight.mul_(vectors[found].square().mean().sqrt())
            embedding.weight[found] = vectors[found]
            embedding.weight[0] = 0.0
    embedding.weight.requires_grad_(not is_frozen(config, 0))
    return embedding


def is_frozen(config: Pretraining, epoch: int) -> bool:
    """Whether token vectors are kept as they are in an epoch, counted from 0. Vectors that are not pre-trained never are."""
    if config.method == "none" or config.tuning == "fine_tuned":
        return False
    return config.tuning == "frozen" or epoch < config.frozen_epochs


def is_ever_learnt(config: Pretraining) -> bool:
    """Whether token vectors are learnt with the classifier in any epoch; if not, no optimizer needs to see them."""
    return config.method == "none" or config.tuning != "frozen"
