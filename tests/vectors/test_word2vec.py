import os
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest

from autotune.errors import VectorError
from autotune.sections import Pretraining, Word2vecAlgorithm
from autotune.vectors.corpus import Corpus
from autotune.vectors.word2vec import train_word2vec
from tests.vectors.conftest import TOKENS, corpus_of, cosines

ALGORITHMS = get_args(Word2vecAlgorithm)


def settings(**values: object) -> Pretraining:
    return Pretraining(method="word2vec", **{"dimension": 12, "epochs": 10, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_tokens_of_one_topic_come_to_lie_together(two_topics: Corpus, algorithm: Word2vecAlgorithm) -> None:
    table = train_word2vec(two_topics, settings(algorithm=algorithm), seed=0)
    assert table.vectors.shape == (TOKENS, 12)
    assert table.vectors.dtype == np.float32
    assert table.found.tolist() == [False, False] + 12 * [True]
    near = cosines(table.vectors[2:])
    assert min(near[:6, :6].min(), near[6:, 6:].min()) > near[:6, 6:].max()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_seed_gives_the_same_vectors_in_any_process(two_topics: Corpus, algorithm: Word2vecAlgorithm) -> None:
    program = (
        "import numpy as np\nfrom autotune.sections import Pretraining\nfrom autotune.vectors.word2vec import train_word2vec\n"
        "from tests.vectors.conftest import corpus_of\n"
        "corpus = corpus_of(*(np.random.default_rng(0).integers(2, 14, (200, 9)).tolist()))\n"
        f"table = train_word2vec(corpus, Pretraining(method='word2vec', dimension=8, algorithm='{algorithm}', epochs=3), seed=5)\n"
        "print(table.vectors.tobytes().hex())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    ]
    assert said[0].stdout == said[1].stdout
    assert len(said[0].stdout) == 2 * 4 * 8 * TOKENS + 1, said[0].stderr
    assert said[0].stderr == ""  # gensim has advice on small corpora
    assert not np.array_equal(train_word2vec(two_topics, settings(), 1).vectors, train_word2vec(two_topics, settings(), 2).vectors)


def test_the_algorithm_the_window_and_the_epochs_matter(two_topics: Corpus) -> None:
    plain = train_word2vec(two_topics, settings(), 0).vectors
    for change in ({"algorithm": "cbow"}, {"window": 1}, {"epochs": 11}):
        assert not np.allclose(train_word2vec(two_topics, settings(**change), 0).vectors, plain)


def test_rare_tokens_have_no_vector() -> None:
    corpus = corpus_of(*([[2, 3, 4]] * 5), [5, 2, 3])
    table = train_word2vec(corpus, settings(minimum_count=2), 0)
    assert np.flatnonzero(table.found).tolist() == [2, 3, 4]
    assert not table.vectors[5].any()
    with pytest.raises(VectorError):
        train_word2vec(corpus, settings(minimum_count=9), 0)
