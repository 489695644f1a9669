"""What the report concludes from numbers: trials against time, tips, confusions, calibration."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, create_trial

from autotune.data.dataset import Split
from autotune.reports.study.answer import judgement
from autotune.reports.study.charts.frame import log_ticks, round_ticks
from autotune.reports.study.course import trial_parts
from autotune.reports.study.evidence import NEEDED, evidence
from autotune.reports.study.predictions import CUT, on_validation
from autotune.reports.study.visible import visible
from autotune.reports.summary import Line
from autotune.storage.leaderboard import RESULT
from tests.reports.study.made import BEGUN

SPACE = {
    "encoder.name": CategoricalDistribution(["none", "cnn"]),
    "learning_rate.relative": FloatDistribution(0.1, 10.0, log=True),
    "dropout.head": FloatDistribution(0.0, 0.5),
}


def stored(number: int, score: float, params: dict[str, object], begun: float = 0.0, seconds: float = 2.0) -> FrozenTrial:
    """A finished trial that ended `begun + seconds` after the search began."""
    spaces = {path: SPACE[path] for path in params}
    result = {"score": score, "cause": "finished", "best_epoch": 1, "seconds": seconds}
    trial = create_trial(params=dict(params), distributions=spaces, value=score, user_attrs={RESULT: result})
    trial.number = number
    trial.datetime_start = BEGUN + timedelta(seconds=begun)
    trial.datetime_complete = BEGUN + timedelta(seconds=begun + seconds)
    return trial


def test_pauses_of_a_search_are_not_on_its_clock() -> None:
    day = 86400.0
    trials = [stored(0, 0.5, {}), stored(1, 0.6, {}, begun=2), stored(2, 0.7, {}, begun=day), stored(3, 0.1, {}, begun=day + 1)]
    assert [part.ended for part in trial_parts(trials, "accuracy")] == [2.0, 4.0, 6.0, 7.0]


def test_a_trial_that_was_interrupted_counts_its_own_seconds() -> None:
    trial = stored(1, 0.6, {}, begun=0, seconds=2)
    trial.datetime_complete = BEGUN + timedelta(days=3)
    assert [part.ended for part in trial_parts([stored(0, 0.5, {}), trial], "accuracy")] == [2.0, 4.0]


def planted(number: int) -> list[FrozenTrial]:
    """Trials in which the encoder decides, and the rest is chance."""
    draw = np.random.default_rng(0)
    found = []
    for place in range(number):
        encoder = ["none", "cnn"][place % 2]
        score = (0.8 if encoder == "cnn" else 0.6) + 0.02 * draw.random()
        rate, dropout = float(10 ** draw.uniform(-1, 1)), float(draw.uniform(0, 0.5))
        found.append(stored(place, score, {"encoder.name": encoder, "learning_rate.relative": rate, "dropout.head": dropout}, 2.0 * place))
    return found


def test_what_was_planted_is_found_and_said_in_careful_words() -> None:
    trials = planted(40)
    found = evidence(trial_parts(trials, "accuracy"), trials, None, "accuracy", [], 100)
    assert [tip.section for tip in found.tips] == ["learning_rate", "dropout", "encoder"]
    assert found.most_important[0] == "encoder.name"
    shares = {part.path: part.importance for tip in found.tips for part in tip.parameters}
    assert sum(share or 0.0 for share in shares.values()) == pytest.approx(1)
    assert shares["encoder.name"] == max(share or 0.0 for share in shares.values())
    encoder = found.tips[2]
    assert not encoder.from_ablation
    assert re.match(
        r"Observed: encoder.name cnn has the best median, 0\.8\d+ in 20 trials, 0\.\d+ better than none \(20 trials\)\.", encoder.conclusion
    )
    assert "optimizer" in found.unvaried
    assert "encoder" not in found.unvaried


def test_of_a_loss_the_smaller_median_is_the_better() -> None:
    trials = planted(40)
    found = evidence(trial_parts(trials, "log_loss"), trials, None, "log_loss", [], 100)
    assert "encoder.name none has the best median" in found.tips[2].conclusion


def test_importances_begin_with_enough_trials() -> None:
    for number, known in ((NEEDED - 1, False), (NEEDED, True)):
        trials = planted(number)
        found = evidence(trial_parts(trials, "accuracy"), trials, None, "accuracy", [], 100)
        assert {part.importance is not None for tip in found.tips for part in tip.parameters} == {known}


def test_few_trials_are_not_enough() -> None:
    trials = planted(4)
    found = evidence(trial_parts(trials, "accuracy"), trials, None, "accuracy", [], 100)
    assert all(part.importance is None for tip in found.tips for part in tip.parameters)
    assert all(tip.conclusion.startswith("Too early to tell") for tip in found.tips)


def test_ranges_that_advice_has_moved_are_taken_together() -> None:
    trials = planted(2 * NEEDED)
    trials[3].distributions["dropout.head"] = FloatDistribution(0.0, 0.9)
    trials[3].params["dropout.head"] = 0.85
    found = evidence(trial_parts(trials, "accuracy"), trials, None, "accuracy", [], 100)
    assert {part.path for tip in found.tips for part in tip.parameters if part.importance is not None} == set(SPACE)


def test_mistakes_confusions_and_calibration_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.78, 0.22], [0.32, 0.68], [0.45, 0.55]], dtype=np.float32)
    split = Split(["a", "b" * (CUT + 5), "c", "d"], np.array([0, 1, 1, 0], dtype=np.int64))
    part = on_validation(probabilities, split, ("no", "yes"))
    assert part.confusion == ((1, 1), (1, 1))
    assert part.confusions == (("no", "yes", 1), ("yes", "no", 1))
    assert [(one.text[0], one.cut, one.label, one.predicted) for one in part.worst] == [("b", 5, "yes", "no"), ("d", 0, "no", "yes")]
    assert [(one.low, one.count, one.accuracy) for one in part.calibration] == [(0.5, 1, 0), (0.6, 1, 1), (0.7, 1, 0), (0.8, 1, 1)]
    assert part.calibration_error == pytest.approx((0.55 + 0.32 + 0.78 + 0.1) / 4, abs=1e-6)
    assert [(one.precision, one.recall, one.f1, one.count) for one in part.classes] == [(0.5, 0.5, 0.5, 2)] * 2


@given(st.integers(2, 12), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_counts_add_up_whatever_is_predicted(classes: int, rows: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    probabilities = draw.dirichlet(np.full(classes, 0.3), size=rows).astype(np.float32)
    split = Split([str(row) for row in range(rows)], draw.integers(0, classes, rows))
    part = on_validation(probabilities, split, [f"class {number}" for number in range(classes)])
    assert np.sum(part.confusion) == sum(one.count for one in part.classes) == sum(one.count for one in part.calibration) == rows
    assert part.mistakes == rows - np.trace(part.confusion)
    assert 0 <= part.calibration_error <= 1
    assert [one.label_probability for one in part.worst] == sorted(one.label_probability for one in part.worst)
    json.dumps(part.confusion)


def line(name: str, test: float | None, ours: bool, validation: float = 0.5) -> Line:
    return Line(name, validation, test, None if test is None else (test - 0.05, test + 0.05), ours)


WON = [line("trial 1", 0.9, True), line("TF-IDF", 0.8, False)]
CLOSE = [line("trial 1", 0.82, True), line("TF-IDF", 0.8, False)]
EQUAL = [line("trial 1", 0.8, True), line("TF-IDF", 0.8, False)]
UNTESTED = [line("trial 1", None, True, 0.9), line("TF-IDF", None, False, 0.8)]


@pytest.mark.parametrize(
    ("lines", "beats", "words"),
    [
        (WON, True, "It beats the baselines: trial 1 has accuracy 0.9000 against 0.8000"),
        (CLOSE, None, "not for certain"),
        (EQUAL, False, "It does not beat the baselines"),
        (UNTESTED, None, "on the validation texts, on which trial 1 was chosen"),
        (WON[:1], None, "no baseline"),
    ],
)
def test_a_lead_is_called_a_win_only_where_chance_does_not_explain_it(lines: list[Line], beats: bool | None, words: str) -> None:
    sentence, found = judgement("accuracy", lines)
    assert found is beats
    assert words in sentence


@given(st.text(max_size=60))
def test_what_is_shown_is_one_line_of_characters_that_can_be_seen(text: str) -> None:
    shown = visible(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200e\u200f\ufeff\ud800-\udfff]", shown)
    assert visible(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("a\n\tb ", "a b"),
        ("\ud800", "[U+D800]"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 4),
        ("中文 می\u200cخواهم", "中文 می\u200cخواهم"),
    ],
)
def test_what_would_turn_the_text_around_it_is_shown_by_its_number(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(3, 9))
def test_ticks_are_few_and_within_the_axis(low: float, span: float, most: int) -> None:
    ticks = round_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    slack = 1e-6 * (abs(low) + span)
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)


@given(st.floats(1e-6, 1e3), st.floats(1.01, 1e6))
def test_logarithmic_ticks_are_within_the_axis(low: float, factor: float) -> None:
    ticks = log_ticks(low, low * factor)
    assert ticks == sorted(ticks)
    assert all(0.99 * low <= tick <= 1.01 * low * factor for tick in ticks)


def test_a_trial_that_another_study_gave_is_no_part_of_the_clock() -> None:
    given_trial = stored(0, 0.9, {}, begun=-1000)
    given_trial.user_attrs["autotune:from"] = {"study": "other", "number": 3}
    first, second = trial_parts([given_trial, stored(1, 0.6, {})], "accuracy")
    assert (first.imported, first.ended, first.leads) == (True, None, True)
    assert (second.ended, second.leads) == (2.0, False)
    assert replace(first, imported=False) != first
