"""`model.onnx`: the network in a form that predicts without torch, checked against torch before it leaves.

Everything from token ids and code points on is in the graph, the hashing of n-grams too, so that whoever uses it only needs a tokenizer.
"""

import copy
import runpy
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from autotune.data.tokenizer import PAD_ID, UNKNOWN_ID
from autotune.data.tokens import CHARACTERS_PER_TOKEN
from autotune.errors import FailureError, UsageError
from autotune.export.templating import rendered
from autotune.model import TextClassifier
from autotune.training.trained import TrainedClassifier

MODEL = "model.onnx"
EXAMPLE = "predict_onnx.py"
TOLERANCE = 1e-4
"""So much may a class probability differ from torch's."""

_TEMPLATE = Path(__file__).parent / "templates" / "predict_onnx.txt"
_OPSET = 17
_BATCHES = (32, 1)
_ODD = ["", " ", "a", "\ufffd \U0001f642\u200d"]
"""Texts that no data set holds, but some user sends."""
_NEEDED = ("onnx", "onnxruntime")


def require_onnx() -> None:
    """Says so where the packages are missing.

    Raises:
        UsageError: one of them is not installed.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"--format onnx needs {' and '.join(missing)}, not installed here", "pip install 'autotune[onnx]'")


def write_onnx(classifier: TrainedClassifier, folder: Path, texts: Sequence[str]) -> float:
    """Writes `model.onnx` and `predict_onnx.py` into a bundle's folder, which the example reads its tokenizer and labels from.

    What is checked is what the user will run: the probabilities of the example, in batches and text by text, against torch's.

    Args:
        texts: real ones to check on; a few odd ones are added.

    Returns:
        The largest difference of a probability.

    Raises:
        FailureError: the graph cannot be written, or it answers otherwise than torch does by more than `TOLERANCE`.
    """
    _export(classifier.model, folder / MODEL)
    text = classifier.config.text
    example = rendered(
        _TEMPLATE,
        flags={"characters": text.character_ngrams > 0},
        values={"most": CHARACTERS_PER_TOKEN * text.maximum_length, "unknown": UNKNOWN_ID},
    )
    (folder / EXAMPLE).write_text(example, encoding="utf-8")
    difference = _difference(classifier, folder / EXAMPLE, [*texts, *_ODD])
    if not difference <= TOLERANCE:  # nor is a number that is none
        raise FailureError(
            f"{MODEL} is not written: its class probabilities differ from torch's by up to {difference:.2g}, more than {TOLERANCE:g}",
            "please report this, with the config.yaml of the model; the bundle without --format onnx is right",
        )
    return difference


class _Network(nn.Module):
    """Padded token ids [B, L], and padded code points [B, K] where they are read, to class probabilities [B, C]."""

    def __init__(self, model: TextClassifier) -> None:
        super().__init__()
        self.model = copy.deepcopy(model).cpu().eval()
        for branch in (self.model.wide, self.model.spelling):
            if branch is not None:
                branch.numbers = branch.numbers.int()  # a million of them, half as many bytes

    def forward(self, *padded: Tensor) -> Tensor:
        # No text can spell the padding, and control characters are blanks by now: what is zero is padding.
        inputs = [tensor for read in padded for tensor in (read, (read != PAD_ID).sum(dim=1))]
        logits: Tensor = self.model(*inputs)
        return logits.softmax(dim=1)


def _export(model: TextClassifier, path: Path) -> None:
    names = ["ids"] if model.spelling is None else ["ids", "characters"]
    # Longer than the longest n-gram: tracing writes a loop down turn by turn.
    examples = tuple(torch.ones(2, 16, dtype=torch.int64) for _ in names)
    with warnings.catch_warnings():
        # Torch's new exporter fixes the length of recurrent layers and takes ten seconds; this one is called old with every use.
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                _Network(model),
                examples,
                str(path),
                dynamo=False,
                opset_version=_OPSET,
                input_names=names,
                output_names=["probabilities"],
                dynamic_axes={**{name: {0: "texts", 1: f"longest of {name}"} for name in names}, "probabilities": {0: "texts"}},
            )
        except Exception as problem:
            first = (str(problem).splitlines() or [type(problem).__name__])[0]
            raise FailureError(f"{MODEL} cannot be written: {first}", "the bundle without --format onnx has the same model") from problem


def _difference(classifier: TrainedClassifier, example: Path, texts: list[str]) -> float:
    try:
        predict = runpy.run_path(str(example))["predict"]
        expected = classifier.probabilities(texts)
        found = [np.concatenate([predict(texts[start : start + size]) for start in range(0, len(texts), size)]) for size in _BATCHES]
    except Exception as problem:  # the runtime's own kinds of errors are not known here
        raise FailureError(
            f"{MODEL} is not written: onnxruntime cannot run it ({str(problem).splitlines()[0]})",
            "please report this, with the config.yaml of the model",
        ) from problem
    return max(float(np.abs(one - expected).max()) for one in found)
