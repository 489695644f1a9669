"""Texts to token ids: flat tensors of many texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from tokenizers import Tokenizer

from autotune.data.tokenizer import UNKNOWN_ID

_CHUNK = 8192
CHARACTERS_PER_TOKEN = 6
"""A text is cut off at so many characters for each token of its maximum length."""


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
