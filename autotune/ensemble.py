"""Several models that answer as one: networks, whose class probabilities are averaged, and a linear model that is blended in.

The coordinator of a search writes ensembles from folders and never loads a network, so that torch is imported only to load one.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from autotune.errors import BundleError
from autotune.linear import LinearModel
from autotune.manifest import ENSEMBLE_FORMAT, MANIFEST, check_digests, digest, manifest_text, read_manifest, whole_folder
from autotune.metrics import Probabilities

if TYPE_CHECKING:
    from autotune.training.trained import TrainedClassifier

_MEMBERS = "members"
_LINEAR = "linear"
_LINEAR_DESCRIPTION = f"{_LINEAR}/linear.json"


class Classifier(Protocol):
    """What predicts: a single network or an ensemble."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the probabilities."""

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Class probabilities [N, C] of texts, in their order."""


@dataclass(frozen=True)
class Ensemble:
    """The mean of the networks' class probabilities, blended with those of a linear model.

    Args:
        networks: at least one, all of the same labels. Each cuts texts by its own tokenizer.
        linear: of the same labels; None: networks alone.
        linear_weight: what the linear model counts, 0 to 1; 0 without one.
    """

    networks: tuple["TrainedClassifier", ...]
    linear: LinearModel | None = None
    linear_weight: float = 0.0

    def __post_init__(self) -> None:
        _check([network.labels for network in self.networks], self.linear, self.linear_weight)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the probabilities."""
        return self.networks[0].labels

    @property
    def parameters_count(self) -> int:
        """Trained parameters of all members in sum."""
        return sum(network.model.parameters_count for network in self.networks) + (self.linear.parameters_count if self.linear else 0)

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Class probabilities [N, C] of texts, in their order.

        Raises:
            OutOfMemoryError: a single text does not fit into memory.
        """
        found = [network.probabilities(texts) for network in self.networks]
        return blended(found, self.linear.probabilities(texts) if self.linear else None, self.linear_weight)

    def save(self, folder: Path) -> None:
        """Writes the ensemble to `folder`, which appears whole or not at all."""
        _write(folder, self.labels, [network.save for network in self.networks], self.linear, self.linear_weight)

    @classmethod
    def load(cls, folder: Path) -> "Ensemble":
        """Reads what `save` or `write_ensemble` wrote, onto the CPU.

        Raises:
            BundleError: no such folder, not an ensemble, of a newer format, or damaged.
        """
        from autotune.training.trained import TrainedClassifier

        manifest = read_manifest(folder)
        if manifest["format"] != ENSEMBLE_FORMAT:
            raise BundleError(f"{folder} is a single model, not an ensemble", "export the study with --ensemble")
        members = [f"{_MEMBERS}/{number}" for number in range(1, manifest["networks"] + 1)]
        names = (*(f"{member}/{MANIFEST}" for member in members), *((_LINEAR_DESCRIPTION,) if manifest["linear"] else ()))
        check_digests(folder, names, manifest["sha256"])
        networks = tuple(TrainedClassifier.load(folder / member) for member in members)
        linear = LinearModel.load(folder / _LINEAR) if manifest["linear"] else None
        try:
            return cls(networks, linear, manifest["linear_weight"])
        except ValueError as problem:
            raise BundleError(f"{folder / MANIFEST} is damaged: {problem}", "export the study again") from None


def blended(networks: Sequence[Probabilities], linear: Probabilities | None, linear_weight: float) -> Probabilities:
    """(1 - w) times the mean of the networks' class probabilities [N, C] plus w times the linear model's."""
    mean = np.stack(networks).mean(axis=0, dtype=np.float64)
    result = mean if linear is None else (1 - linear_weight) * mean + linear_weight * linear
    return np.asarray(result, dtype=np.float32)


def write_ensemble(folder: Path, networks: Sequence[Path], linear: LinearModel | None = None, linear_weight: float = 0.0) -> None:
    """Writes what `Ensemble.save` would, from the folders of single models; torch is not needed.

    The files are shared with those folders where the disk can do that: a model's file is replaced and never written into.

    Raises:
        BundleError: one of them is not a single model.
        ValueError: they do not fit each other, or the weight is none.
    """
    labels = [tuple(read_manifest(network)["labels"]) for network in networks]
    _check(labels, linear, linear_weight)
    _write(folder, labels[0], [partial(shutil.copytree, network, copy_function=_linked) for network in networks], linear, linear_weight)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def load_classifier(folder: Path) -> "TrainedClassifier | Ensemble":
    """A single network or an ensemble, on the CPU.

    Raises:
        BundleError: neither, of a newer format, or damaged.
    """
    from autotune.training.trained import TrainedClassifier

    return Ensemble.load(folder) if is_ensemble(folder) else TrainedClassifier.load(folder)


def is_ensemble(folder: Path) -> bool:
    """Whether a bundle is an ensemble.

    Raises:
        BundleError: not a bundle.
    """
    return bool(read_manifest(folder)["format"] == ENSEMBLE_FORMAT)


def _check(labels: Sequence[tuple[str, ...]], linear: LinearModel | None, weight: float) -> None:
    if not labels or len(set(labels)) > 1:
        raise ValueError("an ensemble needs networks of the same labels")
    if linear is not None and linear.classes != len(labels[0]):
        raise ValueError(f"the linear model knows {linear.classes} classes, the networks {len(labels[0])}")
    if not 0 <= weight <= 1 or (linear is None and weight):
        raise ValueError(f"weight {weight} of the linear model")


def _write(
    folder: Path, labels: tuple[str, ...], put: Sequence[Callable[[Path], Any]], linear: LinearModel | None, linear_weight: float
) -> None:
    with whole_folder(folder) as scratch:
        names = []
        for number, put_network in enumerate(put, start=1):
            put_network(scratch / _MEMBERS / str(number))
            names.append(f"{_MEMBERS}/{number}/{MANIFEST}")
        if linear is not None:
            linear.save(scratch / _LINEAR)
            names.append(_LINEAR_DESCRIPTION)
        text = manifest_text(
            ENSEMBLE_FORMAT,
            labels,
            {name: digest(scratch / name) for name in names},
            networks=len(put),
            linear=linear is not None,
            linear_weight=linear_weight,
        )
        (scratch / MANIFEST).write_text(text, encoding="utf-8")
