"""`train.py`: a run as a program of its own, in plain torch and Lightning, with the parts that its configuration uses and no others."""

import runpy
from importlib.metadata import version
from pathlib import Path

from autotune.config import MAXIMIZED, Config, Metric
from autotune.data.builtin import cache_file
from autotune.data.dataset import BUILTIN, Dataset, DataSource
from autotune.data.formats import csv_delimiter, format_of
from autotune.errors import UsageError
from autotune.export.metrics_file import way
from autotune.export.provenance import Provenance, Run
from autotune.export.templating import rendered
from autotune.export.train_script_parts import ROUNDED, Parts, beyond, learning_parts, literal, network_parts
from autotune.training.trained import TrainedClassifier
from autotune.words import brief

SCRIPT = "train.py"
SPLIT = "split.txt"

_TEMPLATE = Path(__file__).parent / "templates" / "train.txt"
_PACKAGES = ("lightning", "torch", "tokenizers", "safetensors")
_REFUSED_HINT = "leave --format script out: `autotune train` repeats the run"

_SCORES: dict[Metric, str] = {
    "accuracy": "(predicted.argmax(dim=1) == labels).double().mean().item()",
    "macro_f1": "float((2 * hits / seen)[seen > 0].numpy().mean())",
    "log_loss": "float(-np.log(np.clip(predicted.exp().numpy()[np.arange(len(labels)), labels], 1e-7, 1.0)).mean())",
}


def write_script(classifier: TrainedClassifier, folder: Path, provenance: Provenance, dataset: Dataset) -> None:
    """Writes `train.py` and `split.txt` into a bundle's folder, whose tokenizer the program uses.

    It is read in as a check: the texts that it takes from the data file must be those that the run had.

    Raises:
        UsageError: the run, or its data file, is none that a short program can repeat.
    """
    run, source, config = provenance.run, provenance.source, classifier.config
    if run is None or source is None or run.on_all_data:
        raise UsageError("--format script: nothing is known of how this model was trained", _REFUSED_HINT)
    if what := beyond(config):
        raise UsageError(f"--format script: {what} is beyond a short program", _REFUSED_HINT)
    data = cache_file() if source.data == BUILTIN else Path(source.data)
    files = [data, *([Path(source.validation)] if source.validation is not None else [])]
    if len({format_of(path) for path in files}) > 1:
        raise UsageError("--format script: data and validation file are of two formats", _REFUSED_HINT)
    problem: object = None
    for quoting in ("", ", quoting=csv.QUOTE_NONE") if format_of(data) == ".tsv" else ("",):
        text = _text(classifier, provenance, run, source, dataset, files, folder, quoting)
        try:
            (folder / SCRIPT).write_text(text, encoding="utf-8")
            problem = _split_with(runpy.run_path(str(folder / SCRIPT))["read"], files, source, dataset, folder / SPLIT)
        except Exception as error:  # whatever a plain reader stumbles over
            problem = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        if problem is None:
            return
    raise UsageError(f"--format script: {data} needs more than a plain reader ({problem})", _REFUSED_HINT)


def _split_with(read: object, files: list[Path], source: DataSource, dataset: Dataset, target: Path) -> str | None:
    """Writes down which row is on which side; what keeps it from being so, in a few words."""
    assert callable(read)
    texts, labels = read(files[0])
    sides = dict.fromkeys(dataset.train.texts, "T")
    if source.validation is None:
        sides |= dict.fromkeys(dataset.validation.texts, "V")
    else:
        held, names = read(files[1])
        kept = [(text, name) for text, name in zip(held, names, strict=True) if text.strip()]
        if kept != [(text, dataset.labels[label]) for text, label in zip(dataset.validation.texts, dataset.validation.labels, strict=True)]:
            return "its validation texts would be others"
    split = "".join(sides.get(text, "-") for text in texts)
    for side, part in (("T", dataset.train), ("V", dataset.validation)):
        if side in sides.values():
            found = [(text, label) for text, label, letter in zip(texts, labels, split, strict=True) if letter == side]
            if found != [(text, dataset.labels[label]) for text, label in zip(part.texts, part.labels, strict=True)]:
                return "its texts would be others"
    lines = [split[start : start + 100] for start in range(0, len(split), 100)]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return None


