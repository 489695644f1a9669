"""Bundles with a byte changed or an end missing: one line that says so, or the very same answers; never others, never a traceback."""

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autotune.baselines import linear_model
from autotune.config import Config
from autotune.data.dataset import DataSource, load_dataset
from autotune.ensemble import Ensemble
from autotune.errors import BundleError
from autotune.export.bundle import export_bundle, load_bundle
from autotune.export.provenance import Provenance, Run
from autotune.export.verification import exported_run
from autotune.linear import LinearModel
from autotune.manifest import MANIFEST, read_manifest
from autotune.metrics import Probabilities
from autotune.training.fit import fit
from tests.conftest import write_toy

TEXTS = ["the goal", "soup and salt", "", "a drum very"]
Damage = Callable[[bytes, random.Random], bytes]


def flipped(content: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(content))
    return content[:place] + bytes([content[place] ^ (1 << draw.randrange(8))]) + content[place + 1 :]


def cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))]


def doubled(content: bytes, draw: random.Random) -> bytes:
    return content + content[-draw.randrange(1, 50) :]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    source = DataSource(data=str(write_toy(folder / "toy.csv")))
    dataset = load_dataset(source)
    values = {"early_stopping.max_epochs": 1, "encoder.name": "none", "pooling.name": "average", "pretraining.dimension": 4}
    outcomes = [fit(Config.from_values(values | {"seed": seed}), dataset) for seed in range(2)]
    linear = linear_model(dataset, "accuracy").model
    assert isinstance(linear, LinearModel)
    outcomes[0].classifier.save(folder / "single")
    Ensemble(tuple(outcome.classifier for outcome in outcomes), linear, 0.3).save(folder / "together")
    scores = outcomes[0].epochs[0].scores
    provenance = Provenance("toy", 0, "toy.csv", "accuracy", scores, None, run=Run.of_outcome(outcomes[0]), source=source, fingerprint="x")
    for name in ("single", "together"):
        export_bundle(folder / name, folder / f"{name} bundle", provenance, force=False)
    return {name: folder / f"{name} bundle" for name in ("single", "together")}


def files_of(bundle: Path) -> list[Path]:
    return sorted(path.relative_to(bundle) for path in bundle.rglob("*") if path.is_file())


def answered(bundle: Path) -> Probabilities | str:
    """What a bundle predicts, or the one line that it is refused with."""
    try:
        return load_bundle(bundle).probabilities(TEXTS)
    except BundleError as problem:
        (line,) = problem.message.splitlines()
        return line


@pytest.mark.parametrize("name", ["single", "together"])
@pytest.mark.parametrize("damage", [flipped, cut, doubled])
def test_damage_is_one_line_or_changes_nothing(bundles: dict[str, Path], tmp_path: Path, name: str, damage: Damage) -> None:
    expected = load_bundle(bundles[name]).probabilities(TEXTS)
    refused = 0
    for number, file in enumerate(files_of(bundles[name])):
        target = tmp_path / "copy"
        shutil.copytree(bundles[name], target, dirs_exist_ok=True)
        for attempt in range(4):
            content = (bundles[name] / file).read_bytes()
            (target / file).write_bytes(damage(content, random.Random(100 * number + attempt)))
            answer = answered(target)
            if isinstance(answer, str):
                refused += 1
                assert file.name in answer or str(target) in answer
            else:
                assert np.array_equal(answer, expected)
                assert file.name in ("README.md", "metrics.json"), file  # what predicting does not read
    assert refused > 8


@pytest.mark.parametrize("name", ["single", "together"])
def test_a_file_that_is_gone_is_named(bundles: dict[str, Path], tmp_path: Path, name: str) -> None:
    for file in files_of(bundles[name]):
        target = tmp_path / "copy"
        shutil.copytree(bundles[name], target, dirs_exist_ok=True)
        (target / file).unlink()
        answer = answered(target)
        assert isinstance(answer, str) != (file.name in ("README.md", "metrics.json")), file
        assert not isinstance(answer, str) or file.name in answer


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bit_of_the_manifest_changes_what_is_read(bundles: dict[str, Path], tmp_path: Path, place: int, bit: int) -> None:
    for name, bundle in bundles.items():
        content = bytearray((bundle / MANIFEST).read_bytes())
        content[place % len(content)] ^= 1 << bit
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / MANIFEST).write_bytes(content)
        with suppress(BundleError):
            read, known = read_manifest(tmp_path / name), read_manifest(bundle)
            for key in ("format", "labels", "sha256", "networks", "linear", "linear_weight"):
                assert read.get(key) == known.get(key)


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bit_of_the_scores_changes_unseen(bundles: dict[str, Path], tmp_path: Path, place: int, bit: int) -> None:
    shutil.copytree(bundles["single"], tmp_path, dirs_exist_ok=True)
    content = bytearray((tmp_path / "metrics.json").read_bytes())
    content[place % len(content)] ^= 1 << bit
    (tmp_path / "metrics.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"metrics\.json is missing or damaged"):
        exported_run(tmp_path)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("[]", "is damaged"),
        ("{}", "is damaged"),
        ('{"format": 3, "labels": ["a"], "sha256": {}}', "has format 3, this autotune reads formats 1 and 2"),
        ('{"format": "1", "labels": ["a"], "sha256": {}}', "has format 1, this autotune reads"),
        ('{"format": 1, "labels": "ab", "sha256": {}}', "is damaged"),
        ('{"format": 1, "labels": ["a", 2], "sha256": {}}', "is damaged"),
        ('{"format": 1, "labels": ["a"], "sha256": []}', "is damaged"),
        ('{"format": 2, "labels": ["a"], "sha256": {}, "networks": -1, "linear": false, "linear_weight": 0}', "is damaged"),
        ('{"format": 2, "labels": ["a"], "sha256": {}, "networks": 1e99, "linear": false, "linear_weight": 0}', "is damaged"),
        ("[" * 100_000, "is damaged"),
        ("\ufeff{}", "is damaged"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(tmp_path: Path, manifest: str, words: str) -> None:
    (tmp_path / MANIFEST).write_text(manifest, encoding="utf-8")
    answer = answered(tmp_path)
    assert isinstance(answer, str)
    assert words in answer
