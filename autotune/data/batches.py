"""Encoded texts to padded batches, cut by length so that little padding is computed."""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor, nn

from autotune.data.tokenizer import PAD_ID
from autotune.data.tokens import EncodedTexts

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
        self._tokens = _Stream(encoded, device)
        self._characters = None if characters is None else _Stream(characters, device)
        self._labels = labels.to(device)

    def __len__(self) -> int:
        """Batches in one iteration."""
        return math.ceil(len(self._labels) / self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        size = self.batch_size
        if not len(self):
            return
        rows, numbers = self._plan()
        tokens = self._tokens.padded(rows, size, numbers)
        characters = repeat(()) if self._characters is None else self._characters.padded(rows, size, numbers)
        # Once an epoch what need not be done for each batch, which can be as little work as a few of these operations.
        rows = rows.to(self._labels.device)
        labels = self._labels[rows]
        for number, read, spelt in zip(numbers, tokens, characters, strict=False):
            here = slice(number * size, (number + 1) * size)
            yield Batch(*read, labels[here], rows[here], *spelt)

    def _plan(self) -> tuple[Tensor, list[int]]:
        """All rows, cut into batches that hold the shortest text first, [texts] on the CPU; and the batches' numbers in their order."""
        permutation = torch.arange(len(self._labels)) if self._order is None else self._order()
        lengths = self._tokens.lengths[permutation]
        windows = torch.arange(len(permutation)) // (WINDOW * self.batch_size)
        keys = windows * (lengths.max() + 1) + lengths
        # NumPy's stable sort takes half the time of torch's.
        rows = permutation[torch.from_numpy(keys.numpy().argsort(kind="stable"))]
        if self._order is None:
            return rows, list(range(len(self)))
        # Else the short texts of each window would come first. The ranks of a random permutation's first n entries are a random
        # permutation of n: no further generator is needed.
        return rows, permutation[: len(self)].argsort().tolist()


class _Stream:
    """Ids of many texts, end to end, on the device where batches of them are padded.

    Attributes:
        lengths: of each text, on the CPU: sorting and cutting by them there spares the device a synchronization for every batch.
    """

    def __init__(self, encoded: EncodedTexts, device: torch.device | None) -> None:
        self.lengths = encoded.lengths.cpu()
        most = int(self.lengths.max()) if len(self.lengths) else 0
        # The padding lets every text be read as if it were as long as the longest.
        self._ids = nn.functional.pad(encoded.ids.to(device), (0, most), value=PAD_ID)
        self._starts = encoded.offsets[:-1].to(device)
        self._places = torch.arange(most, device=device)

    def padded(self, rows: Tensor, size: int, numbers: Iterable[int]) -> Iterator[tuple[Tensor, Tensor]]:
        """The ids of each batch, [size, its longest] int64, and their lengths, [size].

        Args:
            rows: all texts in the order in which they are cut into batches of `size`, on the CPU.
            numbers: of the batches to make, in their order.
        """
        lengths = self.lengths[rows]
        batches = math.ceil(len(rows) / size)
        longest = nn.functional.pad(lengths, (0, batches * size - len(rows))).view(batches, size).amax(dim=1).tolist()
        lengths = lengths.to(self._starts.device)
        ends = lengths.unsqueeze(1)
        starts = self._starts[rows.to(self._starts.device)]
        for number in numbers:
            here, width = slice(number * size, (number + 1) * size), longest[number]
            # A window on the ids at every place, of which those at the starts are copied: behind its end, a text runs on into the next.
            ids = self._ids.unfold(0, width, 1).index_select(0, starts[here]).long()
            yield ids.masked_fill_(self._places[:width] >= ends[here], PAD_ID), lengths[here]
