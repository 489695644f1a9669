"""The bundle: the folder that `autotune export` writes, with everything that is needed to predict.

Nothing in it can run, save the programs that are asked for with `--format`, which autotune itself never reads.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotune.config_file import read_config
from autotune.ensemble import Classifier, Ensemble, load_classifier
from autotune.errors import UsageError
from autotune.export.additions import Addition
from autotune.export.card import ensemble_card, model_card
from autotune.export.metrics_file import METRICS_FILE, metrics_text
from autotune.export.provenance import Provenance
from autotune.manifest import MANIFEST, add_digests, whole_folder

CARD = "README.md"


def export_bundle(model: Path, target: Path, provenance: Provenance, force: bool, additions: Sequence[Addition] = ()) -> None:
    """Copies a trained model or an ensemble to `target`, with its scores and a model card.

    Args:
        additions: what else a single network is to be written as.

    Raises:
        BundleError: the model is missing or damaged.
        UsageError: `target` exists and is something else than an older bundle.
        FailureError: an addition cannot be written; nothing is then.
    """
    check_target(target, force)
    classifier = load_classifier(model)
    with whole_folder(target) as scratch:
        shutil.copytree(model, scratch, dirs_exist_ok=True)
        own = {path.name for path in scratch.iterdir()}
        size = sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file())
        if isinstance(classifier, Ensemble):
            weight = classifier.linear_weight if classifier.linear else None
            more: dict[str, Any] = {
                "networks": len(classifier.networks),
                "linear_weight": weight,
                "parameters": classifier.parameters_count,
            }
            configs = [network.config for network in classifier.networks]
            card = ensemble_card(configs, weight, classifier.labels, classifier.parameters_count, provenance)
        else:
            config = read_config(model / "config.yaml")
            more = {"parameters": classifier.model.parameters_count}
            also = [line for addition in additions for line in addition.files]
            card = model_card(config, classifier.labels, classifier.model.parameters_count, provenance, also)
            for addition in additions:
                addition.write(classifier, scratch)
        more["classes"] = len(classifier.labels)
        (scratch / METRICS_FILE).write_text(metrics_text(provenance, target, size, more), encoding="utf-8")
        add_digests(scratch, sorted(path.name for path in scratch.iterdir() if path.name not in own))
        # Without a digest: it is there to be edited.
        (scratch / CARD).write_text(card, encoding="utf-8")


def check_target(target: Path, force: bool) -> None:
    """Whether a bundle may be written there.

    Raises:
        UsageError: it exists and is something else than an older bundle, or that is not to be replaced.
    """
    if target.exists() and not (target / MANIFEST).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} exists and is not a bundle", "choose another folder")
    if (target / MANIFEST).is_file() and not force:
        raise UsageError(f"{target} holds a bundle already", "say --force to replace it, or choose another folder")


def load_bundle(folder: Path) -> Classifier:
    """The classifier of a bundle, a single model or an ensemble, on the CPU.

    Raises:
        BundleError: not a bundle, of a newer format, or damaged.
    """
    return load_classifier(folder)
