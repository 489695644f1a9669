"""`autotune lr-range`"""

import os
import shlex
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_interrupts import started
from tests.cli.test_mistakes import refused
from tests.conftest import Answer, write_toy

Run = Callable[..., Answer]
TINY = ("--set", "encoder.name=none", "--set", "pretraining.dimension=16")


def test_it_shows_the_curve_proposes_a_rate_and_says_how_to_use_it(autotune: Run, toy: Path, workplace: Path) -> None:
    answer = autotune("lr-range", "--data", str(toy), *TINY, "--set", "optimizer.name=sgd", "--to", "curve.csv")
    assert answer.code == 0, answer.err
    plot, command = answer.out.split("\nnext\n")
    assert all(len(line) <= 79 and line.isascii() for line in plot.splitlines())
    rate = float(next(line for line in plot.splitlines() if line.startswith("P  ")).split(": ")[1])

    from autotune.config import Config
    from autotune.data.dataset import DataSource, load_dataset
    from autotune.spaces.files import read_space
    from autotune.training.rate_sweep import range_test

    values = {"encoder.name": "none", "pretraining.dimension": 16, "optimizer.name": "sgd"}
    curve = range_test(Config.from_values(values), load_dataset(DataSource(data=str(toy))))
    assert rate == curve.proposal
    rows = (workplace / "curve.csv").read_text().splitlines()
    assert rows[0] == "rate,loss,smoothed"
    assert len(rows) == 1 + len(curve.rates)

    program, verb, *words = shlex.split(command)
    assert (program, verb) == ("autotune", "search")
    assert words[:2] == ["--data", str(toy)]
    assert set(words[2::2]) == {"--set"}
    settings = dict(word.split("=") for word in words[3::2])
    config = read_space("quick").fix(settings).config({})
    assert config.initial_learning_rate == rate
    assert (config.encoder.name, config.optimizer.name, config.pretraining.dimension) == ("none", "sgd", 16)


def test_of_a_configuration_file_what_set_says_counts_more(autotune: Run, toy: Path, workplace: Path) -> None:
    (workplace / "mine.yaml").write_text("encoder: {name: none}\noptimizer: {name: adagrad}\nlearning_rate: {initial: 3}\n")
    answer = autotune("lr-range", "mine.yaml", "--data", str(toy), *TINY, "--set", "optimizer.name=sgd")
    assert answer.code == 0, answer.err
    assert "words 16, max, sgd auto" in answer.err
    assert "in mine.yaml, and what --set says" in answer.out
    assert answer.out.endswith(f"next\n  autotune train mine.yaml --data {toy}\n")


def test_train_with_auto_tells_the_rate_and_keeps_it(autotune: Run, toy: Path, workplace: Path) -> None:
    (workplace / "mine.yaml").write_text(
        "encoder: {name: none}\npretraining: {dimension: 16}\nlearning_rate: {initial: auto}\nearly_stopping: {max_epochs: 2}\n"
    )
    trained = autotune("train", "mine.yaml", "--data", str(toy), "--to", "model")
    assert trained.code == 0, trained.err
    rate = next(line for line in trained.err.splitlines() if " auto came to " in line).split()[-1]
    assert f"  initial: {rate} " in (workplace / "model" / "config.yaml").read_text()
    assert f"start here: {rate}\n" in autotune("lr-range", "mine.yaml", "--data", str(toy)).out
    again = autotune("train", "model/config.yaml", "--data", str(toy))
    assert again.out.splitlines()[0].split(" (")[0] == trained.out.splitlines()[0].split(" (")[0]
    assert "auto" not in again.err


def test_a_loss_that_never_falls_is_shown_and_said(autotune: Run, toy: Path) -> None:
    # Behind weights that are all zero nothing can move but the output's bias, and the classes are equally frequent.
    answer = autotune("lr-range", "--data", str(toy), "--set", "initialization.name=zeros", "--set", "encoder.width=4")
    refused(answer, "the loss never fell", code=1)
    assert "smoothed loss" in answer.out
    assert "start here" not in answer.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.yaml",), "no such file: nowhere.yaml"),
        (("--set", "optimizer.name=adm"), "--set: optimizer.name = adm"),
        (("--set", "optimizer.nam=adam"), "did you mean 'optimizer.name'?"),
        (("--set", "optimizer.name"), "expected PATH=VALUE"),
        (("--to", "toy.csv"), "--to: toy.csv exists"),
        (("--to", "nowhere/curve.csv"), "--to: no such folder: nowhere"),
        (("--unlabeled", "toy.csv"), "pretraining.method none"),
        (("--label", "lable"), "did you mean 'label'?"),
    ],
)
def test_what_is_wrong_is_told_before_the_sweep(autotune: Run, toy: Path, arguments: tuple[str, ...], words: str) -> None:
    answer = autotune("lr-range", "--data", toy.name, *arguments)
    refused(answer, words)
    assert answer.out == ""


def test_ctrl_c_ends_it_calmly(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=2000)
    slow = ("--set", "encoder.name=lstm", "--set", "encoder.width=400", "--set", "batch_size.initial=full")
    with started("lr-range", "--data", "toy.csv", *slow, "--to", "curve.csv", folder=tmp_path) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("range test of"):
            assert process.poll() is None
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=100)
    assert process.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert not (tmp_path / "curve.csv").exists()
