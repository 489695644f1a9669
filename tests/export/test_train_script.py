"""The program that `--format script` writes: it is run, and every epoch must come out as the run's did."""

import ast
import contextlib
import csv
import gzip
import io
import json
import runpy
import subprocess
import sys
from pathlib import Path

import polars
import pytest
import torch

from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.errors import UsageError
from autotune.export.provenance import Provenance, Run
from autotune.export.train_script import write_script
from autotune.export.train_script_parts import KNOWN, ROUNDED, beyond
from autotune.training.fit import fit
from tests.conftest import write_toy

SMALL = {
    "encoder.name": "none",
    "encoder.width": 6,
    "pooling.name": "average",
    "pretraining.dimension": 8,
    "early_stopping.max_epochs": 3,
    "batch_size.initial": 16,
    "learning_rate.relative": 10,
}
NETWORKS = [
    {"encoder.name": "cnn", "encoder.kernel_sizes": "1,2,4", "encoder.layers": 2, "dropout.encoder": 0.2, "pooling.name": "max"},
    {"encoder.name": "cnn", "pooling.name": "attention", "initialization.name": "kaiming_normal", "activation.name": "gelu"},
    {"encoder.name": "lstm", "pooling.name": "last", "encoder.layers": 2, "initialization.name": "orthogonal", "dropout.encoder": 0.2},
    {"encoder.name": "gru", "encoder.bidirectional": False, "pooling.name": "last", "initialization.name": "xavier_uniform"},
    {"encoder.name": "rnn", "pooling.name": "attention", "initialization.name": "uniform", "activation.hidden_width": 5},
    {"text.ngrams": 2, "text.character_ngrams": 4, "dropout.embedding": 0.2, "dropout.head": 0.1, "pooling.name": "max"},
    {"text.character_ngrams": 3, "encoder.name": "gru", "text.unit": "character", "activation.hidden_width": 4},
    {"activation.hidden_width": 4, "activation.name": "leaky_relu", "initialization.name": "normal", "text.unit": "subword"},
]
LEARNING = [
    {
        "optimizer.name": "sgd",
        "optimizer.nesterov": True,
        "learning_rate.schedule": "exponential",
        "learning_rate.warmup_epochs": 0.5,
        "initialization.name": "xavier_normal",
    },
    {
        "optimizer.name": "adagrad",
        "learning_rate.schedule": "step",
        "learning_rate.step_epochs": 1,
        "regularization.weight_decay": 0.1,
        "initialization.name": "kaiming_uniform",
    },
    {
        "optimizer.name": "adadelta",
        "learning_rate.schedule": "cosine",
        "regularization.l1": 1e-4,
        "shuffling.enabled": False,
        "initialization.name": "zeros",
    },
    {"optimizer.name": "adamax", "learning_rate.schedule": "one_cycle", "regularization.l2": 1e-3},
    {"optimizer.name": "adamw", "batch_size.growth": "epochs", "batch_size.growth_epochs": 1, "loss.label_smoothing": 0.1},
    {
        "learning_rate.relative": 500,
        "learning_rate.schedule": "plateau",
        "learning_rate.plateau_patience": 0,
        "batch_size.growth": "plateau",
        "batch_size.growth_patience": 0,
        "loss.class_weights": "balanced",
        "early_stopping.max_epochs": 6,
    },
    {"batch_size.initial": "full", "early_stopping.min_improvement": 0.01, "early_stopping.patience": 1, "early_stopping.max_epochs": 9},
    {"early_stopping.metric": "log_loss", "early_stopping.patience": 1, "early_stopping.max_epochs": 12},
    {"optimizer.name": "nadam"},
    {"optimizer.name": "rmsprop", "optimizer.momentum": 0.5},
]


def test_every_option_that_it_has_words_for_is_tried() -> None:
    tried = [Config.from_values(SMALL | values).values() for values in (*NETWORKS, *LEARNING)]
    for path, options in KNOWN.items():
        assert {values[path] for values in tried} == set(options), path


