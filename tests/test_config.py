from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.cli.options import MetricName
from autotune.config import CUSTOMARY_LEARNING_RATE, HAS_EFFECT_WHEN, METRICS, PATHS, Config, better, has_effect
from autotune.config_file import read_config, write_config
from autotune.errors import ConfigError
from autotune.sections import (
    DamagedLines,
    EmbeddingTuning,
    EncoderName,
    OptimizerName,
    PoolingName,
    PretrainingMethod,
    Schedule,
    Word2vecAlgorithm,
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "optimizer.name": st.sampled_from(get_args(OptimizerName)),
    "optimizer.momentum": st.floats(0, 0.99),
    "optimizer.nesterov": st.booleans(),
    "learning_rate.initial": st.one_of(st.floats(1e-6, 1000), st.just("auto")),
    "learning_rate.relative": st.floats(0.01, 1000),
    "learning_rate.schedule": st.sampled_from(get_args(Schedule)),
    "learning_rate.decay": st.floats(0.01, 1),
    "dropout.encoder": st.floats(0, 0.9),
    "encoder.name": st.sampled_from(get_args(EncoderName)),
    "encoder.kernel_sizes": st.lists(st.integers(1, 9), min_size=1, max_size=4).map(lambda sizes: ",".join(map(str, sizes))),
    "encoder.bidirectional": st.booleans(),
    "pretraining.method": st.sampled_from(get_args(PretrainingMethod)),
    "pretraining.algorithm": st.sampled_from(get_args(Word2vecAlgorithm)),
    "pretraining.window": st.integers(1, 20),
    "pretraining.file": st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).filter(str.strip),
    "pretraining.damaged_lines": st.sampled_from(get_args(DamagedLines)),
    "pretraining.tuning": st.sampled_from(get_args(EmbeddingTuning)),
    "pretraining.frozen_epochs": st.integers(1, 9),
    "activation.hidden_width": st.sampled_from([0, 50]),
    "pooling.name": st.sampled_from(get_args(PoolingName)),
    "batch_size.initial": st.one_of(st.integers(1, 1000), st.just("full")),
    "seed": st.integers(0, 2**31 - 1),
}
configs = st.fixed_dictionaries({}, optional=VALUES).map(Config.from_values)


@given(configs)
def test_a_file_gives_back_the_configuration_it_was_written_from(tmp_path_factory: pytest.TempPathFactory, config: Config) -> None:
    path = tmp_path_factory.mktemp("config") / "config.yaml"
    path.write_text(write_config(config, "heading\nof two lines"), encoding="utf-8")
    assert read_config(path).canonical() == config.canonical()
    assert read_config(path).fingerprint == config.fingerprint
    path.write_text(write_config(config, explained=False), encoding="utf-8")
    assert read_config(path).fingerprint == config.fingerprint


@given(configs)
def test_the_canonical_form_is_a_fixed_point_and_leaves_out_what_has_no_effect(config: Config) -> None:
    canonical = config.canonical()
    assert Config.from_values(canonical).canonical() == canonical
    assert all(has_effect(config, path) for path in canonical)


@given(configs, st.sampled_from(sorted(VALUES)), st.data())
def test_a_parameter_without_effect_does_not_change_the_fingerprint(config: Config, path: str, data: st.DataObject) -> None:
    changed = Config.from_values({**{p: v for p, v in config.values().items() if v is not None}, path: data.draw(VALUES[path])})
    if not has_effect(config, path) and not has_effect(changed, path):
        assert changed.fingerprint == config.fingerprint


def test_the_learning_rate_is_absolute_in_the_canonical_form() -> None:
    for name, rate in CUSTOMARY_LEARNING_RATE.items():
        canonical = Config.from_values({"optimizer.name": name, "learning_rate.relative": 2}).canonical()
        assert canonical["learning_rate.initial"] == pytest.approx(2 * rate)
        assert "learning_rate.relative" not in canonical


def test_a_rate_that_is_to_be_measured_stays_a_word_and_leaves_no_other_way_to_say_it() -> None:
    config = Config.from_values({"learning_rate.initial": "auto"})
    assert config.canonical()["learning_rate.initial"] == "auto"
    assert not has_effect(config, "learning_rate.relative")
    assert Config.from_values({"learning_rate.initial": "auto", "learning_rate.relative": 7}).fingerprint == config.fingerprint
    assert config.fingerprint != Config().fingerprint
    assert "  initial: auto " in write_config(config)
    with pytest.raises(ValueError, match="range test"):
        _ = config.initial_learning_rate


def test_a_mistake_in_a_number_or_a_word_names_the_word() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_values({"learning_rate.initial": "atuo", "batch_size.initial": "fulll"})
    rate, batch = caught.value.message.splitlines()
    assert rate.startswith("learning_rate.initial = atuo: must be a valid number")
    assert rate.endswith(", or auto")
    assert batch.endswith(", or full")


def test_every_optimizer_has_a_customary_learning_rate() -> None:
    assert set(CUSTOMARY_LEARNING_RATE) == set(get_args(OptimizerName))


def test_every_rule_of_effect_is_about_a_parameter_that_exists() -> None:
    assert set(HAS_EFFECT_WHEN) <= set(PATHS)


def test_the_command_line_knows_the_same_metrics() -> None:
    assert tuple(MetricName) == METRICS


def test_a_relative_path_is_that_of_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = Config.from_values({"pretraining.method": "file", "pretraining.file": "some/../vectors.txt"})
    assert config.pretraining.file == str(tmp_path / "vectors.txt")
    assert config.canonical()["pretraining.file"] == str(tmp_path / "vectors.txt")
    with pytest.raises(ConfigError, match=r"pretraining\.file = 3: expected the path of a file"):
        Config.from_values({"pretraining.file": 3})


def test_better_knows_which_way_a_metric_goes() -> None:
    assert better("accuracy", 0.8, 0.7)
    assert better("log_loss", 0.3, 0.4)
    assert not better("macro_f1", 0.5, 0.5)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_values({"optimizer.name": "adm", "dropout.head": 1.5, "encoder.widht": 3, "batch_size.initial": "many", "seed": True})
    lines = caught.value.message.splitlines()
    assert len(lines) == 5
    assert any("did you mean 'adam'" in line for line in lines)
    assert any("did you mean 'encoder.width'" in line for line in lines)


def test_a_mistake_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("optimizer:\n  name: adam\n  beta1: 2\nencoder: {widht: 3}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert f"{path}:3: optimizer.beta1" in caught.value.message
    assert f"{path}:4: unknown parameter 'encoder.widht'" in caught.value.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a: [1", "not valid YAML"),
        ("- 1\n- 2\n", "expected `name: value` entries"),
        ("seed: 1\nseed: 2\n", "not valid YAML"),
        ("", "expected `name: value` entries"),
        ("optimizer: adam\n", "unknown parameter 'optimizer'"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        read_config(path)
