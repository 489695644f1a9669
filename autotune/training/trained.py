"""A trained classifier, in memory and as a folder of plain files: no pickle, nothing in it can run."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

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
from autotune.metrics import Probabilities
from autotune.model import TextClassifier
from autotune.tips.micro_batches import MicroBatches
from autotune.training.encoding import read_characters
from autotune.training.memory import memory_explained

FORMAT = 1
MANIFEST = "bundle.json"
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
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for name, content in self._files().items():
                (scratch / name).write_bytes(content)
                _to_disk(scratch / name)
            scratch.chmod(0o755)
            replace_folder(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    @property
    def size(self) -> int:
        """Bytes of the folder that `save` writes. Which numbers the weights are does not change it."""
        return sum(map(len, self._files().values()))

    def _files(self) -> dict[str, bytes]:
        weights = {name: tensor.detach().cpu().contiguous() for name, tensor in self.model.state_dict().items()}
        contents = (write_config(self.config).encode(), safetensors.torch.save(weights), self.tokenizer.to_str().encode())
        files = dict(zip(_FILES, contents, strict=True))
        manifest = {
            "format": FORMAT,
            "autotune": version("autotune"),
            "labels": list(self.labels),
            "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        }
        return {**files, MANIFEST: (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()}

    @classmethod
    def load(cls, folder: Path) -> "TrainedClassifier":
        """Reads what `save` wrote, onto the CPU.

        Raises:
            BundleError: no such folder, not a bundle, of a newer format, or damaged.
        """
        manifest = read_manifest(folder)
        for name in _FILES:
            if not (folder / name).is_file() or _digest(folder / name) != manifest["sha256"].get(name):
                raise BundleError(f"{folder / name} is missing or damaged", "export the study again")
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


def read_manifest(folder: Path) -> dict[str, Any]:
    """What `bundle.json` says: format, labels, digests.

    Raises:
        BundleError: where `folder` is not a bundle that this version reads.
    """
    hint = "give a folder that `autotune export STUDY --to FOLDER` wrote"
    if not folder.is_dir():
        raise BundleError(f"no such folder: {folder}", hint)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        written = manifest["format"], manifest["labels"], manifest["sha256"]
    except FileNotFoundError:
        raise BundleError(f"{folder} is not a bundle: it has no {MANIFEST}", hint) from None
    except (ValueError, KeyError, TypeError):
        raise BundleError(f"{folder / MANIFEST} is damaged", "export the study again") from None
    if written[0] != FORMAT:
        raise BundleError(f"{folder} has format {written[0]}, this autotune reads format {FORMAT}", "install the version that wrote it")
    return dict(manifest)


def replace_folder(source: Path, target: Path) -> None:
    """Moves `source` to where `target` is, on the same disk; what was there is deleted only once the new folder stands."""
    if target.exists():
        old = target.with_name(f".{target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        os.replace(target, old)
        os.replace(source, target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(source, target)


def _to_disk(path: Path) -> None:
    """Has the operating system write a file out: a study must not name a model that a power cut then empties."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
