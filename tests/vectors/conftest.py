"""What the tests of several ways to token vectors share: a small corpus with structure."""

import numpy as np
import pytest

from autotune.vectors.corpus import Corpus

TOKENS = 14
"""Ids 2 to 7 are one topic, 8 to 13 another; 0 is padding and 1 unknown, as everywhere."""


def corpus_of(*texts: list[int], tokens: int = TOKENS) -> Corpus:
    """The corpus of these texts."""
    lengths = [0, *(len(text) for text in texts)]
    return Corpus(np.array([token for text in texts for token in text], np.int32), np.cumsum(lengths).astype(np.int64), tokens)


@pytest.fixture(scope="session")
def two_topics() -> Corpus:
    random = np.random.default_rng(0)
    texts = [random.integers(2, 8, 9) + 6 * (number % 2) for number in range(400)]
    return corpus_of(*(text.tolist() for text in texts))


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Cosine of the angle between any two of them."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T
