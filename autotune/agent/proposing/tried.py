"""What a search has tried: no configuration is trained twice, and a space that is used up is noticed."""

import random
from collections.abc import Mapping
from functools import cached_property

from autotune.config import Value
from autotune.spaces.space import SearchSpace

MOST_LISTED = 2000
"""Spaces with more samples are not listed one by one, which takes a second for so many."""


class Tried:
    """The configurations that were tried or are being tried, each by its fingerprint under the seed of the search.

    Two samples of a space may stand for one configuration: what has no effect is not in the fingerprint.

    Args:
        seed: of the search.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space = space
        self._seed = seed
        self._seeds: dict[str, set[int]] = {}

    def add(self, fingerprint: str, seed: int) -> None:
        """A configuration is trained with a seed."""
        self._seeds.setdefault(fingerprint, set()).add(seed)

    def forget(self, fingerprint: str, seed: int) -> None:
        """It came to nothing: it may be proposed again."""
        seeds = self._seeds.get(fingerprint, set())
        seeds.discard(seed)
        if not seeds:
            self._seeds.pop(fingerprint, None)

    def seeds(self, fingerprint: str) -> frozenset[int]:
        """With which seeds a configuration was tried; none: it is new."""
        return frozenset(self._seeds.get(fingerprint, ()))

    def new_seed(self, fingerprint: str) -> int:
        """The next seed that a configuration was not tried with."""
        seed = self._seed
        while seed in self._seeds.get(fingerprint, ()):
            seed = (seed + 1) % 2**31
        return seed

    def __len__(self) -> int:
        """How many configurations were tried."""
        return len(self._seeds)

    @property
    def listed(self) -> bool:
        """Whether the space is small enough for `untried` to know."""
        size = self._space.size()
        return size is not None and size <= MOST_LISTED

    def untried(self) -> Mapping[str, Value] | None:
        """A sample that stands for a configuration not tried yet, any of them with equal chance; None: there is none.

        Only for a space that is `listed`. The same configurations tried give the same sample.
        """
        left = [sample for fingerprint, sample in self._listed.items() if fingerprint not in self._seeds]
        return random.Random(f"{self._seed} {len(left)}").choice(left) if left else None

    @cached_property
    def _listed(self) -> dict[str, Mapping[str, Value]]:
        return {self._space.config(sample, seed=self._seed).fingerprint: sample for sample in self._space.samples()}
