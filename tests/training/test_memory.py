"""Memory that really runs out: processes of their own under a limit of the operating system."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from autotune.config import Config
from autotune.config_file import write_config
from autotune.data.dataset import DataSource, load_dataset
from autotune.training.fit import fit
from tests.conftest import Answer, write_toy

LIMITED = """
import json, resource, sys
from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.training.fit import fit

def limit(megabytes):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 2**20, resource.RLIM_INFINITY))

def train(**changes):
    outcome = fit(Config.from_values({**values, **{path.replace("__", "."): value for path, value in changes.items()}}), dataset)
    return {"parts": outcome.micro_batches, "losses": [[epoch.train_loss, epoch.validation_loss] for epoch in outcome.epochs]}

data, share, values = json.loads(sys.argv[1])
dataset = load_dataset(DataSource(data, validation_fraction=share))
train(batch_size__initial=2, early_stopping__max_epochs=1)  # so that the libraries have what they need
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is that of Linux")


def limited(program: str, data: Path, values: dict[str, Any], share: float = 0.1, arguments: tuple[str, ...] = ()) -> Answer:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED + program, json.dumps([str(data), share, values]), *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        env={"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"},  # whose address space would count
        cwd=data.parent,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


WIDE = {
    "encoder.name": "cnn",
    "encoder.kernel_sizes": "1",
    "pretraining.dimension": 16,
    "early_stopping.max_epochs": 2,
    "batch_size.initial": "full",
}


def test_a_full_batch_that_does_not_fit_is_learnt_in_parts_with_the_same_result(tmp_path: Path) -> None:
    # In two processes: what the first run has freed would do for the second.
    answers = [
        limited(f"{limit}print(json.dumps(train()))", write_toy(tmp_path / "toy.csv", rows=2000), WIDE | {"encoder.width": 1024})
        for limit in ("", "limit(160)\n")
    ]
    assert [answer.code for answer in answers] == [0, 0], answers
    whole, parts = (json.loads(answer.out) for answer in answers)
    assert whole["parts"] == 1
    assert parts["parts"] > 1
    for one, other in zip(whole["losses"], parts["losses"], strict=True):
        assert other == pytest.approx(one, rel=1e-4)


def test_validation_that_does_not_fit_is_done_in_parts(tmp_path: Path) -> None:
    program = """
limit(160)
print(json.dumps(train(batch_size__initial=1)))
"""
    texts = write_long(tmp_path / "long.csv", lengths=[60] * 300)
    answer = limited(program, texts, WIDE | {"encoder.width": 4096, "early_stopping.max_epochs": 1}, share=0.8)
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["parts"] == 1


def test_prediction_that_does_not_fit_is_done_in_parts_with_the_same_result(tmp_path: Path) -> None:
    program = """
import numpy as np
classifier = fit(Config.from_values({**values, "early_stopping.max_epochs": 1, "batch_size.initial": 1}), dataset).classifier
texts = dataset.train.texts + dataset.validation.texts
calls = []
classifier.model.register_forward_pre_hook(lambda model, inputs: calls.append(len(inputs[1])))
alone = np.concatenate([classifier.probabilities([text]) for text in texts])
limit(160)
calls.clear()
together = classifier.probabilities(texts)
print(json.dumps([float(abs(together - alone).max()), calls[0], calls[-1]]))
"""
    texts = write_long(tmp_path / "long.csv", lengths=[60] * 300)
    answer = limited(program, texts, WIDE | {"encoder.width": 4096})
    assert answer.code == 0, answer.err
    difference, first, last = json.loads(answer.out)
    assert difference < 1e-5
    assert first == 256 > last


@pytest.mark.parametrize(
    "values",
    [
        {"encoder.width": 4096, "text.maximum_length": 10_000},
        {"pretraining.dimension": 2048, "encoder.name": "lstm", "encoder.width": 4096},
    ],
    ids=["a single text", "the weights"],
)
def test_what_does_not_fit_at_all_is_told_in_one_line(tmp_path: Path, values: dict[str, Any]) -> None:
    program = """
from autotune.cli.app import main
limit(300)
sys.argv = ["autotune", "train", sys.argv[2], "--data", data]
main()
"""
    texts = write_long(tmp_path / "long.csv", lengths=[5] * 100 + [10_000] * 20)
    (tmp_path / "best.yaml").write_text(write_config(Config.from_values(WIDE | values)), encoding="utf-8")
    answer = limited(program, texts, {"encoder.name": "none", "early_stopping.max_epochs": 1}, arguments=("best.yaml",))
    assert answer.code == 1, answer.err
    assert [line for line in answer.err.splitlines() if "memory" in line] == ["error: out of memory"]
    assert "hint: " in answer.err
    assert "Traceback" not in answer.err


def test_a_text_that_cannot_be_predicted_at_all_is_told_in_one_line(tmp_path: Path) -> None:
    program = """
from autotune.cli.app import main
classifier = fit(Config.from_values({**values, "early_stopping.max_epochs": 1, "batch_size.initial": 1}), dataset).classifier
classifier.save(__import__("pathlib").Path("model"))
limit(100)
sys.argv = ["autotune", "predict", "model", sys.argv[2]]
main()
"""
    texts = write_long(tmp_path / "long.csv", lengths=[5] * 100)
    write_long(tmp_path / "longer.csv", lengths=[5, 10_000])
    answer = limited(
        program, texts, WIDE | {"encoder.width": 4096, "text.maximum_length": 10_000}, arguments=(str(tmp_path / "longer.csv"),)
    )
    assert (answer.code, answer.out) == (1, ""), answer.err
    assert answer.err.splitlines()[-2:] == ["error: out of memory", "hint: shorten the longest texts, or use a machine with more memory"]
    assert "Traceback" not in answer.err


def write_long(path: Path, lengths: list[int]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for row, length in enumerate(lengths):
            words = ["good", "bad"][row % 2 :: 2] + [f"w{(row + place) % 50}" for place in range(length)]
            writer.writerow([" ".join(words), row % 2])
    return path


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_full_batch_that_does_not_fit_on_the_device_is_learnt_in_parts(tmp_path: Path) -> None:
    dataset = load_dataset(DataSource(str(write_toy(tmp_path / "toy.csv", rows=2000))))
    config = Config.from_values(WIDE | {"encoder.width": 4096})
    whole = fit(config, dataset, device="cuda")
    torch.cuda.empty_cache()
    _, total = torch.cuda.mem_get_info()
    try:
        torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + 200 * 2**20) / total)
        parts = fit(config, dataset, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert whole.micro_batches == 1 < parts.micro_batches
    assert parts.epochs[-1].train_loss == pytest.approx(whole.epochs[-1].train_loss, rel=1e-3)
