"""The search spaces that come with autotune: valid, without idle parameters, complete."""

import random
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.config import PATHS, Value, has_effect
from autotune.spaces.files import builtin_files, check_space, list_spaces, read_space, write_space
from autotune.spaces.space import SearchSpace

SPACES = {name: read_space(name) for name in builtin_files()}


class RandomTrial:
    """Draws every value at random, the ends of ranges included."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        if step is not None:
            return low + step * self._random.randint(0, round((high - low) / step))
        return self._random.choice([low, high, self._random.uniform(low, high)])

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        return self._random.randrange(low, high + 1, step)

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        return self._random.choice(choices)


def options(path: str) -> set[Value]:
    """The words that `Config` knows for a parameter; empty for numbers and switches."""
    return {word for word in get_args(PATHS[path].annotation) if isinstance(word, str)}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_sample_is_a_configuration_without_idle_parameters(space: SearchSpace, seed: int) -> None:
    sample = space.suggest(RandomTrial(seed))
    config = space.config(sample, seed=7)
    assert config.seed == 7
    assert {path: config.values()[path] for path in sample} == sample
    assert [path for path in sample if not has_effect(config, path)] == []


@pytest.mark.parametrize("name", SPACES)
def test_builtin_spaces_are_sound_and_described(name: str) -> None:
    assert check_space(builtin_files()[name]) == []
    assert SPACES[name].description
    assert SPACES[name].parameters


@pytest.mark.parametrize("name", SPACES)
def test_json_and_yaml_keep_the_whole_space(name: str, tmp_path: Any) -> None:
    space = SPACES[name]
    assert SearchSpace.from_json(space.to_json()) == space
    shown = tmp_path / f"{name}.yaml"
    shown.write_text(write_space(space), encoding="utf-8")
    again = read_space(str(shown))
    assert again == space
    assert again.fingerprint == space.fingerprint


ASKED_FOR_BY_HAND: dict[str, set[Value]] = {
    "text.unit": {"character"},  # slow on long texts
    # A file has a path, which no built-in space can know; what to do about its damage is no matter of scores.
    "pretraining.method": {"file"},
    "pretraining.damaged_lines": {"refuse", "skip"},
}


@pytest.mark.parametrize("path", [path for path in PATHS if len(options(path)) > 1])
def test_every_option_of_a_tip_can_be_sampled(path: str) -> None:
    offered = {choice for item in SPACES[path.split(".")[0]].parameters if item.path == path for choice in item.choices}
    assert options(path) - offered == ASKED_FOR_BY_HAND.get(path, set())


@pytest.mark.parametrize(("name", "start"), [("quick", ("none", "average", "adam", 0.001)), ("full", ("cnn", "max", "adam", 0.001))])
def test_the_first_trial_is_the_default_of_every_active_parameter(name: str, start: tuple[str | float, ...]) -> None:
    space = SPACES[name]
    first = space.config(space.defaults())
    assert (first.encoder.name, first.pooling.name, first.optimizer.name, first.initial_learning_rate) == start


def test_a_full_batch_leaves_shuffling_out() -> None:
    samples = [SPACES["full"].suggest(RandomTrial(seed)) for seed in range(200)]
    for sample in samples:
        assert ("shuffling.enabled" in sample) == (sample["batch_size.initial"] != "full")
    assert {sample["batch_size.initial"] for sample in samples} >= {16, "full"}


@pytest.mark.parametrize("name", ["full", "pretraining", "quick"])
def test_vectors_from_a_file_are_asked_for_by_hand(name: str) -> None:
    space = SPACES[name].fix({"pretraining.method": "file", "pretraining.file": "vectors.txt", "pretraining.damaged_lines": "skip"})
    assert not {item.path for item in space.parameters} & {"pretraining.algorithm", "pretraining.window", "pretraining.epochs"}
    # How the vectors are tuned is worth trying all the same, where it was tried before.
    assert ("pretraining.tuning" in {item.path for item in space.parameters}) == (name != "quick")
    config = space.config(space.suggest(RandomTrial(1)))
    assert (config.pretraining.method, config.pretraining.damaged_lines) == ("file", "skip")
    assert config.pretraining.file == str(Path("vectors.txt").absolute())


def test_dropout_and_regularization_can_be_off() -> None:
    for path in ("dropout.embedding", "dropout.encoder", "dropout.head", "regularization.l1", "regularization.l2"):
        assert next(item for item in SPACES["full"].parameters if item.path == path).takes(0.0)


def test_presets_are_listed_first() -> None:
    listed = list_spaces()
    assert {space.name for space in listed if space.is_preset} == {"quick", "full"}
    assert [space.is_preset for space in listed] == sorted((space.is_preset for space in listed), reverse=True)
    assert len(listed) == 16


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_optuna_samples_the_full_space_without_a_warning(sampler: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        chosen = optuna.samplers.RandomSampler(seed=1) if sampler == "random" else optuna.samplers.TPESampler(seed=1, group=True)
    study = optuna.create_study(sampler=chosen)
    space = SPACES["full"]
    for number in range(30):
        trial = study.ask()
        config = space.config(space.suggest(trial))
        study.tell(trial, config.dropout.head + number / 100)
    assert len(study.trials) == 30


def test_optuna_takes_the_first_trial_as_it_is() -> None:
    space = SPACES["full"]
    study = optuna.create_study()
    study.enqueue_trial(space.defaults())
    assert space.suggest(study.ask()) == space.defaults()
