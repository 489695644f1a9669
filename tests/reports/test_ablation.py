import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.config import Config
from autotune.reports.ablation import Effect, base_line, benjamini_hochberg, by_tip, effects, legend, student, table, tip_number
from autotune.spaces.alternatives import Alternative

Result = dict[str, object]


def change(path: str, after: object, before: object = None) -> Alternative:
    return Alternative(path, before if before is not None else Config().values()[path], after, Config())  # type: ignore[arg-type]


def result(score: float, epochs: int = 4, pace: float = 0.5) -> Result:
    return {"score": score, "cause": "finished", "epochs": epochs, "epoch_seconds": pace, "seconds": epochs * pace + 1}


SGD, ZEROS, DIM, HEAD = (
    change("optimizer.name", "sgd"),
    change("initialization.name", "zeros"),
    change("pretraining.dimension", 300),
    change("dropout.head", 0.5),
)
BASE = {1: result(0.80), 2: result(0.82), 3: result(0.81)}


def found(step: float = 0.001) -> list[Effect]:
    return effects(
        BASE,
        [
            (SGD, {1: result(0.79, 8, 0.25), 2: result(0.80, 6, 0.3), 3: result(0.78, 4, 0.4)}),
            (ZEROS, {1: result(0.30), 2: result(0.32), 3: result(0.3101)}),
            (DIM, {1: result(0.85)}),
            (HEAD, {1: {"cause": "diverged"}, 2: {"cause": "diverged"}}),
            (change("shuffling.enabled", False), {}),
        ],
        step,
    )


def test_the_interval_is_students_by_hand() -> None:
    # Differences 1, 2, 3: mean 2, standard deviation 1, standard error 1/sqrt(3); t(0.975, 2) = 4.302653.
    half_width, p = student([1.0, 2.0, 3.0], 0.0)
    assert half_width == pytest.approx(4.302653 * 3**-0.5, abs=1e-6)
    # Two degrees of freedom have a closed form: p = 1 - t / sqrt(2 + t^2), t = 2 sqrt(3).
    statistic = 2 * 3**0.5
    assert p == pytest.approx(1 - statistic / (2 + statistic**2) ** 0.5)
    # Two seeds: t(0.975, 1) = 12.706205; the distribution is Cauchy's.
    assert student([0.0, 2.0], 0.0) == (pytest.approx(12.706205), pytest.approx(0.5))
    assert student([0.5], 0.0) == student([], 0.0) == (None, None)


def test_seeds_that_agree_by_chance_are_no_proof() -> None:
    half_width, p = student([0.01, 0.01, 0.01], 0.01)  # one text of a hundred, three times
    assert half_width == pytest.approx(4.302653 * 0.01 * 3**-0.5)
    assert p is not None
    assert p > 0.2
    assert student([0.0, 0.0], 0.0) == (0.0, 1.0)  # the same runs, in a metric without steps
    assert student([0.1, 0.1], 0.0) == (0.0, 0.0)


def test_the_correction_is_that_of_the_paper_by_hand() -> None:
    # In order .01 .02 .03 .5: times 4/1, 4/2, 4/3, 4/4 is .04 .04 .04 .5, then the smallest from the right.
    assert benjamini_hochberg([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.04, 0.04, 0.5, 0.04])
    assert benjamini_hochberg([0.01, 0.4]) == pytest.approx([0.02, 0.4])
    assert benjamini_hochberg([]) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_a_correction_keeps_the_order_and_never_makes_surer(values: list[float]) -> None:
    corrected = benjamini_hochberg(values)
    assert all(before <= after <= 1 for before, after in zip(values, corrected, strict=True))
    order = sorted(range(len(values)), key=lambda index: values[index])
    assert [corrected[index] for index in order] == sorted(corrected)


def test_effects_are_paired_by_seed_and_the_largest_comes_first() -> None:
    zeros, dimension, sgd, head = found()
    assert [zeros.change, dimension.change, sgd.change, head.change] == [ZEROS, DIM, SGD, HEAD]  # what was not tried is not there
    assert sgd.differences == pytest.approx((-0.01, -0.02, -0.03))
    assert sgd.mean == pytest.approx(-0.02)
    assert sgd.half_width == pytest.approx(4.302653 * 0.01 * 3**-0.5)
    assert sgd.epochs == 6
    assert sgd.slowdown == pytest.approx(0.5)
    assert (dimension.differences, dimension.half_width, dimension.p) == (pytest.approx((0.05,)), None, None)
    assert (head.mean, head.causes) == (None, ("diverged", "diverged"))


def test_certainty_has_four_degrees() -> None:
    zeros, dimension, sgd, head = found()
    # Two comparisons: sgd's own p of .074 is above 5 %; zeros' is far below it, also when doubled.
    assert [effect.certainty for effect in (zeros, dimension, sgd, head)] == ["beyond", "-", "within", "-"]
    sure = [-0.0200, -0.0201, -0.0199]
    many = [(change("encoder.width", width), {seed: result(0.8 + (-1) ** seed * width) for seed in BASE}) for width in range(50, 90)]
    weak = (SGD, {seed: result(BASE[seed]["score"] + by) for seed, by in zip(BASE, (-0.018, -0.020, -0.026), strict=True)})  # type: ignore[operator]
    strong = (ZEROS, {seed: result(BASE[seed]["score"] + 10 * by) for seed, by in zip(BASE, sure, strict=True)})  # type: ignore[operator]
    by_change = {effect.change: effect for effect in effects(BASE, [weak, strong, *many], 0.0001)}
    assert by_change[SGD].certainty == "maybe"  # excludes zero by itself, not among 42
    assert by_change[ZEROS].certainty == "beyond"


