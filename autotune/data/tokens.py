"""Texts to token ids: vocabularies and encoding, on Hugging Face's `tokenizers`."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from autotune.sections import Text

PAD, UNKNOWN = "[PAD]", "[UNK]"
PAD_ID, UNKNOWN_ID = 0, 1

_NO_SPACES = "".join(rf"\p{{{script}}}" for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"))
# One token each: a mark or symbol (emoji among them); a letter of a script without spaces, with its vowel signs; any other word.
_TOKEN = Regex(rf"[\p{{P}}\p{{S}}]|[{_NO_SPACES}]\p{{M}}*|[^\s\p{{P}}\p{{S}}{_NO_SPACES}]+")
# For BPE, which finds the borders itself: words of scripts without spaces are put together from their characters.
_RUN = Regex(r"[\p{P}\p{S}]|[^\s\p{P}\p{S}]+")
_CONTROL = Regex(r"[\p{Cc}\u200B]")
# Soft hyphens, byte-order marks, and what joins or colours emoji: invisible, yet each would make another word of the same word.
_INVISIBLE = Regex(r"[\u00AD\u2060\uFE0E\uFE0F\uFEFF]|(?<=[\p{So}\p{Sk}\uFE0F])\u200D")
_CHUNK = 8192
CHARACTERS_PER_TOKEN = 6
"""A text is cut off at so many characters for each token of its maximum length."""


def build_tokenizer(texts: Iterable[str], text: Text) -> Tokenizer:
    """A tokenizer whose vocabulary is made of the training texts; equal texts and settings give an equal one.

    Ids: 0 is padding, 1 any unknown token, then the tokens of the vocabulary. No text can spell either of the two, since both hold
    brackets. With unit `character` a blank is a token as well, so that words keep their borders.

    Args:
        texts: the training texts and no others.
        text: unit, lower-casing, size and least frequency of the vocabulary, maximum length.

    Returns:
        A tokenizer that cuts texts off at `text.maximum_length` and survives `Tokenizer.from_str(tokenizer.to_str())`.
    """
    trainer: trainers.Trainer
    if text.unit == "subword":
        texts = list(texts)
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
        _prepare(tokenizer, text)
        alphabet = _alphabet(tokenizer, texts, text)
        trainer = trainers.BpeTrainer(
            vocab_size=text.vocabulary_size,
            min_frequency=text.minimum_frequency,
            special_tokens=[PAD, UNKNOWN],
            initial_alphabet=alphabet,
            limit_alphabet=len(alphabet),
            show_progress=False,
        )
    else:
        tokenizer = Tokenizer(models.WordLevel(vocab={}, unk_token=UNKNOWN))
        _prepare(tokenizer, text)
        trainer = trainers.WordLevelTrainer(
            vocab_size=text.vocabulary_size, min_frequency=text.minimum_frequency, special_tokens=[PAD, UNKNOWN], show_progress=False
        )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer = _without_added_tokens(tokenizer)
    tokenizer.enable_truncation(text.maximum_length)
    return tokenizer


def _prepare(tokenizer: Tokenizer, text: Text) -> None:
    steps = [normalizers.Replace(_CONTROL, " "), normalizers.Replace(_INVISIBLE, ""), normalizers.NFC()]
    if text.lowercase:
        steps.append(normalizers.Lowercase())
    if text.unit == "character":
        steps += [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Split(_RUN if text.unit == "subword" else _TOKEN, "removed", invert=True)
    tokenizer.normalizer = normalizers.Sequence(steps)


def _alphabet(tokenizer: Tokenizer, texts: Sequence[str], text: Text) -> list[str]:
    """The characters that BPE starts from, the most frequent first, as many as the vocabulary has room for.

    The trainer would keep every character, however rare and whatever the size, and breaks ties by chance.
    """
    counts: Counter[str] = Counter()
    for one in texts:
        counts.update(tokenizer.normalizer.normalize_str(one))
    known = [character for character, count in counts.items() if count >= text.minimum_frequency and not character.isspace()]
    return sorted(known, key=lambda character: (-counts[character], character))[: text.vocabulary_size - 2]


def _without_added_tokens(tokenizer: Tokenizer) -> Tokenizer:
    """Trainers register special tokens as words to look for in texts, where a literal `[PAD]` would then become padding."""
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = []
    return Tokenizer.from_str(json.dumps(content))


@dataclass(frozen=True)
class EncodedTexts:
    """Token ids of many texts, end to end.

    Args:
        ids: [sum of lengths] int32.
        offsets: [texts + 1] int64; text i is `ids[offsets[i] : offsets[i + 1]]`.
    """

    ids: torch.Tensor
    offsets: torch.Tensor

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> torch.Tensor:
        """Tokens of each text: [texts] int64, at least 1."""
        return self.offsets.diff()


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> EncodedTexts:
    """The token ids of each text, in order; a text without any token becomes one unknown token."""
    chunks: list[np.ndarray[tuple[int], np.dtype[np.int32]]] = []
    lengths: list[int] = []
    for start in range(0, len(texts), _CHUNK):
        encodings = tokenizer.encode_batch_fast(list(texts[start : start + _CHUNK]), add_special_tokens=False)
        ids = [encoding.ids or [UNKNOWN_ID] for encoding in encodings]
        lengths += map(len, ids)
        chunks.append(np.fromiter(chain.from_iterable(ids), np.int32))
    flat = np.concatenate(chunks) if chunks else np.empty(0, np.int32)
    offsets = torch.zeros(len(texts) + 1, dtype=torch.int64)
    offsets[1:] = torch.tensor(lengths, dtype=torch.int64).cumsum(0)
    return EncodedTexts(torch.from_numpy(flat), offsets)


def encode_characters(tokenizer: Tokenizer, texts: Sequence[str], maximum_length: int) -> EncodedTexts:
    """The code points of each text as the tokenizer sees it, one blank between words and at both ends; at least two a text.

    Args:
        maximum_length: of a text in tokens; beyond six times as many characters it is cut off.
    """
    most = CHARACTERS_PER_TOKEN * maximum_length
    lines = [f" {' '.join(tokenizer.normalizer.normalize_str(text).split())} "[:most] for text in texts]
    offsets = torch.zeros(len(texts) + 1, dtype=torch.int64)
    offsets[1:] = torch.tensor([len(line) for line in lines], dtype=torch.int64).cumsum(0)
    # Half characters cannot be written down; they would be no use as features either.
    flat = np.frombuffer("".join(lines).encode("utf-32-le", errors="replace"), dtype="<i4")
    return EncodedTexts(torch.from_numpy(flat.astype(np.int32)), offsets)
