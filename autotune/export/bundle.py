"""The bundle: the folder that `autotune export` writes, with everything that is needed to predict and nothing that can run."""

import json
import shutil
from pathlib import Path

from autotune.config_file import read_config
from autotune.errors import UsageError
from autotune.export.card import Provenance, model_card
from autotune.manifest import MANIFEST, whole_folder
from autotune.training.trained import TrainedClassifier

METRICS_FILE = "metrics.json"
CARD = "README.md"


def export_bundle(model: Path, target: Path, provenance: Provenance, force: bool) -> None:
    """Copies a trained model to `target`, with its scores and a model card.

    Raises:
        BundleError: the model is missing or damaged.
        UsageError: `target` exists and is something else than an older bundle.
    """
    if target.exists() and not (target / MANIFEST).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} exists and is not a bundle", "choose another folder")
    if (target / MANIFEST).is_file() and not force:
        raise UsageError(f"{target} holds a bundle already", "say --force to replace it, or choose another folder")
    classifier = TrainedClassifier.load(model)
    with whole_folder(target) as scratch:
        shutil.copytree(model, scratch, dirs_exist_ok=True)
        scores = {
            "study": provenance.study,
            "trial": provenance.trial,
            "objective": provenance.metric,
            "validation": provenance.validation,
            "test": provenance.final,
        }
        (scratch / METRICS_FILE).write_text(json.dumps(scores, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        card = model_card(read_config(model / "config.yaml"), classifier.labels, classifier.model.parameters_count, provenance)
        (scratch / CARD).write_text(card, encoding="utf-8")


def load_bundle(folder: Path) -> TrainedClassifier:
    """The classifier of a bundle, on the CPU.

    Raises:
        BundleError: not a bundle, of a newer format, or damaged.
    """
    return TrainedClassifier.load(folder)
