"""word2vec on token ids: skip-gram and continuous bag of words with negative sampling (Mikolov et al. 2013, arXiv:1310.4546)."""

import logging
import zlib
from collections.abc import Iterator

import numpy as np

from autotune.sections import Pretraining
from autotune.vectors.corpus import Corpus
from autotune.vectors.table import Table

_NEGATIVE_SAMPLES = 5
_LARGEST_JOB = 10_000
_FEWEST_JOBS = 50


def train_word2vec(corpus: Corpus, config: Pretraining, seed: int) -> Table:
    """Vectors of the tokens that occur at least `minimum_count` times, by gensim, whose customary settings hold for the rest.

    One thread, so that equal input gives equal vectors, bit for bit. A text of more than 10,000 tokens is cut off there.

    Raises:
        VectorError: too few texts for the minimum count.
    """
    # Imported here: it takes a second, and most runs do without.
    from gensim.models import Word2Vec

    # gensim has advice on small corpora, and tells each epoch.
    logging.getLogger("gensim").setLevel(logging.ERROR)
    kept = corpus.frequent(config.minimum_count)
    counts = kept.counts
    model = Word2Vec(
        vector_size=config.dimension,
        sg=1 if config.algorithm == "skip_gram" else 0,
        window=config.window,
        negative=_NEGATIVE_SAMPLES,
        min_count=1,
        epochs=config.epochs,
        seed=seed,
        workers=1,
        # Python's own hash of a text differs from process to process.
        hashfxn=lambda text: zlib.crc32(str(text).encode()),
        # The learning rate falls from job to job, and a small corpus would have but a few.
        batch_words=int(np.clip(len(kept.ids) // _FEWEST_JOBS, 100, _LARGEST_JOB)),
    )
    texts = _Texts(kept)
    model.build_vocab_from_freq({int(token): int(counts[token]) for token in np.flatnonzero(counts)}, corpus_count=len(texts))
    model.train(texts, total_examples=len(texts), epochs=config.epochs)
    vectors = np.zeros((corpus.tokens, config.dimension), dtype=np.float32)
    vectors[model.wv.index_to_key] = model.wv.vectors
    return Table(vectors, counts > 0, ())


class _Texts:
    """Token ids text by text, as often as asked; gensim takes whatever can be hashed for a word."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def __len__(self) -> int:
        return len(self._corpus.offsets) - 1

    def __iter__(self) -> Iterator[list[int]]:
        offsets = self._corpus.offsets
        for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
            yield self._corpus.ids[start:end].tolist()
