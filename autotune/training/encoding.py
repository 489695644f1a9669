"""The data set as token ids, made once for each way of cutting texts: most trials of a search share it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from autotune.data.dataset import Dataset
from autotune.data.ngrams import Ngrams, count_ngrams
from autotune.data.tokenizer import build_tokenizer
from autotune.data.tokens import EncodedTexts, encode, encode_characters
from autotune.sections import Text

_KEPT = 8


@dataclass(frozen=True)
class EncodedDataset:
    """Training and validation texts as flat token ids; labels are int64 tensors [N].

    The characters and n-grams that `text` does not ask for are None.
    """

    tokenizer: Tokenizer
    train: EncodedTexts
    train_labels: torch.Tensor
    validation: EncodedTexts
    validation_labels: torch.Tensor
    ngrams: Ngrams | None
    train_characters: EncodedTexts | None
    validation_characters: EncodedTexts | None
    character_ngrams: Ngrams | None


_cache: dict[tuple[str, str], EncodedDataset] = {}


def encoded(dataset: Dataset, text: Text) -> EncodedDataset:
    """The data set cut as `text` says, with a vocabulary from the training texts only; the last few are kept in memory."""
    key = (dataset.fingerprint, text.model_dump_json())
    if key not in _cache:
        tokenizer = build_tokenizer(dataset.train.texts, text)
        train = encode(tokenizer, dataset.train.texts)
        characters = read_characters(tokenizer, dataset.train.texts, text)
        result = EncodedDataset(
            tokenizer=tokenizer,
            train=train,
            train_labels=torch.from_numpy(dataset.train.labels),
            validation=encode(tokenizer, dataset.validation.texts),
            validation_labels=torch.from_numpy(dataset.validation.labels),
            ngrams=_count(train, text.ngrams, text),
            train_characters=characters,
            validation_characters=read_characters(tokenizer, dataset.validation.texts, text),
            character_ngrams=_count(characters, text.character_ngrams, text),
        )
        while len(_cache) >= _KEPT:
            del _cache[next(iter(_cache))]
        _cache[key] = result
    return _cache[key]


def read_characters(tokenizer: Tokenizer, texts: Sequence[str], text: Text) -> EncodedTexts | None:
    """The texts as characters, if the model of these settings reads them."""
    return encode_characters(tokenizer, texts, text.maximum_length) if text.character_ngrams else None


def _count(texts: EncodedTexts | None, longest: int, text: Text) -> Ngrams | None:
    return count_ngrams(texts, longest, text.minimum_frequency, text.ngram_vocabulary) if texts is not None and longest else None
