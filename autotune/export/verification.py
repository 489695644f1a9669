"""Whether an exported run comes out the same again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from autotune.config import Metric
from autotune.data.dataset import Dataset
from autotune.errors import BundleError
from autotune.export.metrics_file import METRICS_FILE, read_provenance
from autotune.export.provenance import Provenance
from autotune.manifest import check_digests, read_manifest
from autotune.training.circumstances import differences
from autotune.training.fit import fit
from autotune.training.trained import TrainedClassifier

TOLERANCE = 0.01
"""So much may a score differ on a GPU, where sums come in another order every time; on few texts by two of them."""


@dataclass(frozen=True)
class Verdict:
    """What came of training again.

    Args:
        metric: the objective.
        score: on the validation texts, this time.
        before: the score that is to be proven.
        tolerance: by how much they may differ; 0 on a CPU, where every score and every weight must be the same.
        same: whether every score and every weight is.
        circumstances: what is not as it was, a few words each.
    """

    metric: Metric
    score: float
    before: float
    tolerance: float
    same: bool
    circumstances: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether the score is what it was said to be."""
        return self.same or (self.tolerance > 0 and abs(self.score - self.before) <= self.tolerance)


def exported_run(folder: Path) -> Provenance:
    """What a bundle says about the run that its model comes from.

    Raises:
        BundleError: no bundle, damaged, an ensemble, or one whose run or score is not known.
    """
    manifest = read_manifest(folder)
    if "networks" in manifest:
        raise BundleError(f"{folder} is an ensemble of several runs", "export the study without --ensemble")
    if METRICS_FILE in manifest["sha256"]:
        check_digests(folder, (METRICS_FILE,), manifest["sha256"])
    provenance = read_provenance(folder)
    if provenance.run is None or provenance.source is None:
        raise BundleError(f"{folder / METRICS_FILE} does not say how its model was trained", "export the study again")
    return provenance


def scored_run(folder: Path) -> Provenance:
    """The same, of a run that has a score.

    Raises:
        BundleError: likewise, or the model was trained on the validation texts too.
    """
    provenance = exported_run(folder)
    if not provenance.validation:
        raise BundleError(
            f"{folder} was trained on the validation texts too: there is no score to prove", "verify the bundle that the study exported"
        )
    return provenance


def verify(
    model: TrainedClassifier,
    provenance: Provenance,
    dataset: Dataset,
    report: Callable[[int, float], None] = lambda epoch, value: None,
    stop: Callable[[], bool] = lambda: False,
) -> Verdict:
    """Trains the exported run again, for as many epochs as it had, with its number of threads, and compares scores and weights.

    Args:
        model: of the bundle.
        provenance: what `scored_run` says of it.
        dataset: that with the fingerprint that it names.
        report: told `(epoch, objective)` after every epoch.
        stop: asked after every step; True ends the run.

    Raises:
        TrainingError: the run does not come to an end.
    """
    run = provenance.run
    assert run is not None
    on_cpu = run.circumstances.get("device", "cpu") == "cpu"

    def told(epoch: int, value: float) -> bool:
        report(epoch, value)
        return epoch >= run.epochs  # what ended it then, the clock perhaps, does not come again

    threads = torch.get_num_threads()
    torch.set_num_threads(int(run.circumstances.get("threads", threads)))
    try:
        outcome = fit(model.config, dataset, told, metric=provenance.metric, device="cpu" if on_cpu else "auto", stop=stop)
    finally:
        torch.set_num_threads(threads)
    scores = outcome.epochs[outcome.best_epoch - 1].scores
    old, new = model.model.state_dict(), outcome.classifier.model.state_dict()
    alike = old.keys() == new.keys() and all(torch.equal(old[name], new[name]) for name in old)
    return Verdict(
        metric=provenance.metric,
        score=outcome.score,
        before=provenance.validation[provenance.metric],
        tolerance=0.0 if on_cpu else max(TOLERANCE, 2.5 / len(dataset.validation)),
        same=alike and scores == provenance.validation,
        circumstances=tuple(differences(run.circumstances, outcome.circumstances)),
    )
