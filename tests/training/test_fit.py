import pickle
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.metrics import score
from autotune.training.fit import fit
from autotune.training.outcome import DivergedError, OutOfTimeError
from tests.conftest import write_toy

SMALL = {"encoder.name": "none", "pretraining.dimension": 16, "learning_rate.relative": 10, "early_stopping.max_epochs": 6}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(DataSource(data=str(write_toy(tmp_path_factory.mktemp("data") / "toy.csv"))))


def small(**changes: object) -> Config:
    return Config.from_values({**SMALL, **{path.replace("__", "."): value for path, value in changes.items()}})


def test_a_run_learns_and_reports_every_epoch(dataset: Dataset) -> None:
    told: list[tuple[int, float]] = []
    outcome = fit(small(), dataset, lambda epoch, value: told.append((epoch, value)) or False)
    assert [epoch for epoch, _ in told] == list(range(1, len(outcome.epochs) + 1))
    assert outcome.score == max(value for _, value in told) > 0.7
    assert told[outcome.best_epoch - 1][1] == outcome.score
    assert outcome.epochs[-1].train_loss < outcome.epochs[0].train_loss


def test_the_weights_are_those_of_the_best_epoch(dataset: Dataset) -> None:
    outcome = fit(small(early_stopping__max_epochs=8, learning_rate__relative=50), dataset, metric="log_loss")
    assert outcome.epochs[-1].scores["log_loss"] > 1.01 * outcome.score  # else those of the last would do
    probabilities = outcome.classifier.probabilities(dataset.validation.texts)
    assert score("log_loss", probabilities, dataset.validation.labels) == pytest.approx(outcome.score, rel=1e-6)


@pytest.mark.parametrize("encoder", ["none", "cnn", "gru"])
def test_the_same_seed_gives_the_same_run_bit_for_bit(dataset: Dataset, encoder: str) -> None:
    config = small(encoder__name=encoder, dropout__head=0.3, dropout__embedding=0.2, early_stopping__max_epochs=2)
    first, second = fit(config, dataset), fit(config, dataset)
    assert first.epochs == second.epochs
    for name, tensor in first.classifier.model.state_dict().items():
        assert torch.equal(tensor, second.classifier.model.state_dict()[name])
    other = fit(Config.from_values({**SMALL, "early_stopping.max_epochs": 2, "encoder.name": encoder, "seed": 1}), dataset)
    assert other.epochs != first.epochs


def test_report_ends_a_run(dataset: Dataset) -> None:
    outcome = fit(small(), dataset, lambda epoch, value: epoch == 2)
    assert outcome.stopped == "pruned"
    assert len(outcome.epochs) == 2


def test_patience_ends_a_run(dataset: Dataset) -> None:
    outcome = fit(small(early_stopping__max_epochs=200, early_stopping__patience=2), dataset)
    assert outcome.stopped == "patience"
    assert len(outcome.epochs) == outcome.best_epoch + 2


def test_patience_can_watch_another_metric_than_the_objective(dataset: Dataset) -> None:
    config = small(early_stopping__max_epochs=60, early_stopping__patience=3, early_stopping__metric="log_loss")
    losses = [epoch.scores["log_loss"] for epoch in fit(config, dataset).epochs]
    assert len(losses) == 60 or int(np.argmin(losses)) == len(losses) - 4


def test_log_loss_as_objective_is_minimized(dataset: Dataset) -> None:
    outcome = fit(small(), dataset, metric="log_loss")
    assert outcome.score == min(epoch.scores["log_loss"] for epoch in outcome.epochs)


def test_the_deadline_is_kept_within_an_epoch_and_the_best_epoch_survives(dataset: Dataset) -> None:
    config = small(batch_size__initial=1, early_stopping__max_epochs=10_000, early_stopping__patience=10_000)
    fit(small(early_stopping__max_epochs=1), dataset)  # warm
    started = time.monotonic()
    seen: list[float] = []
    outcome = fit(config, dataset, lambda epoch, value: seen.append(value) or False, deadline=started + 10)
    assert outcome.stopped == "time"
    assert time.monotonic() - started < 20
    assert outcome.score == max(seen)


def test_a_deadline_before_the_first_epoch_is_said(dataset: Dataset) -> None:
    with pytest.raises(OutOfTimeError):
        fit(small(), dataset, deadline=time.monotonic())


def test_a_run_that_diverges_is_said(dataset: Dataset) -> None:
    exploding = {"optimizer__name": "sgd", "learning_rate__initial": 100, "regularization__l2": 1.0}
    with pytest.raises(DivergedError):
        fit(small(**exploding, batch_size__initial=1), dataset)


def test_a_run_that_diverges_late_keeps_what_it_had(dataset: Dataset) -> None:
    outcome = fit(small(optimizer__name="sgd", learning_rate__initial=100, regularization__l2=1.0), dataset)
    assert outcome.stopped == "diverged"
    assert outcome.score == max(epoch.scores["accuracy"] for epoch in outcome.epochs)


def test_running_out_of_memory_is_said(dataset: Dataset, tmp_path: Path) -> None:
    # In a process of its own with a real limit: without one the kernel would kill this one.
    program = """
import pickle, resource, sys
from autotune.config import Config
from autotune.training.fit import fit
from autotune.training.memory import OutOfMemoryError
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, used + 2**30))
config = Config.from_values({"encoder.width": 4096, "encoder.kernel_sizes": "31,31,31,31", "encoder.layers": 2})
try:
    fit(config, pickle.load(open(sys.argv[1], "rb")))
except OutOfMemoryError as error:
    print("caught:", error.message)
"""
    (tmp_path / "dataset").write_bytes(pickle.dumps(dataset))
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "dataset")], capture_output=True, text=True, timeout=120)
    assert done.stdout == "caught: out of memory\n", done.stderr


def test_a_termination_signal_ends_an_epoch_in_the_middle(dataset: Dataset, tmp_path: Path) -> None:
    program = """
import os, pickle, signal, sys, threading, time
from dataclasses import replace
from autotune.config import Config
from autotune.data.dataset import Split
from autotune.training.fit import fit
dataset = pickle.load(open(sys.argv[1], "rb"))
train = Split(dataset.train.texts * 8, dataset.train.labels.repeat(8))
small = {"encoder.name": "none", "pretraining.dimension": 16, "batch_size.initial": 1, "early_stopping.max_epochs": 2}
ends = []
def report(epoch, value):
    ends.append(time.process_time())
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
started = time.process_time()
try:
    fit(Config.from_values(small), replace(dataset, train=train), report)
except SystemExit:
    print("stopped", "within" if time.process_time() - ends[-1] < (ends[0] - started) / 2 else "after", "epoch", len(ends) + 1)
"""
    (tmp_path / "dataset").write_bytes(pickle.dumps(dataset))
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "dataset")], capture_output=True, text=True, timeout=240)
    assert done.stdout == "stopped within epoch 2\n", done.stderr


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_run_on_the_gpu_scores_like_one_on_the_cpu(dataset: Dataset) -> None:
    assert abs(fit(small(), dataset, device="cuda").score - fit(small(), dataset, device="cpu").score) < 0.1


def test_lightning_keeps_quiet(dataset: Dataset, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fit(small(early_stopping__max_epochs=1), dataset)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
