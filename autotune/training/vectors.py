"""Token vectors for a run: learnt from the training and unlabelled texts, or read from a file; each table is made once."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from tokenizers import Tokenizer

from autotune.config import Config
from autotune.data.dataset import Dataset
from autotune.data.tokenizer import PAD, UNKNOWN
from autotune.data.tokens import EncodedTexts, encode
from autotune.errors import VectorError
from autotune.training.encoding import EncodedDataset
from autotune.vectors.cache import cached_table
from autotune.vectors.corpus import Corpus
from autotune.vectors.files import read_vectors
from autotune.vectors.glove import train_glove
from autotune.vectors.table import Table
from autotune.vectors.word2vec import train_word2vec

_FORMAT = 1
_WITHOUT_EFFECT_ON_A_TABLE = ("pretraining.tuning", "pretraining.frozen_epochs")


def token_vectors(config: Config, dataset: Dataset, data: EncodedDataset) -> Table | None:
    """The table that `pretraining` asks for, one row for each token id; None for method none.

    Validation texts have no part in it, and the data set knows no test texts. Unknown tokens are learnt as if they were one token:
    what stands for a rare word gets what rare words have in common.

    Raises:
        VectorError: a file that is missing, damaged or of another dimension; too few texts for the minimum count.
    """
    if config.pretraining.method == "none":
        return None
    key = _key(config, dataset, data)
    return cached_table(key, lambda: _made(config, dataset, data))


def _made(config: Config, dataset: Dataset, data: EncodedDataset) -> Table:
    chosen = config.pretraining
    if chosen.method == "file":
        return read_vectors(_file(config), _tokens(data.tokenizer), chosen.dimension, chosen.damaged_lines)
    tokens = data.tokenizer.get_vocab_size()
    corpus = _corpus(data.train, tokens)
    if dataset.unlabeled:
        corpus = corpus.joined(_corpus(encode(data.tokenizer, dataset.unlabeled), tokens))
    train = train_word2vec if chosen.method == "word2vec" else train_glove
    return train(corpus, chosen, config.seed)


def _key(config: Config, dataset: Dataset, data: EncodedDataset) -> str:
    """What stands for everything that the table depends on: how texts are cut and which they are, settings, versions."""
    settings = {
        path: value
        for path, value in config.canonical().items()
        if path.startswith("pretraining.") and path not in _WITHOUT_EFFECT_ON_A_TABLE
    }
    key = hashlib.sha256(json.dumps([_FORMAT, settings, data.tokenizer.to_str()]).encode())
    if config.pretraining.method == "file":
        path = _file(config)
        if path.is_file():  # else reading it says what is wrong
            status = path.stat()
            key.update(f"{status.st_size} {status.st_mtime_ns}".encode())
    else:
        # The fingerprint speaks for the unlabelled texts, which are cut only where there is no table yet.
        key.update(f"{dataset.fingerprint} {config.seed} {version('gensim')} {version('numpy')}".encode())
        key.update(data.train.ids.numpy().tobytes())
        key.update(data.train.offsets.numpy().tobytes())
    return key.hexdigest()[:32]


def _file(config: Config) -> Path:
    if config.pretraining.file is None:
        raise VectorError("pretraining.method is file, but no file is named", "set pretraining.file to its path")
    return Path(config.pretraining.file)


def _corpus(texts: EncodedTexts, tokens: int) -> Corpus:
    return Corpus(texts.ids.numpy(), texts.offsets.numpy(), tokens)


def _tokens(tokenizer: Tokenizer) -> list[str | None]:
    """The vocabulary by id, without padding and unknown, which are no words."""
    by_id = {number: token for token, number in tokenizer.get_vocab().items()}
    return [None if by_id[number] in (PAD, UNKNOWN) else by_id[number] for number in range(len(by_id))]