def test_an_option_without_words_is_no_other_option() -> None:
    assert beyond(Config.from_values(SMALL)) is None
    strange = Config().model_copy(update={"encoder": Config().encoder.model_copy(update={"name": "transformer"})})
    assert beyond(strange) == "encoder.name transformer"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> DataSource:
    return DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv")))


def exported(folder: Path, source: DataSource, config: Config, metric: str = "accuracy", epochs: int | None = None) -> Run:
    """Trains, and writes the program of the run into a folder; the run."""
    dataset = load_dataset(source)
    outcome = fit(config, dataset, lambda epoch, value: epoch == epochs, metric=metric)  # type: ignore[arg-type]
    run = Run.of_outcome(outcome)
    scores = outcome.epochs[outcome.best_epoch - 1].scores
    provenance = Provenance("toy", 3, "toy.csv", metric, scores, None, run=run, source=source)  # type: ignore[arg-type]
    outcome.classifier.save(folder)
    write_script(outcome.classifier, folder, provenance, dataset)
    return run


def losses_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], dict[str, float]]:
    """Runs the program in this process: the loss of every epoch, and its best scores."""
    monkeypatch.setattr(sys, "argv", ["train.py"])
    script = runpy.run_path(str(folder / "train.py"))
    found: list[float] = []
    kept = script["nll_loss"]

    def watched(*arguments: object) -> torch.Tensor:
        found.append(kept(*arguments).item())
        return torch.tensor(found[-1])

    script["main"].__globals__["nll_loss"] = watched
    with contextlib.redirect_stdout(io.StringIO()):
        script["main"]()
    return found, json.loads((folder / "trained" / "scores.json").read_text())


@pytest.mark.parametrize("values", [*NETWORKS, *LEARNING], ids=lambda values: ",".join(map(str, list(values.values())[:3])))
def test_every_epoch_comes_out_the_same(
    source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, object]
) -> None:
    config = Config.from_values(SMALL | values)
    run = exported(tmp_path / "best", source, config)
    losses, best = losses_of(tmp_path / "best", monkeypatch)
    if config.optimizer.name in ROUNDED:
        assert losses == pytest.approx(run.validation_losses, rel=1e-4)
    else:
        assert losses == list(run.validation_losses)
        assert best["epoch"] == run.best_epoch


