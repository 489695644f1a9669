"""A trained classifier, in memory and as a folder of plain files: no pickle, nothing in it can run."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer

from autotune.config import Config
from autotune.config_file import read_config, write_config
from autotune.data.batches import Batch, Batches
from autotune.data.ngrams import Ngrams
from autotune.data.tokens import encode
from autotune.errors import BundleError
from autotune.manifest import FORMAT, MANIFEST, check_digests, manifest_text, read_manifest, whole_folder
from autotune.metrics import Probabilities
from autotune.model import TextClassifier
from autotune.tips.micro_batches import MicroBatches
from autotune.training.encoding import read_characters
from autotune.training.memory import memory_explained

_FILES = ("config.yaml", "model.safetensors", "tokenizer.json")


@dataclass(frozen=True)
class TrainedClassifier:
    """Weights together with everything that is needed to use them."""

    config: Config
    tokenizer: Tokenizer
    labels: tuple[str, ...]
    model: TextClassifier

    def probabilities(self, texts: Sequence[str], batch_size: int = 256) -> Probabilities:
        """Class probabilities [N, C] of texts, in their order, on the device that the model is on.

        Where memory is short, batches are taken in parts.

        Raises:
            OutOfMemoryError: a single text does not fit into memory.
        """
        if not texts:
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        return memory_explained(
            lambda: self._probabilities(texts, batch_size), "shorten the longest texts, or use a machine with more memory"
        )

    @torch.inference_mode()
    def _probabilities(self, texts: Sequence[str], batch_size: int) -> Probabilities:
        device = next(self.model.parameters()).device
        result = torch.empty(len(texts), len(self.labels))
        self.model.eval()
        characters = read_characters(self.tokenizer, texts, self.config.text)
        labels = torch.zeros(len(texts), dtype=torch.int64)

        def score(part: Batch) -> None:
            result[part.rows] = self.model(*(tensor.to(device) for tensor in part.inputs)).softmax(dim=1).float().cpu()

        parts = MicroBatches()
        for batch in Batches(encode(self.tokenizer, texts), labels, batch_size, characters=characters):
            parts.each(batch, score)
        return result.numpy()

    def save(self, folder: Path) -> None:
        """Writes the classifier to `folder`, which appears whole or not at all."""
        with whole_folder(folder) as scratch:
            for name, content in self._files().items():
                (scratch / name).write_bytes(content)

    @property
    def size(self) -> int:
        """Bytes of the folder that `save` writes. Which numbers the weights are does not change it."""
        return sum(map(len, self._files().values()))

    def _files(self) -> dict[str, bytes]:
        weights = {name: tensor.detach().cpu().contiguous() for name, tensor in self.model.state_dict().items()}
        contents = (write_config(self.config).encode(), safetensors.torch.save(weights), self.tokenizer.to_str().encode())
        files = dict(zip(_FILES, contents, strict=True))
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        return {**files, MANIFEST: manifest_text(FORMAT, self.labels, digests).encode()}

    @classmethod
    def load(cls, folder: Path) -> "TrainedClassifier":
        """Reads what `save` wrote, onto the CPU.

        Raises:
            BundleError: no such folder, not a bundle, of a newer format, or damaged.
        """
        manifest = read_manifest(folder)
        if manifest["format"] != FORMAT:
            raise BundleError(f"{folder} is an ensemble, not a single model", "give one of the folders in its `members`")
        check_digests(folder, _FILES, manifest["sha256"])
        config = read_config(folder / "config.yaml")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        labels = tuple(manifest["labels"])
        try:
            weights = safetensors.torch.load_file(folder / "model.safetensors")
            ngrams = Ngrams(weights["wide.buckets"], weights["wide.weights"]) if config.text.ngrams else None
            characters = Ngrams(weights["spelling.buckets"], weights["spelling.weights"]) if config.text.character_ngrams else None
            model = TextClassifier(config, tokenizer.get_vocab_size(), len(labels), ngrams=ngrams, character_ngrams=characters)
            model.load_state_dict(weights)
        except (SafetensorError, RuntimeError, KeyError) as problem:
            raise BundleError(f"{folder / 'model.safetensors'} does not fit its configuration: {str(problem).splitlines()[0]}") from None
        return cls(config, tokenizer, labels, model.eval())