def _text(
    classifier: TrainedClassifier,
    provenance: Provenance,
    run: Run,
    source: DataSource,
    dataset: Dataset,
    files: list[Path],
    folder: Path,
    quoting: str,
) -> str:
    config = classifier.config
    flags, values = _data_parts(source, dataset, files, folder, quoting)
    for part in (network_parts(config, classifier.labels), learning_parts(config, len(dataset.train))):
        flags |= part[0]
        values |= part[1]
    metric = provenance.metric
    watched: Metric = metric if config.early_stopping.metric == "objective" else config.early_stopping.metric
    flags |= {
        "other_watched": watched != metric or config.early_stopping.min_improvement > 0,
        "macro_f1": "macro_f1" in (metric, watched),
        "numpy": "log_loss" in (metric, watched),
        "threads": "threads" in run.circumstances,
    }
    pair = ("watched", "self.watched") if MAXIMIZED[watched] else ("self.watched", "watched")
    on_cpu = run.circumstances.get("device", "cpu") == "cpu"
    origin = f"trial {provenance.trial} of the study {_in_words(provenance.study)}" if provenance.study else "a run of autotune"
    values |= {
        "title": f"Trains a text classifier as {origin} did: {brief(config)}.",
        "requirements": " ".join(f"{name}=={version(name).partition('+')[0]}" for name in _PACKAGES),
        "promise": _promise(config, run, metric, provenance.validation[metric], on_cpu),
        "metric": metric,
        "watched": watched,
        "score": _SCORES[metric],
        "better": ">" if MAXIMIZED[metric] else "<",
        "watched_score": _SCORES[watched],
        "watched_better": f"{pair[0]} - {pair[1]} > {config.early_stopping.min_improvement!r}",
        "cut_off": "" if run.ended in ("finished", "patience") else f" or epoch == {run.epochs}  # where the run was cut off",
        "thread_count": run.circumstances.get("threads"),
        "accelerator": "cpu" if on_cpu else "auto",
    }
    return rendered(_TEMPLATE, flags, values)


def _promise(config: Config, run: Run, metric: Metric, score: float, on_cpu: bool) -> str:
    reached = f"It reached validation {metric} {score:.4f} after epoch {run.best_epoch} of {run.epochs}. "
    if not on_cpu:
        return reached + "On a GPU it comes out within noise."
    if config.optimizer.name in ROUNDED:
        return reached + "It comes out alike, but for rounding, which an optimizer may make larger."
    return reached + "With these versions and the same kind of processor\nevery epoch comes out the same, bit for bit."


def _data_parts(source: DataSource, dataset: Dataset, files: list[Path], folder: Path, quoting: str) -> Parts:
    form = format_of(files[0])
    kind = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".ndjson": "json", ".json": "json", ".parquet": "parquet"}.get(form, "lines")
    packed = any(path.suffix.lower() == ".gz" for path in files)
    delimiter = csv_delimiter(files[0]) if form == ".csv" else "\t"
    usage = ["[DATA", *(["[VALIDATION]"] if source.validation is not None else [])]
    flags = {name: kind == name for name in ("csv", "json", "parquet", "lines")}
    flags |= {"packed": packed, "validation_file": source.validation is not None}
    values: dict[str, object] = {
        "data_name": _in_words(files[0].name),
        "usage": " ".join(usage).removeprefix("["),
        "data": literal(way(str(files[0]), folder)),
        "validation_data": literal(way(str(files[-1]), folder)),
        "open": '(gzip.open if path.suffix == ".gz" else open)' if packed else "open",
        "delimiter": literal(delimiter) + quoting,
        "text_column": literal(dataset.text_column),
        "label_column": literal(dataset.label_column),
    }
    return flags, values


def _in_words(name: str | None) -> str:
    """A name for a comment, whatever it holds."""
    printable = "".join(character if character.isprintable() else " " for character in name or "")
    return " ".join(printable.replace("\\", "/").replace('"', "'").split())
