from dataclasses import replace

import pytest

from autotune.agent.proposing.diagnosis import RULES, Seen, diagnose
from autotune.config import Config
from autotune.spaces.files import read_space

SPACE = read_space("full")


def seen(number: int = 0, score: float | None = 0.8, cause: str = "patience", **values: object) -> Seen:
    """An unremarkable trial."""
    config = Config.from_values({"encoder.name": "cnn", "dropout.head": 0.2, **values})
    return Seen(number, config, score, cause, best_epoch=6, epochs=9, train_loss=0.4, validation_loss=0.5)


def lost(number: int, rate: float) -> Seen:
    return Seen(number, Config.from_values({"learning_rate.relative": rate}), None, "diverged")


CASES = {
    "at a bound": ([seen(**{"learning_rate.relative": 9.9})], {"learning_rate.relative": 19.8}),
    "diverged": ([seen(**{"learning_rate.relative": 3.0}), lost(1, 5.0), lost(2, 4.0)], {"learning_rate.warmup_epochs": 1.0}),
    "early best": ([replace(seen(), best_epoch=1)], {"learning_rate.relative": 0.5}),
    "still improving": (
        [replace(seen(**{"early_stopping.max_epochs": 10}), best_epoch=10, epochs=10, cause="finished")],
        {"early_stopping.max_epochs": 20},
    ),
    "over-fitting": ([replace(seen(), train_loss=0.1)], {"dropout.embedding": 0.2}),
    "under-fitting": ([replace(seen(), train_loss=0.6)], {"dropout.head": 0.0}),
    "dead units": ([replace(seen(), probes={"dead_units": 0.7})], {"activation.name": "leaky_relu"}),
    "attention": ([replace(seen(**{"pooling.name": "attention"}), probes={"attention_spread": 0.99})], {"pooling.name": "average"}),
    "noisy steps": ([replace(seen(**{"batch_size.initial": 16}), probes={"step_noise": 0.9})], {"batch_size.initial": 32}),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_finds_its_case_and_nothing_else_speaks(rule: str) -> None:
    trials, changes = CASES[rule]
    findings = list(diagnose(trials, "accuracy", SPACE))
    assert {finding.rule for finding in findings} == {rule}
    assert findings[0].changes == changes
    assert 0 < findings[0].tip <= 12
    assert f"(tip {findings[0].tip})" in findings[0].sentence


def test_an_unremarkable_trial_needs_nothing() -> None:
    assert list(diagnose([seen()], "accuracy", SPACE)) == []


def test_one_hot_attention_is_a_maximum() -> None:
    trial = replace(seen(**{"pooling.name": "attention"}), probes={"attention_spread": 0.02})
    assert [finding.changes for finding in diagnose([trial], "accuracy", SPACE)] == [{"pooling.name": "max"}]


def test_saturated_units_get_another_activation() -> None:
    trial = replace(seen(**{"activation.name": "tanh"}), probes={"saturated": 0.8})
    assert next(diagnose([trial], "accuracy", SPACE)).changes == {"activation.name": "relu"}


@pytest.mark.parametrize(("metric", "best"), [("accuracy", 1), ("log_loss", 0)])
def test_the_best_whole_trial_is_the_one_that_is_changed(metric: str, best: int) -> None:
    trials = [replace(seen(number, score), best_epoch=1) for number, score in ((0, 0.3), (1, 0.9))]
    trials.append(replace(seen(2, 0.95 if metric == "accuracy" else 0.1, "pruned"), best_epoch=1))
    findings = list(diagnose(trials, metric, SPACE))  # type: ignore[arg-type]
    assert f"trial {best} " in findings[0].evidence


def test_what_the_space_does_not_tune_is_left_alone() -> None:
    quick = read_space("quick").fix({"dropout.embedding": 0.2, "dropout.head": 0.2})
    assert [finding.changes for finding in diagnose([replace(seen(), train_loss=0.1)], "accuracy", quick)] == [{"encoder.width": 50}]


def test_a_range_is_not_widened_without_end() -> None:
    far = {"learning_rate.relative": 99.0}
    assert list(diagnose([seen(**far)], "accuracy", SPACE)) == []
