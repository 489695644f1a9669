"""The data set as token ids, made once for each way of cutting texts: most trials of a search share it."""

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from autotune.config import Text
from autotune.data.dataset import Dataset
from autotune.data.ngrams import Ngrams, count_ngrams
from autotune.data.tokens import EncodedTexts, build_tokenizer, encode

_KEPT = 8


@dataclass(frozen=True)
class EncodedDataset:
    """Training and validation texts as flat token ids; labels are int64 tensors [N]. `ngrams` is None where none were asked for."""

    tokenizer: Tokenizer
    ngrams: Ngrams | None
    train: EncodedTexts
    train_labels: torch.Tensor
    validation: EncodedTexts
    validation_labels: torch.Tensor


_cache: dict[tuple[str, str], EncodedDataset] = {}


def encoded(dataset: Dataset, text: Text) -> EncodedDataset:
    """The data set cut as `text` says, with a vocabulary from the training texts only; the last few are kept in memory."""
    key = (dataset.fingerprint, text.model_dump_json())
    if key not in _cache:
        tokenizer = build_tokenizer(dataset.train.texts, text)
        train = encode(tokenizer, dataset.train.texts)
        result = EncodedDataset(
            tokenizer=tokenizer,
            ngrams=count_ngrams(train, text.ngrams, text.minimum_frequency, text.ngram_vocabulary) if text.ngrams else None,
            train=train,
            train_labels=torch.from_numpy(dataset.train.labels),
            validation=encode(tokenizer, dataset.validation.texts),
            validation_labels=torch.from_numpy(dataset.validation.labels),
        )
        while len(_cache) >= _KEPT:
            del _cache[next(iter(_cache))]
        _cache[key] = result
    return _cache[key]
