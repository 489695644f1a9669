"""What a run and the range test before it start from: the data as tensors and a fresh model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from autotune.config import Config
from autotune.data.batches import Batches
from autotune.data.dataset import Dataset
from autotune.model import TextClassifier
from autotune.training.encoding import EncodedDataset, encoded
from autotune.training.seeds import seed_everything
from autotune.training.trained import TrainedClassifier
from autotune.training.vectors import token_vectors

Device = Literal["auto", "cpu", "cuda"]

_LONGEST_RATE = 1.23e-05
"""No proposal of a range test is longer when it is written down."""


@dataclass(frozen=True)
class Setup:
    """Everything that is there before the first step."""

    data: EncodedDataset
    model: TextClassifier
    place: torch.device
    """Where the batches live and the model is to be trained."""
    notes: tuple[str, ...]
    """On the pre-trained token vectors."""

    def train_batches(self, batch_size: int, order: Callable[[], Tensor]) -> Batches:
        """The training texts in batches."""
        data = self.data
        return Batches(data.train, data.train_labels, batch_size, order, self.place, characters=data.train_characters)


def set_up(config: Config, dataset: Dataset, device: Device) -> Setup:
    """Encodes the data and makes a model with fresh weights. The same configuration and data leave the same random state behind.

    Raises:
        VectorError: pre-trained token vectors that cannot be had.
    """
    data = encoded(dataset, config.text)
    vectors = token_vectors(config, dataset, data)
    # After what is shared between runs, so that each run draws the same numbers.
    seed_everything(config.seed)
    model = TextClassifier(
        config,
        data.tokenizer.get_vocab_size(),
        len(dataset.labels),
        ngrams=data.ngrams,
        character_ngrams=data.character_ngrams,
        vectors=vectors,
        rows_of_class=torch.bincount(data.train_labels, minlength=len(dataset.labels)),
    )
    on_gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    return Setup(data, model, torch.device("cuda" if on_gpu else "cpu"), vectors.notes if vectors is not None else ())


def fresh_classifier(config: Config, dataset: Dataset) -> TrainedClassifier:
    """What a run of a configuration comes to, but with random weights: of the same parameters, bytes and speed, on the CPU, in no time.

    Pre-trained token vectors are not looked for. In the place of a learning rate of `auto` is one that takes as many bytes at least.
    """
    if config.learning_rate.initial == "auto":
        config = Config.from_values({**config.values(), "learning_rate.initial": _LONGEST_RATE})
    data = encoded(dataset, config.text)
    size = data.tokenizer.get_vocab_size()
    model = TextClassifier(config, size, len(dataset.labels), ngrams=data.ngrams, character_ngrams=data.character_ngrams)
    return TrainedClassifier(config, data.tokenizer, dataset.labels, model.eval())
