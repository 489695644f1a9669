"""`autotune train` on what was exported: proving its score, and training on all texts."""

import csv
import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from autotune.config_file import read_config
from autotune.data.dataset import DataSource, load_dataset
from autotune.export.bundle import load_bundle
from autotune.manifest import add_digests
from tests.conftest import Answer, shell, start, write_toy

Run = Callable[..., Answer]

SMALL = "encoder:\n  name: none\npooling:\n  name: average\npretraining:\n  dimension: 8\nlearning_rate:\n  initial: 0.03\n"


@pytest.fixture
def bundle(autotune: Run, workplace: Path, toy: Path) -> Path:
    """What `autotune train --to` writes, in a folder beside the data."""
    (workplace / "mine.yaml").write_text(SMALL + "early_stopping:\n  max_epochs: 5\n")
    trained = autotune("train", "mine.yaml", "--data", "toy.csv", "--metric", "macro_f1", "--split-seed", "3", "--to", "best")
    assert trained.code == 0, trained.err
    return workplace / "best"


def rewrite(bundle: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes metrics.json as another run would have written it."""
    metrics = json.loads((bundle / "metrics.json").read_text())
    change(metrics)
    (bundle / "metrics.json").write_text(json.dumps(metrics))
    add_digests(bundle, ["metrics.json"])


@pytest.mark.parametrize("given", ["best", "best/config.yaml"])
def test_a_run_is_proven_bit_for_bit(autotune: Run, bundle: Path, given: str) -> None:
    answer = autotune("train", given, "--verify")
    assert answer.code == 0, answer.err
    score = json.loads((bundle / "metrics.json").read_text())["validation"]["macro_f1"]
    assert answer.out == f"proven: validation macro_f1 {score:.4f} again, every weight and every score the same bit for bit\n"


def test_the_winner_of_a_search_is_proven(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    searched = shell("search", "--data", "toy.csv", "--study", "s", "--trials", "4", "--workers", "1", folder=tmp_path)
    assert searched.code == 0, searched.err
    assert shell("export", "s", "--to", "best", folder=tmp_path).code == 0
    metrics = json.loads((tmp_path / "best" / "metrics.json").read_text())
    assert metrics["training"]["epochs"] == len(metrics["training"]["validation_losses"])
    assert metrics["training"]["circumstances"]["torch"] == torch.__version__
    assert {"majority class", "TF-IDF on words and characters + logistic regression"} == set(metrics["test"]["baselines"])
    answer = shell("train", "best", "--verify", folder=tmp_path)
    assert answer.code == 0, answer.out + answer.err
    assert answer.out.startswith("proven: ")


def test_a_run_that_was_cut_off_ends_where_it_ended(autotune: Run, bundle: Path, workplace: Path) -> None:
    values = {**read_config(bundle / "config.yaml").values(), "early_stopping.max_epochs": 40, "early_stopping.patience": 40}
    assert values["learning_rate.schedule"] == "constant"  # so that the first epochs are the same
    lines = (bundle / "config.yaml").read_text().replace("max_epochs: 5 ", "max_epochs: 40 ")
    (bundle / "config.yaml").write_text(lines)
    add_digests(bundle, ["config.yaml"])
    answer = autotune("train", "best", "--verify")
    assert answer.code == 0, answer.err
    assert "epoch   5" in answer.err
    assert "epoch   6" not in answer.err


def test_a_score_that_does_not_come_again_is_not_proven(autotune: Run, bundle: Path) -> None:
    rewrite(bundle, lambda metrics: metrics["validation"].update(macro_f1=0.999))
    answer = autotune("train", "best", "--verify")
    assert answer.code == 1
    assert answer.out.startswith("not proven: validation macro_f1 ")
    assert "was 0.9990" in answer.out
    assert answer.err.endswith("nothing that is noted of the machine and the versions differs\n")


def test_what_differs_is_said(autotune: Run, bundle: Path) -> None:
    def elsewhere(metrics: dict[str, Any]) -> None:
        metrics["validation"]["log_loss"] += 1e-9
        metrics["training"]["circumstances"] |= {"torch": "2.6.0", "processor": "an abacus"}

    rewrite(bundle, elsewhere)
    answer = autotune("train", "best", "--verify")
    assert answer.code == 1
    assert "the score is the same, but weights or other scores are not" in answer.out
    assert f"differs: torch 2.6.0, here {torch.__version__}" in answer.err
    assert "differs: processor an abacus, here " in answer.err


def test_on_a_gpu_scores_are_compared_within_a_tolerance(autotune: Run, bundle: Path) -> None:
    def on_a_gpu(metrics: dict[str, Any]) -> None:
        metrics["training"]["circumstances"]["device"] = "a GPU"
        metrics["validation"]["macro_f1"] += 0.05  # of 24 texts

    rewrite(bundle, on_a_gpu)
    answer = autotune("train", "best", "--verify")
    assert answer.code == 0, answer.out
    assert answer.out.startswith("proven within 0.1: validation macro_f1 ")
    rewrite(bundle, lambda metrics: metrics["validation"].update(macro_f1=0.3))
    assert autotune("train", "best", "--verify").code == 1


def test_moved_data_is_found_by_name_and_known_by_its_fingerprint(autotune: Run, bundle: Path, workplace: Path) -> None:
    (workplace / "toy.csv").rename(workplace / "elsewhere.csv")
    answer = autotune("train", "best", "--verify")
    assert (answer.code, answer.err.splitlines()[1]) == (2, "hint: say where it is: --data FILE")
    assert f"the data file of the run is not there any more: {workplace / 'toy.csv'}" in answer.err
    assert autotune("train", "best", "--verify", "--data", "elsewhere.csv").code == 0
    write_toy(workplace / "other.csv", seed=1)
    other = autotune("train", "best", "--verify", "--data", "other.csv")
    assert other.code == 2
    assert "other.csv is not the data that best was trained on" in other.err


def test_a_bundle_and_its_data_may_move_together(autotune: Run, bundle: Path, workplace: Path) -> None:
    (workplace / "archive").mkdir()
    for name in ("best", "toy.csv"):
        shutil.move(workplace / name, workplace / "archive" / name)
    answer = autotune("train", "archive/best", "--verify")
    assert answer.code == 0, answer.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("best", "--verify", "--to", "x"), "leave --to out"),
        (("best", "--verify", "--on-all-data"), "leave --on-all-data out"),
        (("best", "--verify", "--split-seed", "1"), "--verify takes columns, splits and metric from the bundle"),
        (("mine.yaml", "--verify"), "mine.yaml does not lie in a bundle"),
        ((".", "--verify"), "is not a bundle"),
        (("nowhere", "--verify"), "nowhere does not lie in a bundle"),
    ],
)
def test_what_cannot_be_verified_is_refused(autotune: Run, bundle: Path, arguments: tuple[str, ...], words: str) -> None:
    answer = autotune("train", *arguments)
    assert answer.code == 2
    assert words in answer.err.splitlines()[0]


@pytest.mark.parametrize("damage", ["truncated", "without a run", "of a newer version", "gone", "flipped"])
def test_a_damaged_metrics_file_is_one_line(autotune: Run, bundle: Path, damage: str) -> None:
    path = bundle / "metrics.json"
    if damage == "truncated":
        path.write_text(path.read_text()[:300])
        add_digests(bundle, ["metrics.json"])
    elif damage == "gone":
        path.unlink()
    elif damage == "flipped":
        path.write_text(path.read_text().replace('"seed": 3', '"seed": 4'))
    else:
        rewrite(bundle, lambda metrics: metrics.update({"training": None} if damage == "without a run" else {"format": 2}))
    answer = autotune("train", "best", "--verify")
    assert answer.code == 2
    assert len([line for line in answer.err.splitlines() if line.startswith("error: ")]) == 1
    assert "metrics.json" in answer.err


def test_training_on_all_data_keeps_the_number_of_epochs_and_claims_no_validation_score(
    autotune: Run, bundle: Path, workplace: Path
) -> None:
    before = json.loads((bundle / "metrics.json").read_text())
    answer = autotune("train", "best", "--on-all-data", "--to", "all")
    assert answer.code == 0, answer.err
    best = before["training"]["best_epoch"]
    assert f"for {best} epoch" in answer.err
    assert "the test texts stay out" in answer.err
    assert f"epoch {best:>3}  train loss" in answer.err
    assert f"epoch {best + 1:>3}" not in answer.err
    assert "validation macro_f1" not in answer.out
    metrics = json.loads((workplace / "all" / "metrics.json").read_text())
    assert metrics["validation"] == {}
    assert metrics["training"]["on_all_data"]
    assert metrics["test"]["rows"] == before["test"]["rows"]
    assert (
        "It has learnt from the validation texts too, so that it has no validation score." in (workplace / "all" / "README.md").read_text()
    )
    # It knows words that only validation texts have, which the first model could not.
    source = DataSource(data=str(workplace / "toy.csv"), seed=3)
    texts = load_dataset(source).train.texts + load_dataset(source).validation.texts
    words = {word for word in set(" ".join(texts).split()) if sum(word in text.split() for text in texts) > 1}
    known = load_bundle(workplace / "all").tokenizer.get_vocab()  # type: ignore[attr-defined]
    assert words <= known.keys()
    refused = autotune("train", "all", "--verify")
    assert refused.code == 2
    assert "there is no score to prove" in refused.err


def test_training_a_configuration_on_all_data_finds_the_number_of_epochs_first(autotune: Run, workplace: Path, toy: Path) -> None:
    plateau = "  schedule: plateau\n  plateau_patience: 0\n  decay: 0.1\n"
    (workplace / "mine.yaml").write_text(SMALL + plateau + "batch_size:\n  growth: plateau\n  growth_patience: 0\n")
    answer = autotune("train", "mine.yaml", "--data", "toy.csv", "--on-all-data", "--test-fraction", "0")
    assert answer.code == 0, answer.err
    assert "to find the number of epochs" in answer.err
    assert "the test texts stay out" not in answer.err
    assert answer.out.startswith("trained on 240 texts for ")
    assert len(answer.out.splitlines()) == 1


def test_on_other_data_the_number_of_epochs_is_found_anew(autotune: Run, bundle: Path, workplace: Path) -> None:
    write_toy(workplace / "other.csv", rows=100, seed=1)
    answer = autotune("train", "best", "--on-all-data", "--data", "other.csv")
    assert answer.code == 0, answer.err
    assert "to find the number of epochs" in answer.err
    assert answer.out.startswith("trained on 90 texts for ")
    shutil.copy(workplace / "toy.csv", workplace / "moved.csv")
    moved = autotune("train", "best", "--on-all-data", "--data", "moved.csv")
    assert moved.code == 0, moved.err
    assert "to find the number of epochs" not in moved.err


def test_a_bundle_is_trained_on_its_own_data_again(autotune: Run, bundle: Path) -> None:
    answer = autotune("train", "best")
    assert answer.code == 0, answer.err
    score = json.loads((bundle / "metrics.json").read_text())["validation"]["macro_f1"]
    assert answer.out.startswith(f"validation macro_f1 {score:.4f} at epoch ")


def test_the_bundle_that_train_writes_is_whole(bundle: Path, workplace: Path) -> None:
    assert "Trained by autotune, without a search, on `toy.csv`" in (bundle / "README.md").read_text()
    metrics = json.loads((bundle / "metrics.json").read_text())
    assert metrics["data"]["data"] == "../toy.csv"
    assert metrics["commands"]["verify"] == "autotune train best --verify"
    with (workplace / "toy.csv").open(newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    assert np.isfinite(load_bundle(bundle).probabilities(texts)).all()


def test_ctrl_c_proves_nothing(autotune: Run, workplace: Path, toy: Path) -> None:
    (workplace / "mine.yaml").write_text(SMALL + "early_stopping:\n  max_epochs: 400\n  patience: 400\n")
    assert autotune("train", "mine.yaml", "--data", "toy.csv", "--to", "best").code == 0
    with start("train", "best", "--verify", folder=workplace) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch   2"):
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, err.splitlines()[-1]) == ("", "interrupted: nothing is proven")
