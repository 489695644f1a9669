"""The texts that word2vec and GloVe learn from, as token ids."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autotune.errors import VectorError


@dataclass(frozen=True)
class Corpus:
    """Token ids of many texts, end to end.

    Args:
        ids: [tokens in total] int32, each below `tokens`.
        offsets: [texts + 1] int64; text i is `ids[offsets[i] : offsets[i + 1]]`.
        tokens: how many different ids there are.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    tokens: int

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each id occurs: [tokens] int64."""
        return np.bincount(self.ids, minlength=self.tokens)

    def joined(self, other: "Corpus") -> "Corpus":
        """The texts of both."""
        offsets = np.concatenate((self.offsets, self.offsets[-1] + other.offsets[1:]))
        return Corpus(np.concatenate((self.ids, other.ids)), offsets, self.tokens)

    def frequent(self, minimum_count: int) -> "Corpus":
        """The texts without the tokens that are seen less than `minimum_count` times; those at either side of a gap become neighbours.

        Raises:
            VectorError: no text is left in which two tokens stand side by side.
        """
        counts = self.counts
        kept = counts[self.ids] >= minimum_count
        before = np.concatenate(([0], np.cumsum(kept)))
        offsets = before[self.offsets]
        if not (np.diff(offsets) >= 2).any():
            raise VectorError(
                f"too few texts to learn token vectors from: with pretraining.minimum_count {minimum_count} no text keeps two tokens "
                f"(the most frequent token occurs {counts.max(initial=0)} times in {len(self.offsets) - 1} texts)",
                "set pretraining.minimum_count lower, give more texts with --unlabeled FILE, or set pretraining.method to none",
            )
        return Corpus(self.ids[kept], offsets, self.tokens)
