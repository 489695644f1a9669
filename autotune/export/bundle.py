"""The bundle: the folder that `autotune export` writes, with everything that is needed to predict and nothing that can run."""

import json
import shutil
from pathlib import Path
from typing import Any

from autotune.config_file import read_config
from autotune.ensemble import Classifier, Ensemble, load_classifier
from autotune.errors import UsageError
from autotune.export.card import Provenance, ensemble_card, model_card
from autotune.manifest import MANIFEST, whole_folder

METRICS_FILE = "metrics.json"
CARD = "README.md"


def export_bundle(model: Path, target: Path, provenance: Provenance, force: bool) -> None:
    """Copies a trained model or an ensemble to `target`, with its scores and a model card.

    Raises:
        BundleError: the model is missing or damaged.
        UsageError: `target` exists and is something else than an older bundle.
    """
    if target.exists() and not (target / MANIFEST).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} exists and is not a bundle", "choose another folder")
    if (target / MANIFEST).is_file() and not force:
        raise UsageError(f"{target} holds a bundle already", "say --force to replace it, or choose another folder")
    classifier = load_classifier(model)
    with whole_folder(target) as scratch:
        shutil.copytree(model, scratch, dirs_exist_ok=True)
        scores: dict[str, Any] = {
            "study": provenance.study,
            "trial": provenance.trial,
            "objective": provenance.metric,
            "validation": provenance.validation,
            "test": provenance.final,
        }
        if isinstance(classifier, Ensemble):
            weight = classifier.linear_weight if classifier.linear else None
            scores |= {"networks": len(classifier.networks), "linear_weight": weight}
            configs = [network.config for network in classifier.networks]
            card = ensemble_card(configs, weight, classifier.labels, classifier.parameters_count, provenance)
        else:
            config = read_config(model / "config.yaml")
            card = model_card(config, classifier.labels, classifier.model.parameters_count, provenance)
        (scratch / METRICS_FILE).write_text(json.dumps(scores, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        (scratch / CARD).write_text(card, encoding="utf-8")


def load_bundle(folder: Path) -> Classifier:
    """The classifier of a bundle, a single model or an ensemble, on the CPU.

    Raises:
        BundleError: not a bundle, of a newer format, or damaged.
    """
    return load_classifier(folder)
