"""What a bundle of a single network can be written with: ONNX, and a program that trains it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from autotune.data.dataset import Dataset
from autotune.export.onnx_model import EXAMPLE, MODEL, write_onnx
from autotune.export.provenance import Provenance
from autotune.export.train_script import SCRIPT, SPLIT, write_script
from autotune.training.trained import TrainedClassifier

_CHECKED = 500
"""So many real texts are asked of both."""


@dataclass
class Addition:
    """More files for the folder of a bundle.

    Args:
        files: lines of the model card on them.
        write: puts them there, given the network and the folder as it is so far.
        said: sentences for the user on what was written, once it was.
    """

    files: tuple[str, ...]
    write: Callable[[TrainedClassifier, Path], None]
    said: list[str] = field(default_factory=list)


def onnx_addition(provenance: Provenance, dataset: Dataset) -> Addition:
    """`model.onnx` and its example, checked on validation texts."""
    said: list[str] = []

    def write(classifier: TrainedClassifier, folder: Path) -> None:
        texts = dataset.validation.texts[:_CHECKED]
        difference = write_onnx(classifier, folder, texts)
        said.append(
            f"{MODEL} agrees with torch to {difference:.1g} on {len(texts)} validation texts; `python {EXAMPLE} < texts.txt` uses it"
        )

    files = (
        f"- `{MODEL}`: the network for any ONNX runtime, from token ids (and code points) to class probabilities",
        f"- `{EXAMPLE}`: predicts with it, without torch and autotune",
    )
    return Addition(files, write, said)


def script_addition(provenance: Provenance, dataset: Dataset) -> Addition:
    """`train.py`, with the split that it needs."""
    said: list[str] = []

    def write(classifier: TrainedClassifier, folder: Path) -> None:
        write_script(classifier, folder, provenance, dataset)
        said.append(f"`python {SCRIPT}` trains it again, without autotune")

    files = (
        f"- `{SCRIPT}`: trains this model again, without autotune",
        f"- `{SPLIT}`: which rows of the data file it trains and validates on",
    )
    return Addition(files, write, said)
