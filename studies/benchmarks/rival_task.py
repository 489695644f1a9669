"""What every rival of `rivals.py` is given, and what it gives back."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.config import Config, Value
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.spaces.space import SearchSpace

Labels = NDArray[np.int64]
Predict = Callable[[Sequence[str]], Labels]


@dataclass(frozen=True)
class Task:
    """What a rival is asked.

    Args:
        began: when the process was started, on the clock of `time.monotonic()`, which all processes of a machine share.
        deadline: on the same clock.
        space: of the rivals that train networks.
        scratch: an empty folder.
    """

    source: DataSource
    began: float
    deadline: float
    space: SearchSpace
    cores: int
    scratch: Path

    @property
    def left(self) -> float:
        """Seconds to the deadline."""
        return max(0.0, self.deadline - time.monotonic())

    def until(self, share: float) -> float:
        """The moment when so much of the time is over."""
        return self.began + share * (self.deadline - self.began)

    @property
    def seed(self) -> int:
        """Of the splits, proposals and training."""
        return self.source.seed

    @cached_property
    def dataset(self) -> Dataset:
        """Texts to train and to compare on."""
        return load_dataset(self.source)

    @cached_property
    def all_texts(self) -> tuple[list[str], Labels]:
        """Of both together."""
        train, validation = self.dataset.train, self.dataset.validation
        return train.texts + validation.texts, np.concatenate([train.labels, validation.labels])

    def config(self, sample: Mapping[str, Value]) -> Config:
        """The configuration that a sample of the space stands for."""
        return self.space.config(sample, seed=self.seed)


@dataclass(frozen=True)
class Found:
    """What a rival would hand over.

    Args:
        validation: its own idea of the accuracy; None: it has none.
        predict: class numbers of texts.
        details: what else is worth a look.
    """

    validation: float | None
    predict: Predict
    details: dict[str, Any] = field(default_factory=dict)


def majority(task: Task) -> Found:
    """What one has without any model."""
    most = int(np.bincount(task.dataset.train.labels).argmax())
    return Found(None, lambda texts: np.full(len(texts), most, dtype=np.int64), {"fallback": "majority class"})
