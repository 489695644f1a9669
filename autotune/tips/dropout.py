"""Tip 3, dropout: against over-fitting, above all on little data (Srivastava et al. 2014)."""

from torch import nn


def build_word_dropout(rate: float) -> nn.Module:
    """Zeroes whole token vectors: maps [B, L, D] to [B, L, D], each of the B x L tokens kept or dropped as one.

    Dropping single numbers of a vector hides little, since the others still name the word (Gal & Ghahramani 2016, arXiv:1512.05287).
    Unlike theirs, a word that occurs twice is drawn twice.

    Args:
        rate: the share of tokens to drop, 0 to below 1; what stays is scaled by 1 / (1 - rate). At 0 nothing is computed.
    """
    # To torch dim 1 is the channel: it drops "channels", which here are tokens.
    return nn.Dropout1d(rate) if rate else nn.Identity()


def build_dropout(rate: float) -> nn.Module:
    """Zeroes single numbers of a tensor of any shape.

    Args:
        rate: the share of numbers to drop, 0 to below 1; what stays is scaled by 1 / (1 - rate). At 0 nothing is computed.
    """
    return nn.Dropout(rate) if rate else nn.Identity()
