"""The best model of a study, or its ensemble, as a folder of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import Connection

from autotune.data.dataset import load_dataset
from autotune.errors import StudyError, UsageError
from autotune.export.additions import Addition, onnx_addition, script_addition
from autotune.export.bundle import check_target, export_bundle
from autotune.export.onnx_model import require_onnx
from autotune.export.provenance import Provenance, of_ensemble, of_trial
from autotune.manifest import read_manifest
from autotune.storage.engine import reading, studies_folder
from autotune.storage.leaderboard import StudyRow, ensemble_folder, model_folder, read_study

Format = Literal["onnx", "script"]
"""What a folder can hold beside the bundle: the network for any ONNX runtime, and a program that trains it."""

FORMATS: tuple[Format, ...] = ("onnx", "script")


@dataclass(frozen=True)
class Exported:
    """What was written, in a sentence, and what else there is to say."""

    sentence: str
    notes: list[str]


def export_study(
    url: str, name: str, to: Path, *, ensemble: bool = False, formats: Collection[Format] = (), force: bool = False
) -> Exported:
    """Writes the folder.

    Args:
        url: of the database.
        formats: what else is written into it.
        force: whether an older bundle there is replaced.

    Raises:
        StudyError: there is no such study, model or ensemble; or the data, which a format needs, are not those of the study.
        UsageError: the folder is something else, or an ensemble cannot be written so.
        BundleError: the model is damaged.
        FailureError: a format cannot be written.
    """
    if ensemble and formats:
        raise UsageError(
            f"--format {min(formats)}: an ensemble is several networks with a tokenizer each, and no single model",
            "leave --ensemble out: the best network alone",
        )
    to = to.resolve()
    with reading(url) as connection:
        study, folder = read_study(connection, name), studies_folder(url) / name
        if ensemble:
            return _export_ensemble(study, folder, to, force)
        return _export_best(connection, study, folder, to, formats, force)


def _export_best(connection: Connection, study: StudyRow, folder: Path, to: Path, formats: Collection[Format], force: bool) -> Exported:
    winner = study.winner(folder)
    check_target(to, force)
    provenance = of_trial(connection, study, winner)
    additions = _additions(study.name, provenance, formats)
    export_bundle(model_folder(folder, winner.number), to, provenance, force, additions)
    instead = study.better_without_model(folder)
    notes = [f"note: {instead}"] if instead else []
    notes += [sentence for addition in additions for sentence in addition.said]
    return Exported(f"wrote {to}: trial {winner.number}, validation {provenance.metric} {winner.score:.4f}", notes)


def _additions(study: str, provenance: Provenance, formats: Collection[Format]) -> list[Addition]:
    """What writes the formats, with the texts of the study."""
    if not formats:
        return []
    if "onnx" in formats:
        require_onnx()
    assert provenance.source is not None
    dataset = load_dataset(provenance.source)
    if dataset.fingerprint != provenance.fingerprint:
        raise StudyError(
            f"{provenance.source.data} is not the data that study '{study}' was made with, which --format {min(formats)} needs",
            "restore the file, or export without --format",
        )
    made = {"onnx": onnx_addition, "script": script_addition}
    return [made[name](provenance, dataset) for name in sorted(formats)]


def _export_ensemble(study: StudyRow, folder: Path, to: Path, force: bool) -> Exported:
    model = ensemble_folder(folder)
    if not model.is_dir():
        study.winner(folder)  # says so where there is no result at all
        raise StudyError(
            f"study '{study.name}' has no ensemble: its search has not ended by itself, or had no time to train the winner again",
            f"`autotune resume {study.name}` makes one, with --more-time where its time is spent",
        )
    written = read_manifest(model)
    provenance = of_ensemble(study, written["networks"], written["linear_weight"])
    export_bundle(model, to, provenance, force)
    networks = f"{written['networks']} network{'s' if written['networks'] > 1 else ''}"
    linear = f" and the linear model with weight {written['linear_weight']:.2f}" if written["linear"] else ""
    test = provenance.final
    score = f", test {provenance.metric} {test['test'][provenance.metric]:.4f}" if test else ""
    return Exported(f"wrote {to}: an ensemble of {networks}{linear}{score}", [])
