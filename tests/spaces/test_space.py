"""`SearchSpace`: conditions, fixing, counting, identity."""

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autotune.config import PATHS, Value
from autotune.errors import ConfigError, SpaceError
from autotune.spaces.files import read_space, write_space
from autotune.spaces.space import Parameter, SearchSpace
from tests.spaces.test_builtin import RandomTrial

FULL = read_space("full")


def tuned(space: SearchSpace) -> set[str]:
    return {parameter.path for parameter in space.parameters}


def test_a_fixed_parameter_is_never_sampled_and_its_children_follow() -> None:
    space = FULL.fix({"encoder.name": "gru"})
    assert "encoder.name" not in tuned(space)
    assert not {"encoder.kernel_sizes", "activation.name"} & tuned(space)
    for seed in range(50):
        sample = space.suggest(RandomTrial(seed))
        assert "encoder.name" not in sample
        assert {"encoder.width", "encoder.bidirectional"} <= sample.keys()
        assert space.config(sample).encoder.name == "gru"


def test_children_are_sampled_only_where_their_condition_holds() -> None:
    for seed in range(100):
        sample = FULL.suggest(RandomTrial(seed))
        assert ("optimizer.momentum" in sample) == (sample["optimizer.name"] in ("sgd", "rmsprop"))
        assert ("learning_rate.step_epochs" in sample) == (sample["learning_rate.schedule"] == "step")


@pytest.mark.parametrize(
    ("values", "dropped"),
    [
        ({"learning_rate.initial": "0.01"}, {"learning_rate.relative"}),
        ({"learning_rate.initial": "auto"}, {"learning_rate.relative"}),
        ({"optimizer.momentum": "0"}, {"optimizer.momentum", "optimizer.nesterov"}),
        ({"batch_size.initial": "full"}, {"shuffling.enabled", *(path for path in PATHS if path.startswith("batch_size."))}),
        ({"batch_size.initial": "48"}, {"batch_size.initial"}),
        ({"text.maximum_length": "64"}, set()),
    ],
)
def test_fixing_drops_what_loses_its_meaning_and_nothing_else(values: dict[str, str], dropped: set[str]) -> None:
    assert tuned(FULL) - tuned(FULL.fix(values)) == dropped


def test_a_value_that_the_space_did_not_offer_keeps_what_has_an_effect_with_it() -> None:
    space = read_space("quick").fix({"encoder.name": "lstm"})
    assert "encoder.width" in tuned(space)
    name, *rest = read_space("encoder").parameters
    narrow = SearchSpace("narrow", "", (replace(name, choices=("none", "cnn")), *rest))
    assert tuned(narrow.fix({"encoder.name": "lstm"})) == {"encoder.width", "encoder.layers", "encoder.bidirectional"}


def test_a_relative_rate_takes_the_place_of_an_absolute_one() -> None:
    space = FULL.fix({"learning_rate.initial": 0.5}).fix({"learning_rate.relative": "2"})
    assert dict(space.fixed) == {"learning_rate.relative": 2.0}
    assert space.config(space.defaults()).initial_learning_rate == 0.002


def test_fixed_values_are_read_as_what_they_stand_for() -> None:
    space = FULL.fix({"dropout.head": "0.25", "shuffling.enabled": "false", "encoder.kernel_sizes": "2,3", "batch_size.initial": "64"})
    assert dict(space.fixed) == {
        "dropout.head": 0.25,
        "shuffling.enabled": False,
        "encoder.kernel_sizes": "2,3",
        "batch_size.initial": 64,
    }


def test_wrong_values_to_fix_are_named_with_their_places() -> None:
    with pytest.raises(ConfigError) as caught:
        FULL.fix({"optimizer.nam": "adam", "encoder.name": "gruu"}, {"optimizer.nam": "--set", "encoder.name": "--set"})
    lines = caught.value.message.splitlines()
    assert lines[0] == "--set: unknown parameter 'optimizer.nam', did you mean 'optimizer.name'?"
    assert lines[1].startswith("--set: encoder.name = gruu:")
    assert lines[1].endswith("did you mean 'gru'?")