def test_it_stops_where_the_run_was_cut_off(source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config.from_values(SMALL | {"early_stopping.max_epochs": 9, "early_stopping.patience": 9})
    run = exported(tmp_path / "best", source, config, epochs=2)
    losses, _ = losses_of(tmp_path / "best", monkeypatch)
    assert losses == list(run.validation_losses)
    assert len(losses) == 2


@pytest.mark.parametrize("metric", ["macro_f1", "log_loss"])
def test_the_score_is_that_of_the_objective(source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metric: str) -> None:
    config = Config.from_values(SMALL | {"early_stopping.max_epochs": 6, "early_stopping.metric": "accuracy"})
    exported(tmp_path / "best", source, config, metric)
    dataset = load_dataset(source)
    expected = fit(config, dataset, metric=metric)  # type: ignore[arg-type]
    _, best = losses_of(tmp_path / "best", monkeypatch)
    assert (best[metric], best["epoch"]) == (expected.score, expected.best_epoch)


@pytest.mark.parametrize("values", [*NETWORKS, *LEARNING], ids=lambda values: ",".join(map(str, list(values.values())[:3])))
def test_it_is_short_and_holds_nothing_that_it_does_not_use(source: DataSource, tmp_path: Path, values: dict[str, object]) -> None:
    config = Config.from_values(SMALL | values | {"early_stopping.max_epochs": 1})
    exported(tmp_path / "best", source, config)
    text = (tmp_path / "best" / "train.py").read_text()
    assert len(text.splitlines()) <= 200
    assert max(map(len, text.splitlines())) <= 160
    nodes = list(ast.walk(ast.parse(text)))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    imported = {name.split(".")[0] for name in imported}
    assert imported <= {"csv", "json", "lightning", "math", "numpy", "pathlib", "safetensors", "sys", "tokenizers", "torch", "warnings"}
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E9,F", str(tmp_path / "best" / "train.py")]
    checked = subprocess.run(ruff, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    assert "{{" not in text
    assert "#:" not in text


def test_it_runs_by_itself(source: DataSource, tmp_path: Path) -> None:
    config = Config.from_values(SMALL | {"text.ngrams": 2, "dropout.head": 0.1})
    run = exported(tmp_path / "best", source, config)
    blocked = "import runpy, sys; sys.modules['autotune'] = None; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-I", "-c", blocked, str(tmp_path / "best" / "train.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(run.validation_losses) + 1
    assert lines[-1].startswith("validation accuracy ")
    assert lines[-1].endswith(f"after epoch {run.best_epoch}")
    assert (tmp_path / "best" / "trained" / "model.safetensors").is_file()
    other = write_toy(tmp_path / "other.csv", rows=30)
    refused = subprocess.run([*command, str(other)], capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == f"{other} has 30 rows, split.txt is of a file of 240"


def rewritten(source: DataSource, folder: Path, name: str) -> Path:
    """The toy texts as a file of another format, some of them hard to read."""
    with Path(source.data).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for number, odd in ((3, 'a "quoted" word, and more'), (5, "  blanks  around  "), (8, "\u65b0\u3057\u3044 \U0001f642")):
        rows[number]["text"] = odd
    path = folder / name
    if name.endswith(".parquet"):
        polars.DataFrame(rows).write_parquet(path)
        return path
    with (gzip.open if name.endswith(".gz") else open)(path, "wt", encoding="utf-8", newline="") as file:
        if ".jsonl" in name:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        elif ".txt" in name:
            file.writelines(f"__label__{row['label']} {row['text']}\n" for row in rows)
        elif "quotes" in name:
            file.writelines(f"{row['text']}\t{row['label']}\n" for row in [{"text": "text", "label": "label"}, *rows])
        else:
            writer = csv.writer(file, delimiter="\t" if ".tsv" in name else ";" if "semicolon" in name else ",")
            writer.writerows([["text", "label"], ["", "food"], *([row["text"], row["label"]] for row in rows)])
    return path


@pytest.mark.parametrize(
    "name",
    ["a.csv", "a.csv.gz", "semicolon.csv", "a.tsv", "quotes.tsv", "a.jsonl", "a.jsonl.gz", "a.parquet", "a.txt", 'it\'s "odd" {{x}}.csv'],
)
def test_every_format_is_read_as_the_run_read_it(source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    data = DataSource(data=str(rewritten(source, tmp_path, name)))
    run = exported(tmp_path / "best", data, Config.from_values(SMALL | {"early_stopping.max_epochs": 1}))
    losses, _ = losses_of(tmp_path / "best", monkeypatch)
    assert losses == list(run.validation_losses)


def test_a_validation_file_is_read_too(source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = write_toy(tmp_path / "held.csv", rows=50, seed=1)
    run = exported(tmp_path / "best", DataSource(data=source.data, validation=str(held)), Config.from_values(SMALL))
    losses, _ = losses_of(tmp_path / "best", monkeypatch)
    assert losses == list(run.validation_losses)


def test_what_a_short_program_cannot_do_is_refused(source: DataSource, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pretraining\.method word2vec is beyond a short program"):
        exported(tmp_path / "best", source, Config.from_values(SMALL | {"pretraining.method": "word2vec", "pretraining.epochs": 1}))
    long = tmp_path / "long.csv"
    long.write_text(Path(source.data).read_text() + "goal " * 40_000 + ",sport\n")
    with pytest.raises(UsageError, match=r"long\.csv needs more than a plain reader \(Error: field larger than field limit"):
        exported(tmp_path / "other", DataSource(data=str(long)), Config.from_values(SMALL | {"early_stopping.max_epochs": 1}))
