"""One change at a time: everything that the full space offers, and nothing that comes to the same run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.config import Config, has_effect
from autotune.spaces.alternatives import Alternative, alternatives, in_multiples
from autotune.spaces.files import read_space
from autotune.spaces.space import Parameter, SearchSpace
from tests.spaces.test_builtin import RandomTrial

FULL = read_space("full")


def of(base: Config, path: str, metric: str = "accuracy") -> list[Alternative]:
    return [change for change in alternatives(FULL, base, metric) if change.path == path]  # type: ignore[arg-type]


def after(base: Config, path: str, metric: str = "accuracy") -> list[object]:
    return [change.after for change in of(base, path, metric)]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_each_change_is_one_change_with_an_effect_and_no_run_comes_twice(seed: int) -> None:
    base = FULL.config(FULL.suggest(RandomTrial(seed)))
    changes = alternatives(FULL, base, "macro_f1")
    fingerprints = [change.config.fingerprint for change in changes]
    assert len({base.fingerprint, *fingerprints}) == len(changes) + 1
    own = base.values()
    for change in changes:
        values = change.config.values()
        assert values[change.path] == change.after != change.before == own[change.path]
        assert has_effect(change.config, change.path)
        for path in own:  # what had an effect before and is not the change is as it was
            if path != change.path and has_effect(base, path):
                assert values[path] == own[path]


def test_every_parameter_that_a_search_would_tune_beside_the_base_is_changed() -> None:
    for seed in range(10):
        sample = FULL.suggest(RandomTrial(seed))
        changed = {change.path for change in alternatives(FULL, FULL.config(sample), "accuracy")}
        assert changed == set(sample)


def test_choices_are_all_tried_and_ranges_at_their_ends_and_default() -> None:
    base = Config.from_values({"optimizer.name": "sgd", "optimizer.momentum": 0.6})
    assert set(after(base, "optimizer.name")) == {"adagrad", "adadelta", "adam", "adamax", "nadam", "adamw", "rmsprop"}
    assert set(after(base, "optimizer.momentum")) == {0.5, 0.9, 0.99}
    assert set(after(Config(), "learning_rate.relative")) == {0.1, 10.0}


def test_off_comes_first_then_the_farthest() -> None:
    assert after(Config.from_values({"dropout.embedding": 0.2}), "dropout.embedding") == [0.0, 0.5]
    assert after(Config(), "regularization.l1") == [1e-3, 1e-4, 1e-5, 1e-6]
    assert after(Config(), "encoder.name")[0] == "none"


def test_the_parameters_of_a_tip_take_turns_and_the_tips_stand_in_order() -> None:
    changes = alternatives(FULL, Config(), "accuracy")
    assert [change.path for change in changes if change.tip == "regularization"][:4] == [
        "regularization.l1",
        "regularization.l2",
        "regularization.weight_decay",
        "regularization.l1",
    ]
    tips = list(dict.fromkeys(change.tip for change in changes))
    assert tips == [section for section in Config.model_fields if section in tips]
    assert {"text", "optimizer", "batch_size"} <= set(tips)


def test_children_that_begin_to_matter_take_the_defaults_of_the_space_and_the_others_stay() -> None:
    base = Config.from_values({"encoder.name": "none", "encoder.width": 7, "optimizer.beta1": 0.85, "pooling.name": "average"})
    (cnn,) = (change.config for change in of(base, "encoder.name") if change.after == "cnn")
    assert (cnn.encoder.width, cnn.encoder.kernel_sizes, cnn.pooling.name) == (100, (3, 4, 5), "average")
    (adamw,) = (change.config for change in of(base, "optimizer.name") if change.after == "adamw")
    assert adamw.optimizer.beta1 == 0.85
    # The dense layer has used the activation all along, although the space asks for it beside a CNN alone.
    dense = Config.from_values({"encoder.name": "none", "activation.hidden_width": 50, "activation.name": "tanh"})
    assert {change.config.activation.name for change in of(dense, "encoder.name")} == {"tanh"}
    gru = Config.from_values({"encoder.name": "gru", "encoder.width": 300})
    (lstm,) = (change.config for change in of(gru, "encoder.name") if change.after == "lstm")
    assert lstm.encoder.width == 300


def test_conditions_are_kept() -> None:
    assert after(Config(), "optimizer.momentum") == []  # adam has none
    assert after(Config.from_values({"encoder.name": "gru"}), "encoder.kernel_sizes") == []
    assert after(Config.from_values({"batch_size.initial": "full"}), "shuffling.enabled") == []
    assert after(Config(), "shuffling.enabled") == [False]


@pytest.mark.parametrize("size", [24, 48, 5000])
def test_a_condition_on_a_value_outside_the_space_is_left_to_the_configuration(size: int) -> None:
    assert after(Config.from_values({"batch_size.initial": size}), "shuffling.enabled") == [False]


def test_a_condition_of_the_space_alone_still_counts() -> None:
    # `Config` has no rule for pooling, so a value that the condition does not name keeps it from being changed.
    parent = Parameter("encoder.name", "categorical", choices=("cnn", "gru"), default="cnn")
    child = Parameter("pooling.name", "categorical", choices=("max", "average"), default="max", when={"encoder.name": ("gru",)})
    space = SearchSpace("s", "", (parent, child))
    for name, changed in (("gru", True), ("cnn", False), ("lstm", False)):
        changes = alternatives(space, Config.from_values({"encoder.name": name}), "accuracy")
        assert ("pooling.name" in {change.path for change in changes}) == changed


def test_watching_the_objective_by_its_name_is_no_change() -> None:
    assert set(after(Config(), "early_stopping.metric")) == {"macro_f1", "log_loss"}
    assert set(after(Config(), "early_stopping.metric", "log_loss")) == {"accuracy", "macro_f1"}
    by_name = Config.from_values({"early_stopping.metric": "accuracy"})
    assert set(after(by_name, "early_stopping.metric")) == {"macro_f1", "log_loss"}


@given(st.sampled_from(["adam", "sgd", "adagrad", "adamax", "adadelta"]), st.floats(1e-5, 10, allow_subnormal=False))
def test_a_rate_that_was_written_down_becomes_a_multiple_and_stays_the_same(name: str, rate: float) -> None:
    written = Config.from_values({"optimizer.name": name, "learning_rate.initial": float(f"{rate:.6g}")})
    base = in_multiples(written)
    if base.learning_rate.initial is None:
        assert base.fingerprint == written.fingerprint
    else:  # more than a thousand times the customary one
        assert base == written
        assert base.learning_rate.initial > 1


def test_another_optimizer_gets_the_rate_that_means_the_same_to_it() -> None:
    base = in_multiples(Config.from_values({"learning_rate.initial": 0.003}))
    (sgd,) = (change.config for change in of(base, "optimizer.name") if change.after == "sgd")
    assert sgd.initial_learning_rate == pytest.approx(0.3)
    assert set(after(base, "learning_rate.relative")) == {0.1, 1.0, 10.0}


def test_a_space_of_ones_own_is_taken_apart_by_its_own_values() -> None:
    width = Parameter("encoder.width", "int", low=10, high=50, step=10, default=20)
    changes = alternatives(SearchSpace("mine", "", (width,)), Config.from_values({"encoder.width": 30}), "accuracy")
    assert [change.after for change in changes] == [10, 50, 20]


def test_a_rate_that_is_found_by_the_range_test_stays_so() -> None:
    base = in_multiples(Config.from_values({"learning_rate.initial": "auto"}))
    changes = alternatives(FULL, base, "accuracy")
    assert base.learning_rate.initial == "auto"
    assert {change.config.learning_rate.initial for change in changes} == {"auto"}
    assert "learning_rate.relative" not in {change.path for change in changes}
