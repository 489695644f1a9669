"""The end of `autotune train`: the test, and the bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autotune.config import Metric
    from autotune.data.dataset import Dataset, DataSource
    from autotune.export.provenance import Run
    from autotune.training.trained import TrainedClassifier


def finish(
    classifier: "TrainedClassifier",
    source: "DataSource",
    dataset: "Dataset",
    metric: "Metric",
    validation: "dict[Metric, float]",
    run: "Run",
    to: Path | None,
) -> None:
    """Tests a trained model where there is a test, and writes it as a bundle where one is wanted.

    Args:
        validation: its scores on the validation texts; none where it has learnt from them.
    """
    from tempfile import TemporaryDirectory

    from autotune.cli.console import note, out
    from autotune.data.dataset import load_test
    from autotune.export.bundle import export_bundle
    from autotune.export.provenance import Provenance
    from autotune.metrics import intervals, scores

    final: dict[str, Any] | None = None
    if dataset.has_test:
        held = load_test(source, dataset)
        probabilities = classifier.probabilities(held.texts)
        final = {"rows": len(held.texts), "test": scores(probabilities, held.labels), "intervals": intervals(probabilities, held.labels)}
        low, high = final["intervals"][metric]
        out().print(f"test {metric} {final['test'][metric]:.4f} (95 % interval {low:.4f} to {high:.4f}) on {len(held.texts):,} texts")
        for remark in held.notes:
            note(f"note: {remark}")
    if to is None:
        return
    provenance = Provenance(
        study=None,
        trial=None,
        data=Path(source.data).name,
        metric=metric,
        validation=validation,
        final=final,
        unlabeled=Path(source.unlabeled).name if source.unlabeled else None,
        run=run,
        source=source,
        fingerprint=dataset.fingerprint,
    )
    with TemporaryDirectory() as scratch:
        classifier.save(Path(scratch) / "model")
        export_bundle(Path(scratch) / "model", to, provenance, force=False)
    out().print(f"wrote {to}")