def test_a_seed_without_a_partner_is_left_out() -> None:
    base = {1: {"cause": "the worker died (SIGKILL)"}, 2: result(0.5), 3: result(0.6)}
    (effect,) = effects(base, [(SGD, {1: result(0.9), 2: result(0.55), 3: {"cause": "out of memory"}})], 0.01)
    assert effect.differences == pytest.approx((0.05,))
    assert effect.causes == ("out of memory",)


def test_the_table_says_it_all_and_makes_room_on_a_narrow_terminal() -> None:
    lines = table(found(), "accuracy")
    assert lines[0].split() == ["tip", "change", "accuracy", "noise", "seeds", "time", "epochs"]
    assert lines[1].split(None, 1) == ["4", "initialization.name: default -> zeros  -0.5000 +- 0.0025  beyond  3        x1     4.0"]
    assert lines[2].split() == ["7", "pretraining.dimension:", "100", "->", "300", "+0.0500", "-", "1", "x1", "4.0"]
    assert lines[3].split()[-6:] == ["+-", "0.0248", "within", "3", "x0.5", "6.0"]
    assert lines[4].split() == ["3", "dropout.head:", "0", "->", "0.5", "2", "failed", "0"]
    narrow = table(found(), "accuracy", 80)
    assert max(map(len, narrow)) <= 80
    assert narrow[1].split() == ["4", "name:", "default", "->", "zeros", "-0.5000", "+-", "0.0025", "beyond", "3", "x1"]
    assert table(found(), "accuracy", 200) == lines


def test_a_change_that_failed_with_some_seeds_says_so() -> None:
    (effect,) = effects(BASE, [(SGD, {1: result(0.79), 2: {"cause": "diverged"}})], 0.001)
    assert table([effect], "accuracy")[1].endswith("1, 1 failed    x1     4.0")


def test_the_legend_counts_the_comparisons() -> None:
    text = "\n".join(legend(found(), "accuracy"))
    assert "2 comparisons" in text
    assert "0.1 of 2 would by chance" in text
    assert "one seed: no interval" in text
    assert text.endswith("failed    dropout.head: 0 -> 0.5: diverged")
    (once,) = effects(BASE, [(DIM, {1: result(0.85)})], 0.001)
    assert "beyond" not in "\n".join(legend([once], "accuracy"))


def test_every_tip_gets_one_sentence_what_matters_first() -> None:
    tips = ["optimizer", "pretraining", "initialization", "dropout", "shuffling"]
    lines = by_tip(found(), tips, "accuracy")
    assert lines[0] == " 4  initialization  matters: name: default -> zeros costs 0.5000"
    assert lines[1] == " 1  optimizer       1 change, none beyond noise; most: name: adam -> sgd, -0.0200 +- 0.0248"
    assert lines[2] == " 7  pretraining     too early to tell; most: dimension: 100 -> 300, +0.0500"
    broken = by_tip(found(), tips, "accuracy", 72)
    assert broken[1] == " 1  optimizer       1 change, none beyond noise; most: name: adam ->"
    assert broken[2] == "                    sgd, -0.0200 +- 0.0248"
    assert sorted(lines[3:]) == [" 3  dropout         every change failed: diverged", "11  shuffling       not tried yet"]


def test_a_tip_that_can_gain_and_cost_says_both() -> None:
    width = {size: change("encoder.width", size) for size in (50, 200, 300)}
    tried = [
        (width[200], {seed: result(BASE[seed]["score"] + 0.05) for seed in BASE}),  # type: ignore[operator]
        (width[300], {seed: result(BASE[seed]["score"] + 0.04) for seed in BASE}),  # type: ignore[operator]
        (width[50], {seed: result(BASE[seed]["score"] - 0.03) for seed in BASE}),  # type: ignore[operator]
    ]
    (line,) = by_tip(effects(BASE, tried, 0.0001), ["encoder"], "accuracy")
    assert line == " 9  encoder  matters: width: 100 -> 50 costs 0.0300, width: 100 -> 200 gains 0.0500; 1 more beyond noise"


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    (effect,) = effects(BASE, [(SGD, {1: result(0.79999)})], 0.0)
    assert "  +0.0000  " in table([effect], "accuracy")[1]


@pytest.mark.parametrize(("metric", "verb"), [("accuracy", "costs"), ("log_loss", "gains")])
def test_less_is_a_gain_where_less_is_better(metric: str, verb: str) -> None:
    assert f"zeros {verb} 0.5000" in by_tip(found(), ["initialization"], metric)[0]  # type: ignore[arg-type]


def test_the_base_in_one_line() -> None:
    assert base_line("accuracy", BASE) == "base: accuracy 0.8100 (3 seeds, standard deviation 0.0100), 4.0 epochs of 0.5s"
    assert base_line("accuracy", {1: result(0.8), 2: {"cause": "diverged"}}).startswith("base: accuracy 0.8000 (1 seed), ")


def test_tips_have_the_numbers_of_their_sections() -> None:
    assert [tip_number(section) for section in ("text", "optimizer", "batch_size")] == ["-", "1", "12"]
