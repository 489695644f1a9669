from dataclasses import replace

import pytest

from autotune.config import Config
from autotune.reports.summary import Line, configuration, counts, expectation, results, verdict
from autotune.storage.leaderboard import StudyRow, TrialRow
from autotune.words import brief, count, duration

TRIALS = [
    TrialRow(0, "COMPLETE", {"score": 0.8, "cause": "finished"}),
    TrialRow(1, "FAIL", {"cause": "interrupted"}),
    TrialRow(2, "PRUNED", {"score": 0.9, "cause": "time"}),
    TrialRow(3, "FAIL", {"cause": "out of memory"}),
]
FINAL = {
    "trial": 2,
    "rows": 10,
    "test": {"accuracy": 0.85},
    "intervals": {"accuracy": [0.8, 0.9]},
    "baselines": {"linear": {"accuracy": 0.7}},
}
BASELINES = {"linear": {"accuracy": 0.75}}


def study(final: dict[str, object] | None) -> StudyRow:
    return StudyRow("s", True, {"metric": "accuracy"}, 75.0, final, TRIALS)


def test_the_table_of_results_has_the_winner_first() -> None:
    assert results(study(FINAL), TRIALS[2], BASELINES) == [
        Line("trial 2", 0.9, 0.85, (0.8, 0.9), ours=True),
        Line("linear", 0.75, 0.7, None),
    ]  # type: ignore[arg-type]


def test_the_ensemble_stands_below_the_winner() -> None:
    ensemble = {"networks": 5, "linear_weight": 0.5, "test": {"accuracy": 0.87}, "intervals": {"accuracy": [0.82, 0.92]}}
    lines = results(study({**FINAL, "ensemble": ensemble}), TRIALS[2], BASELINES)  # type: ignore[arg-type]
    assert lines[1] == Line("5 networks + 0.5 x TF-IDF", None, 0.87, (0.82, 0.92), ours=True)
    assert verdict("accuracy", [*lines[:2], Line("linear", 0.75, 0.86, None)]) is None  # the ensemble has won


def test_what_is_expected_is_said_of_the_confirmed_winner_alone() -> None:
    confirmed = {
        "trial": 2,
        "score": 0.8,
        "low": 0.77,
        "high": 0.83,
        "rows": 1000,
        "runs": {"2": [0.8, 0.8], "0": [0.7, 0.7]},
        "resplit": True,
    }
    row = replace(study(FINAL), confirmed=confirmed)
    sentence = (
        "expected on 1,000 new texts: accuracy 0.8000 (0.7700 to 0.8300; trial 2 trained 2 times more on other splits, "
        "winner of 2 finalists)"
    )
    assert expectation(row, TRIALS[2]) == sentence
    assert expectation(row, TRIALS[0]) is None
    same = expectation(replace(row, confirmed={**confirmed, "resplit": False}), TRIALS[2])
    assert same is not None
    assert "new texts" not in same  # the same texts have chosen it
    assert "accuracy 0.8000 on the validation texts, which chose it" in same
    assert expectation(study(FINAL), TRIALS[2]) is None


def test_a_test_score_of_an_earlier_winner_is_not_shown() -> None:
    assert results(study({**FINAL, "trial": 0}), TRIALS[2], BASELINES)[0] == Line("trial 2", 0.9, None, None, ours=True)  # type: ignore[arg-type]


def test_counts_leave_out_what_is_tried_again() -> None:
    assert counts(study(None)) == "3 trials in 1m 15s (1 complete, 1 cut off, 1 failed)"


@pytest.mark.parametrize(
    ("metric", "winner", "baseline", "wins"),
    [
        ("accuracy", 0.8, 0.9, True),
        ("accuracy", 0.9, 0.8, False),
        ("accuracy", 0.8, 0.8, True),
        ("log_loss", 0.8, 0.9, False),
        ("log_loss", 0.9, 0.8, True),
    ],
)
def test_it_is_said_when_a_simple_model_is_as_good(metric: str, winner: float, baseline: float, wins: bool) -> None:
    sentence = verdict(metric, [Line("trial 0", winner, None, None, ours=True), Line("linear", baseline, None, None)])  # type: ignore[arg-type]
    assert (sentence is not None) == wins
    if sentence:
        assert sentence.startswith("linear is as good or better")


def test_the_test_texts_decide_who_has_won_where_both_were_measured_there() -> None:
    lines = [Line("trial 0", 0.9, 0.7, (0.6, 0.8), ours=True), Line("linear", 0.8, 0.75, None)]
    sentence = verdict("accuracy", lines)
    assert sentence is not None
    assert "on the test texts (0.7500 against 0.7000)" in sentence


def test_a_configuration_in_a_few_words() -> None:
    assert brief(Config()) == "cnn 3,4,5 x100, max, adam 0.001, batch 32"
    gru = Config.from_values({"encoder.name": "gru", "pooling.name": "attention", "dropout.head": 0.5, "batch_size.initial": "full"})
    assert brief(gru) == "bigru 100, attention, adam 0.001, batch full, dropout 0.5"
    assert brief(Config.from_values({"learning_rate.initial": "auto"})) == "cnn 3,4,5 x100, max, adam auto, batch 32"
    assert brief(Config.from_values({"encoder.name": "none"})) == "words 100, max, adam 0.001, batch 32"


def test_a_configuration_in_full_has_a_line_a_section() -> None:
    lines = configuration(Config())
    assert lines[1].split(None, 1) == ["optimizer", "adam, beta1 0.9, beta2 0.999"]
    assert any(line.startswith("shuffling") and line.endswith("enabled yes") for line in lines)


def test_durations_and_counts_read_well() -> None:
    assert [duration(seconds) for seconds in (0.4, 59.6, 90, 7500)] == ["0s", "1m 00s", "1m 30s", "2h 05m"]
    assert [count(number, "trial") for number in (0, 1, 1200)] == ["0 trials", "1 trial", "1,200 trials"]
