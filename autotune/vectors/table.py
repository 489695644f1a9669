"""One vector for each token of a vocabulary, as far as there is one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Table:
    """What pre-training gives.

    Args:
        vectors: [tokens, dimension] float32, zero where nothing was found.
        found: [tokens] bool, whether the token has a vector.
        notes: a sentence for the user on each thing worth knowing.
    """

    vectors: NDArray[np.float32]
    found: NDArray[np.bool_]
    notes: tuple[str, ...]


def coverage(found: int, tokens: Sequence[str | None]) -> str:
    """`1,200 of 1,500 tokens (80 %)`; ids without a token, None, do not count."""
    whole = sum(token is not None for token in tokens)
    return f"{found:,} of {whole:,} tokens ({100 * found / max(whole, 1):.0f} %)"
