"""Encoded texts to padded batches, cut by length so that little padding is computed."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from autotune.data.tokens import PAD_ID, EncodedTexts

WINDOW = 50
"""Batches within whose rows lengths are sorted: enough for little padding, few enough to keep an epoch's order mostly random."""


class Batch(NamedTuple):
    """Texts of one step.

    Args:
        ids: [batch, longest] int64, padded with 0 on the right.
        lengths: [batch] int64, tokens of each text without padding, ascending.
        labels: [batch] int64.
        rows: [batch] int64, the number of each text in the encoded texts: `scores[batch.rows] = ...` restores their order.
        characters: [batch, most characters] int64, padded with 0 on the right; None where the model does not read them.
        character_lengths: [batch] int64, characters of each text.
    """

    ids: Tensor
    lengths: Tensor
    labels: Tensor
    rows: Tensor
    characters: Tensor | None = None
    character_lengths: Tensor | None = None

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What the model is called with."""
        read = (self.ids, self.lengths, self.characters, self.character_lengths)
        return tuple(tensor for tensor in read if tensor is not None)

    def parts(self, rows: int) -> list["Batch"]:
        """The batch in pieces of at most `rows` texts, each cut to its own longest text; they share the memory of the whole."""
        pieces = [Batch(*piece) for piece in zip(*(torch.split(tensor, rows) for tensor in self if tensor is not None), strict=True)]
        return [piece._cut() for piece in pieces]

    def _cut(self) -> "Batch":
        cut = self._replace(ids=self.ids[:, : int(self.lengths.max())])
        if self.characters is None or self.character_lengths is None:
            return cut
        return cut._replace(characters=self.characters[:, : int(self.character_lengths.max())])


class Batches:
    """Every text once in each iteration, in batches of texts of like length.

    Args:
        encoded: the texts.
        labels: [texts] int64.
        batch_size: texts in a batch; the last of the order may hold fewer. May be set anew between two iterations.
        order: called at the start of each iteration for the permutation of that epoch, [texts] int64 on the CPU, from which the order
            of the batches follows too. None keeps the file's order but for the sorting within windows, the same in every iteration.
        device: where the batches live; the texts are moved there once. None leaves them where they are.
        characters: the same texts as characters, where the model reads them.
    """

    def __init__(
        self,
        encoded: EncodedTexts,
        labels: Tensor,
        batch_size: int,
        order: Callable[[], Tensor] | None = None,
        device: torch.device | None = None,
        characters: EncodedTexts | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        if len(labels) != len(encoded):
            raise ValueError(f"{len(encoded)} texts but {len(labels)} labels")
        self.batch_size = batch_size
        self._order = order
        # Lengths stay on the CPU too: sorting there spares the device a synchronization for every batch.
        self._sorting_lengths = encoded.lengths.cpu()
        self._tokens = _Stream(encoded, device)
        self._characters = None if characters is None else _Stream(characters, device)
        self._labels = labels.to(device)

    def __len__(self) -> int:
        """Batches in one iteration."""
        return math.ceil(len(self._labels) / self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        for rows in self._plan():
            yield self._collate(rows)

    def _plan(self) -> list[Tensor]:
        """The rows of each batch, the shortest text first."""
        if not len(self):
            return []
        permutation = torch.arange(len(self._labels)) if self._order is None else self._order()
        lengths = self._sorting_lengths[permutation]
        windows = torch.arange(len(permutation)) // (WINDOW * self.batch_size)
        by_length = torch.argsort(windows * (lengths.max() + 1) + lengths, stable=True)
        batches = torch.split(permutation[by_length], self.batch_size)
        if self._order is None:
            return list(batches)
        # Else the short texts of each window would come first. The ranks of a random permutation's first n entries are a random
        # permutation of n: no further generator is needed.
        return [batches[number] for number in permutation[: len(batches)].argsort().tolist()]

    def _collate(self, rows: Tensor) -> Batch:
        longest = int(self._sorting_lengths[rows[-1]])
        rows = rows.to(self._labels.device)
        ids, lengths = self._tokens.padded(rows, longest)
        read = () if self._characters is None else self._characters.padded(rows)
        return Batch(ids, lengths, self._labels[rows], rows, *read)


class _Stream:
    """Ids of many texts, end to end, on the device where batches of them are padded."""

    def __init__(self, encoded: EncodedTexts, device: torch.device | None) -> None:
        self._ids = encoded.ids.to(device)
        self._starts = encoded.offsets[:-1].to(device)
        self._lengths = encoded.lengths.to(device)

    def padded(self, rows: Tensor, longest: int | None = None) -> tuple[Tensor, Tensor]:
        """The ids of some texts, [rows, longest] int64, and their lengths [rows]; `longest` spares a look at the lengths."""
        lengths = self._lengths[rows]
        places = torch.arange(int(lengths.max()) if longest is None else longest, device=rows.device)
        # Behind the end of a text, `flat` points into the next one (or past the last): cut short there, then blanked.
        flat = (self._starts[rows].unsqueeze(1) + places).clamp_(max=len(self._ids) - 1)
        return self._ids[flat].long().masked_fill_(places >= lengths.unsqueeze(1), PAD_ID), lengths