def test_the_seed_cannot_be_fixed() -> None:
    with pytest.raises(ConfigError, match="seed"):
        FULL.fix({"seed": "3"})


def test_everything_may_be_fixed() -> None:
    space = FULL.fix({parameter.path: parameter.default for parameter in FULL.parameters})
    assert space.parameters == ()
    assert space.size() == 1
    assert space.config(space.defaults()) == FULL.config(FULL.defaults())


def test_a_parameter_that_was_not_asked_for_meets_no_condition() -> None:
    layers = Parameter("encoder.layers", "categorical", choices=(1, 2), default=1, when={"encoder.bidirectional": (True,)})
    encoder, bidirectional = (item for item in FULL.parameters if item.path in ("encoder.name", "encoder.bidirectional"))
    space = SearchSpace("nested", "", (encoder, bidirectional, layers))
    assert space.defaults() == {"encoder.name": "cnn"}
    assert next(space.ways_to(layers)) == {"encoder.name": "rnn", "encoder.bidirectional": True, "encoder.layers": 1}


def test_size_counts_every_different_sample_once() -> None:
    space = read_space("encoder")
    seen = {tuple(sorted(space.suggest(RandomTrial(seed)).items())) for seed in range(3000)}
    assert space.size() == len(seen) == 1 + 4 * 5 * 2 + 3 * 4 * 2 * 2
    assert {tuple(sorted(sample.items())) for sample in space.samples()} == seen
    assert len(list(space.samples())) == space.size()


def test_size_of_a_continuous_space_is_unknown() -> None:
    assert FULL.size() is None
    assert read_space("dropout").size() == 6 * 6 * 7


def test_steps_are_the_numbers_that_one_would_write() -> None:
    head = next(item for item in FULL.parameters if item.path == "dropout.head")
    assert list(head.values() or ()) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert {head.suggest(RandomTrial(seed)) for seed in range(100)} == set(head.values() or ())
    assert head.takes(0.3)
    assert not head.takes(0.35)
    assert not head.takes(0.7)
    assert not head.takes("off")


def test_the_fingerprint_changes_with_the_content_only() -> None:
    assert len(FULL.fingerprint) == 16
    assert replace(FULL, name="other", parameters=FULL.parameters[::-1]).fingerprint == FULL.fingerprint
    assert FULL.fix({"dropout.head": "0.1"}).fingerprint != FULL.fingerprint
    assert FULL.fix({"dropout.head": "0.1"}).fingerprint != FULL.fix({"dropout.head": "0.2"}).fingerprint


def test_a_space_crosses_to_a_worker_process() -> None:
    assert pickle.loads(pickle.dumps(FULL)) == FULL


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "x", "description": "", "parameters": {"a": {}}, "fixed": {}}'])
def test_a_damaged_definition_is_refused(text: str) -> None:
    with pytest.raises(SpaceError, match="stored search space cannot be read"):
        SearchSpace.from_json(text)


def test_reading_spaces_loads_no_heavy_package() -> None:
    code = "import sys, autotune.spaces.files; print([m for m in ('optuna', 'torch', 'numpy', 'polars', 'lightning') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    "values",
    [
        {"encoder.name": "gru"},
        {"learning_rate.initial": 0.1},
        {"learning_rate.initial": "auto"},
        {"optimizer.name": "sgd", "dropout.head": 0.25},
    ],
)
def test_a_space_with_fixed_values_is_written_and_read_again(values: dict[str, Value], tmp_path: Path) -> None:
    space = FULL.fix(values)
    path = tmp_path / "full.yaml"
    path.write_text(write_space(space), encoding="utf-8")
    assert read_space(str(path)) == space == SearchSpace.from_json(space.to_json())
