"""GloVe against the paper's formulas, written out pair by pair."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.errors import VectorError
from autotune.sections import Pretraining
from autotune.vectors.corpus import Corpus
from autotune.vectors.glove import LEARNING_RATE, Pairs, co_occurrences, fit_pairs, train_glove
from tests.vectors.conftest import TOKENS, corpus_of, cosines


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=9), min_size=1, max_size=6), st.integers(1, 4), st.integers(1, 30))
def test_neighbours_are_counted_by_their_distance(texts: list[list[int]], window: int, at_once: int) -> None:
    expected = np.zeros((5, 5))
    for text in texts:
        for place, token in enumerate(text):
            for distance in range(1, min(window, place) + 1):
                expected[token, text[place - distance]] += 1 / distance
                expected[text[place - distance], token] += 1 / distance
    counted = co_occurrences(corpus_of(*texts, tokens=5), window, at_once).toarray()
    np.testing.assert_allclose(counted, expected, rtol=1e-12)


def pair_by_pair(i: list[int], j: list[int], x: list[float], tokens: int, dimension: int, epochs: int, seed: int, batch: int) -> np.ndarray:
    """Pennington et al. 2014, section 3, with the AdaGrad of Duchi et al. 2011: loops and scalars, float64.

    Weights start and pairs come as in the code under test, whose generator is asked in the same order.
    """
    random = np.random.default_rng(seed)
    w, c = (((random.random((tokens, dimension + 1)) - 0.5) / dimension).astype(np.float32).astype(float) for _ in range(2))
    w_squares, c_squares = np.full_like(w, 1e-8), np.full_like(c, 1e-8)
    order = random.permutation(len(x))
    batches = [order[start : start + batch] for start in range(0, len(order), batch)]
    for _ in range(epochs):
        for number in random.permutation(len(batches)):
            w_gradient, c_gradient = np.zeros_like(w), np.zeros_like(c)
            for pair in batches[number]:
                a, b = i[pair], j[pair]
                difference = sum(w[a, k] * c[b, k] for k in range(dimension)) + w[a, -1] + c[b, -1] - math.log(x[pair])
                slope = min(1.0, (x[pair] / 100) ** 0.75) * difference
                for k in range(dimension):
                    w_gradient[a, k] += slope * c[b, k]
                    c_gradient[b, k] += slope * w[a, k]
                w_gradient[a, -1] += slope
                c_gradient[b, -1] += slope
            for side, squares, gradient in ((w, w_squares, w_gradient), (c, c_squares, c_gradient)):
                np.add(squares, gradient**2, out=squares)
                np.subtract(side, LEARNING_RATE * gradient / np.sqrt(squares), out=side)
    return w[:, :-1] + c[:, :-1]


@pytest.mark.parametrize("batch", [1, 4, 7, 100])
def test_it_is_the_algorithm_of_the_paper(batch: int) -> None:
    random = np.random.default_rng(3)
    counts = np.triu(random.random((6, 6)) < 0.6) * random.choice([0.5, 1.0, 2.5, 60.0, 400.0], (6, 6))
    counts = counts + counts.T
    i, j = (part.astype(np.int32) for part in np.nonzero(counts))
    x = counts[i, j]
    found = fit_pairs(Pairs(i, j, x), tokens=6, dimension=3, epochs=5, seed=8, batch=batch)
    expected = pair_by_pair(i.tolist(), j.tolist(), x.tolist(), 6, 3, 5, 8, batch)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-5)


def test_tokens_of_one_topic_come_to_lie_together(two_topics: Corpus) -> None:
    table = train_glove(two_topics, Pretraining(method="glove", dimension=12, epochs=30), seed=0)
    assert table.vectors.shape == (TOKENS, 12)
    assert table.vectors.dtype == np.float32
    assert table.found.tolist() == [False, False] + 12 * [True]
    assert not table.vectors[:2].any()
    near = cosines(table.vectors[2:])
    assert min(near[:6, :6].min(), near[6:, 6:].min()) > near[:6, 6:].max()


def test_the_same_seed_gives_the_same_vectors(two_topics: Corpus) -> None:
    config = Pretraining(method="glove", dimension=5, epochs=3)
    first, again, other = (train_glove(two_topics, config, seed).vectors for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_rare_tokens_have_no_vector_and_too_few_texts_are_said() -> None:
    corpus = corpus_of(*([[2, 3, 4]] * 5), [5, 2, 3])
    table = train_glove(corpus, Pretraining(method="glove", dimension=4, minimum_count=2), 0)
    assert np.flatnonzero(table.found).tolist() == [2, 3, 4]
    with pytest.raises(VectorError):
        train_glove(corpus, Pretraining(method="glove", dimension=4, minimum_count=9), 0)
