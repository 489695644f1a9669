"""GloVe on token ids: co-occurrence counts, then weighted least squares on their logarithms (Pennington, Socher & Manning 2014)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from autotune.sections import Pretraining
from autotune.vectors.corpus import Corpus
from autotune.vectors.table import Table

X_MAX = 100.0
"""Pairs that are counted so often or more weigh 1 ..."""

ALPHA = 0.75
"""... and rarer ones (count / X_MAX) to this power."""

LEARNING_RATE = 0.05
BATCH = 8192
_NO_DIVISION_BY_ZERO = 1e-8
_PAIRS_AT_ONCE = 4_000_000

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


def train_glove(corpus: Corpus, config: Pretraining, seed: int) -> Table:
    """Vectors of the tokens that occur at least `minimum_count` times: the sums of their word and context vectors.

    Equal input gives equal vectors, bit for bit.

    Raises:
        VectorError: too few texts for the minimum count.
    """
    kept = corpus.frequent(config.minimum_count)
    used = np.flatnonzero(kept.counts)
    pairs = co_occurrences(kept, config.window)[used][:, used].tocoo()
    vectors = np.zeros((corpus.tokens, config.dimension), dtype=np.float32)
    vectors[used] = fit_pairs(Pairs(pairs.row, pairs.col, pairs.data), len(used), config.dimension, config.epochs, seed)
    return Table(vectors, kept.counts > 0, ())


def co_occurrences(corpus: Corpus, window: int, pairs_at_once: int = _PAIRS_AT_ONCE) -> sparse.csr_matrix:
    """X[i, j]: how often the tokens i and j stand within `window` places of each other in a text, each time counted as 1 / distance.

    Args:
        pairs_at_once: so many are written down before they are counted together.

    Returns:
        A symmetric matrix [tokens, tokens] of float64.
    """
    shape = (corpus.tokens, corpus.tokens)
    total = sparse.csr_matrix(shape, dtype=np.float64)
    ends = np.repeat(corpus.offsets[1:], np.diff(corpus.offsets))
    step = max(1, pairs_at_once // window)
    for start in range(0, len(corpus.ids), step):
        places = np.arange(start, min(start + step, len(corpus.ids)))
        left, right, weights = [], [], []
        for distance in range(1, window + 1):
            places = places[places + distance < ends[places]]
            left.append(corpus.ids[places])
            right.append(corpus.ids[places + distance])
            weights.append(np.full(len(places), 1 / distance))
        # Pairs that come again are added up on the way to rows.
        total += sparse.coo_matrix((np.concatenate(weights), (np.concatenate(left), np.concatenate(right))), shape).tocsr()
    return total + total.T


@dataclass(frozen=True)
class Pairs:
    """Words, contexts and their counts, [pairs] each; a pair occurs once."""

    i: Integers
    j: Integers
    x: NDArray[np.float64]


def fit_pairs(pairs: Pairs, tokens: int, dimension: int, epochs: int, seed: int, batch: int = BATCH) -> Floats:
    """Least squares by AdaGrad (Duchi et al. 2011), in batches of random pairs.

    The loss of a pair is weight(x) * (w_i . c_j + b_i + d_j - log x)^2 / 2. In a batch all gradients are those at its beginning. A token
    that occurs in several pairs gets the sum of their gradients, as one step, and AdaGrad adds the square of this sum: were its pairs
    to step one by one from the same place, a frequent token would go hundreds of times too far. With one pair a batch it is the
    algorithm of the paper, pair by pair.

    Returns:
        Word plus context vectors, [tokens, dimension].
    """
    random = np.random.default_rng(seed)
    words, contexts = _Side(random, tokens, dimension), _Side(random, tokens, dimension)
    batches = list(_batches(pairs, random.permutation(len(pairs.x)), batch))
    for _ in range(epochs):
        for number in random.permutation(len(batches)):
            _descend(words, contexts, batches[number])
    total: Floats = words.values[:, :-1] + contexts.values[:, :-1]
    return total


class _Side:
    """Word or context vectors, each with its bias behind it, and AdaGrad's sums of squared gradients."""

    def __init__(self, random: np.random.Generator, rows: int, dimension: int) -> None:
        self.values: Floats = ((random.random((rows, dimension + 1)) - 0.5) / dimension).astype(np.float32)
        self._squares: Floats = np.full_like(self.values, _NO_DIVISION_BY_ZERO)

    def step(self, rows: Integers, gradient: Floats) -> None:
        squares = np.square(gradient)
        squares += self._squares[rows]
        self._squares[rows] = squares
        np.sqrt(squares, out=squares)
        gradient /= squares
        gradient *= LEARNING_RATE
        self.values[rows] -= gradient


@dataclass(frozen=True)
class _Groups:
    """The pairs of a batch, grouped by their word or by their context.

    Args:
        rows: the words or contexts that occur.
        order: the pairs in the order of these.
        others: what stands on the other side of each pair, in this order.
        ends: where the pairs of each row begin; one more than there are rows.
    """

    rows: Integers
    order: NDArray[np.intp]
    others: Integers
    ends: Integers

    @classmethod
    def of(cls, own: Integers, others: Integers) -> "_Groups":
        order = np.argsort(own, kind="stable")
        rows, counts = np.unique(own, return_counts=True)
        return cls(rows, order, others[order], np.concatenate(([0], np.cumsum(counts))).astype(np.int32))

    def gradient(self, slope: Floats, others: Floats) -> Floats:
        """Sums over the pairs of each row: of slope times the other vector, and of the slope alone for the bias."""
        slope = slope[self.order]
        total: Floats = sparse.csr_matrix((slope, self.others, self.ends), (len(self.rows), len(others))) @ others
        total[:, -1] = np.add.reduceat(slope, self.ends[:-1])
        return total


@dataclass(frozen=True)
class _Batch:
    i: Integers
    j: Integers
    log_x: Floats
    weight: Floats
    by_word: _Groups
    by_context: _Groups


def _batches(pairs: Pairs, order: NDArray[np.intp], size: int) -> Iterator[_Batch]:
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        # Words in order are looked up faster.
        chosen = chosen[np.argsort(pairs.i[chosen], kind="stable")]
        i, j, x = pairs.i[chosen], pairs.j[chosen], pairs.x[chosen]
        weight = np.minimum(1.0, (x / X_MAX) ** ALPHA).astype(np.float32)
        yield _Batch(i, j, np.log(x).astype(np.float32), weight, _Groups.of(i, j), _Groups.of(j, i))


def _descend(words: _Side, contexts: _Side, batch: _Batch) -> None:
    w, c = words.values[batch.i], contexts.values[batch.j]
    error = np.einsum("pd,pd->p", w[:, :-1], c[:, :-1]) + w[:, -1] + c[:, -1] - batch.log_x
    slope = batch.weight * error
    of_words = batch.by_word.gradient(slope, contexts.values)
    of_contexts = batch.by_context.gradient(slope, words.values)
    words.step(batch.by_word.rows, of_words)
    contexts.step(batch.by_context.rows, of_contexts)
