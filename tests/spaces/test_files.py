"""Search-space files: composing, and mistakes told with their lines."""

import re
from pathlib import Path

import pytest

from autotune.errors import SpaceError
from autotune.spaces.files import builtin_folder, check_space, read_space
from tests.spaces.conftest import Write


def problems(path: Path) -> list[str]:
    """What is wrong with a file, each line without the folder."""
    return [line.removeprefix(f"{path.parent}/") for line in check_space(path)]


def test_a_file_with_five_mistakes_is_told_in_five_lines(write: Write) -> None:
    path = write("""
        descripton: five mistakes
        parameters:
          optimizer.nme:
            type: categorical
            choices: [sgd, adam]
            default: adam
          encoder.width:
            type: int
            low: 512
            high: 16
            default: 64
          encoder.name:
            type: categorical
            choices: [cnn, gruu]
            default: cnn
          dropout.head:
            type: float
            low: 0.0
            high: 0.5
            default: 0.6
    """)
    lines = problems(path)
    assert [line.split(":")[1] for line in lines] == ["1", "3", "9", "14", "20"]
    assert lines[0].endswith("did you mean 'description'?")
    assert lines[1].endswith("did you mean 'optimizer.name'?")
    assert "low = 512 must be below high = 16" in lines[2]
    assert lines[3].endswith("did you mean 'gru'?")
    assert "default 0.6 is not one of its values, from 0.0 to 0.5" in lines[4]
    with pytest.raises(SpaceError) as caught:
        read_space(str(path))
    assert caught.value.message.splitlines() == check_space(path)


ENTRIES = [
    ("dropout.head: {low: 0, high: 0.5, default: 0}", "type is missing"),
    ("dropout.head: {type: flaot, default: 0}", "did you mean 'float'"),
    ("dropout.head: {type: float, high: 0.5, default: 0}", "low is missing"),
    ("dropout.head: {type: float, low: 0, default: 0}", "high is missing"),
    ("dropout.head: {type: float, low: 0, high: 0.5}", "default is missing"),
    ("dropout.head: {type: float, low: 0, high: 1.5, default: 0}", "less than 1"),
    ("dropout.head: {type: float, low: 0, hihg: 0.5, high: 0.5, default: 0}", "did you mean 'high'"),
    ("dropout.head: {type: float, low: 0, high: 0.5, choices: [0], default: 0}", "choices belong to a categorical"),
    ("dropout.head: {type: float, low: 0, high: 0.5, step: 0.2, default: 0}", "does not lead from 0.0 to 0.5"),
    ("dropout.head: {type: float, low: 0, high: 0.5, step: -0.1, default: 0}", "does not lead from 0.0 to 0.5"),
    ("dropout.head: {type: float, low: 0, high: 0.5, step: .inf, default: 0}", "step = inf: expected a number"),
    ("dropout.head: {type: float, low: 0, high: 0.5, step: 0.1, default: 0.25}", "default 0.25 is not one of its values"),
    ("dropout.head: {type: float, low: off, high: 0.5, default: 0.25}", "dropout.head = off"),
    ("dropout.head: {type: float, low: 0, high: 0.5, log: true, default: 0.25}", "must be above 0 where log is true"),
    ("dropout.head: {type: float, low: 0.1, high: 0.5, step: 0.1, log: true, default: 0.1}", "log and step exclude each other"),
    ("dropout.head: {type: float, low: 0.1, high: 0.5, log: maybe, default: 0.1}", "expected true or false"),
    ("dropout.head: 0.5", "expected `type: ...`"),
    ("dropout.head: {}", "expected `type: ...`"),
    ("encoder.width: {type: int, low: 16.5, high: 64, default: 16}", "encoder.width = 16.5"),
    ("encoder.width: {type: int, low: 16, high: 512, log: true, default: 16}", "short list of choices or an int with a step"),
    ("encoder.name: {type: categorical, default: cnn}", "choices are missing"),
    ("encoder.name: {type: categorical, choices: [], default: cnn}", "choices are missing"),
    ("encoder.name: {type: categorical, choices: [cnn, cnn], default: cnn}", "choice cnn stands there twice"),
    ("encoder.name: {type: categorical, choices: [cnn, gru], default: none}", "default none is not one of its values"),
    ("encoder.name: {type: categorical, choices: [cnn, gru], low: 1, default: cnn}", "low belongs to a float or an int"),
    ("dropout.encoder: {type: categorical, choices: [0, 0.5], default: 0, when: encoder.name}", "expected conditions"),
    ("dropout.encoder: {type: categorical, choices: [0, 0.5], default: 0, when: {encoder.nme: cnn}}", "did you mean 'encoder.name'"),
    ("dropout.encoder: {type: categorical, choices: [0, 0.5], default: 0, when: {encoder.name: cnnn}}", "did you mean 'cnn'"),
    ("dropout.encoder: {type: categorical, choices: [0, 0.5], default: 0, when: {encoder.name: []}}", "no value given"),
    ("dropout.encoder: {type: categorical, choices: [0, 0.5], default: 0, when: {encoder.name: gru}}", "never holds"),
    ("dropout.head: {type: categorical, choices: [0, 0.5], default: 0, when: {dropout.head: 0}}", "dropout.head needs dropout.head"),
    ("optimizer.momentum: {type: float, low: 0.5, high: 0.9, default: 0.9}", "optimizer.momentum has no effect in this space"),
    ("learning_rate.initial: {type: categorical, choices: [0.1, ~], default: 0.1}", "has no value here"),
    ("learning_rate.initial: {type: float, low: auto, high: 0.1, default: 0.1}", "expected a number, or use type: categorical"),
    ("learning_rate.initial: {type: float, low: 0.01, high: 0.1, default: auto}", "default auto is not one of its values"),
    ("seed: {type: int, low: 0, high: 9, default: 0}", "the seed is not a part of a search space"),
]


def test_a_space_may_offer_a_measured_rate_beside_written_ones_or_fix_it(write: Write) -> None:
    offered = read_space(str(write("parameters:\n  learning_rate.initial: {type: categorical, choices: [auto, 0.01], default: auto}\n")))
    assert offered.config(offered.defaults()).learning_rate.initial == "auto"
    fixed = read_space(str(write("include: [optimizer]\nfixed: {learning_rate.initial: auto}\n")))
    assert fixed.config(fixed.defaults()).learning_rate.initial == "auto"


@pytest.mark.parametrize(("entry", "message"), ENTRIES)
def test_a_wrong_entry_is_told_in_one_line(write: Write, entry: str, message: str) -> None:
    lines = problems(write(f"parameters:\n  {entry}\n"))
    assert len(lines) == 1
    assert lines[0].startswith("mine.yaml:2: ")
    assert message in lines[0]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("encoder.width: {type: float, low: 16, high: 64, default: 16}", "use type: int"),
        ("shuffling.enabled: {type: int, low: 0, high: 1, default: false}", "use type: categorical"),
        ("encoder.name: {type: int, low: 0, high: 1, default: cnn}", "must be none, cnn, rnn, lstm or gru"),
    ],
)
def test_a_type_that_does_not_suit_is_told_for_both_bounds(write: Write, entry: str, message: str) -> None:
    lines = problems(write(f"parameters:\n  {entry}\n"))
    assert len(lines) == 2
    assert all(message in line for line in lines)


def test_conditions_in_a_circle_are_refused(write: Write) -> None:
    path = write("""
        parameters:
          dropout.head: {type: categorical, choices: [0, 0.5], default: 0, when: {dropout.embedding: 0}}
          dropout.embedding: {type: categorical, choices: [0, 0.5], default: 0, when: {dropout.head: 0}}
    """)
    (line,) = problems(path)
    assert line.startswith("mine.yaml:2: ")
    assert line.endswith("dropout.head needs dropout.embedding needs dropout.head")


def test_two_sound_files_that_make_a_circle_together_are_refused(write: Write) -> None:
    write("parameters: {dropout.head: {type: float, low: 0, high: 0.5, default: 0, when: {dropout.embedding: 0}}}", "a.yaml")
    choices = "type: categorical, choices: [0, 0.5], default: 0"
    write(f"parameters: {{dropout.embedding: {{{choices}, when: {{dropout.head: 0}}}}}}", "b.yaml")
    (line,) = problems(write("description: both\ninclude: [a.yaml, b.yaml]\n"))
    assert line.startswith("mine.yaml:2: ")
    assert "goes round in a circle" in line


def test_a_value_that_the_parent_never_takes_is_refused(write: Write) -> None:
    path = write("""
        parameters:
          optimizer.name: {type: categorical, choices: [sgd, adam], default: adam}
          optimizer.momentum: {type: float, low: 0.5, high: 0.9, default: 0.9, when: {optimizer.name: [sgd, rmsprop]}}
    """)
    assert problems(path) == [
        "mine.yaml:3: optimizer.momentum: when: optimizer.name is never rmsprop, choose one of: sgd, adam",
    ]


def test_a_missing_condition_is_proposed(write: Write) -> None:
    path = write("""
        parameters:
          optimizer.name: {type: categorical, choices: [sgd, adam, rmsprop], default: sgd}
          optimizer.momentum: {type: float, low: 0.5, high: 0.9, default: 0.9}
    """)
    assert problems(path) == [
        "mine.yaml:3: optimizer.momentum has no effect when optimizer.name is adam, add `when: {optimizer.name: [sgd, rmsprop]}`",
    ]


def test_a_broken_parent_does_not_make_its_children_wrong(write: Write) -> None:
    path = write("""
        parameters:
          optimizer.name: {type: categorical, choices: [sgd, adma], default: sgd}
          optimizer.momentum: {type: float, low: 0.5, high: 0.9, default: 0.9, when: {optimizer.name: sgd}}
    """)
    assert [line.split(": ")[0] for line in problems(path)] == ["mine.yaml:2"]


def test_a_key_that_stands_twice_is_refused(write: Write) -> None:
    entry = "{type: float, low: 0, high: 0.5, default: 0}"
    (line,) = problems(write(f"parameters:\n  dropout.head: {entry}\n  dropout.head: {entry}\n"))
    assert line.startswith("mine.yaml:3:")
    assert "duplicate key" in line


def test_numbers_and_words_are_read_as_yaml_1_2(write: Write) -> None:
    path = write("""
        parameters:
          regularization.l1: {type: float, low: 1e-6, high: 1e-3, log: true, default: 1e-4}
          encoder.kernel_sizes: {type: categorical, choices: ["3,4,5", 3, [2, 3]], default: "3"}
    """)
    kernels, l1 = sorted(read_space(str(path)).parameters, key=lambda parameter: parameter.path)
    assert (l1.low, l1.high, l1.default) == (1e-6, 1e-3, 1e-4)
    assert (kernels.choices, kernels.default) == (("3,4,5", "3", "2,3"), "3")


def test_a_later_word_counts_more(write: Write) -> None:
    path = write("""
        include: [optimizer, 03_dropout.yaml]
        parameters:
          optimizer.name: {type: categorical, choices: [sgd, adam], default: sgd}
        fixed:
          encoder.name: none
          dropout.head: 0.2
    """)
    space = read_space(str(path))
    assert space.name == "mine"
    by_path = {parameter.path: parameter for parameter in space.parameters}
    assert by_path["optimizer.name"].choices == ("sgd", "adam")
    assert by_path["optimizer.momentum"].when == {"optimizer.name": ("sgd",)}
    assert not {"dropout.head", "dropout.encoder"} & by_path.keys()
    assert dict(space.fixed) == {"encoder.name": "none", "dropout.head": 0.2}


def test_what_a_file_tunes_is_no_longer_fixed_by_what_it_includes(write: Write) -> None:
    write("include: [dropout]\nfixed: {dropout.head: 0.2}\n", "base.yaml")
    path = write("include: [base.yaml]\nparameters: {dropout.head: {type: categorical, choices: [0.1, 0.3], default: 0.1}}\n")
    space = read_space(str(path))
    assert dict(space.fixed) == {}
    assert space.defaults()["dropout.head"] == 0.1


def test_a_parameter_cannot_be_fixed_and_tuned_in_one_file(write: Write) -> None:
    path = write(
        "parameters:\n  dropout.head: {type: float, low: 0, high: 0.5, default: 0}\nfixed:\n  dropout.head: 0.1\n  encoder.name: cn\n"
    )
    lines = problems(path)
    assert lines[0] == "mine.yaml:4: dropout.head is both fixed and tuned"
    assert lines[1].startswith("mine.yaml:5: encoder.name = cn")


def test_includes_in_a_circle_are_refused(write: Write) -> None:
    write("include: [mine.yaml]\n", "other.yaml")
    (line,) = problems(write("include: [other.yaml]\n"))
    assert line == "other.yaml:1: include: goes round in a circle: mine.yaml includes other.yaml includes mine.yaml"


def test_a_file_may_be_included_on_two_ways(write: Write) -> None:
    write("include: [pooling]\n", "a.yaml")
    write("include: [pooling, dropout]\n", "b.yaml")
    assert [item.path for item in read_space(str(write("include: [a.yaml, b.yaml]\n"))).parameters][-1] == "pooling.name"


def test_mistakes_in_included_files_are_told_too(write: Write) -> None:
    write("parameters: [\n", "broken.yaml")
    write("parameters:\n  dropout.haed: {}\n", "typo.yaml")
    lines = problems(write("include:\n  - broken.yaml\n  - typo.yaml\n  - optimzer\n"))
    assert [re.split(r": ", line)[0].split(":")[0] for line in lines] == ["broken.yaml", "typo.yaml", "mine.yaml"]
    assert lines[2] == "mine.yaml:4: include: no such file: optimzer, did you mean 'optimizer'?"


@pytest.mark.parametrize("text", ["description: nothing\n", "parameters:\n", "parameters: [a]\n", "include: dropout\n"])
def test_a_file_of_the_wrong_shape_is_refused(write: Write, text: str) -> None:
    assert len(problems(write(text))) == 1


def test_an_unknown_name_gets_a_proposal() -> None:
    with pytest.raises(SpaceError) as caught:
        read_space("fulll")
    assert caught.value.message == "unknown search space 'fulll', did you mean 'full'?"
    assert caught.value.hint == "`autotune spaces` lists them"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpaceError, match="no such file"):
        read_space(str(tmp_path / "none.yaml"))
    assert len(check_space(tmp_path / "none.yaml")) == 1


def test_the_example_of_the_readme_works(write: Write) -> None:
    page = (builtin_folder() / "README.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    space = read_space(str(write(example)))
    assert {"encoder.name", "dropout.head", "batch_size.initial"} <= {parameter.path for parameter in space.parameters}
    assert "dropout.embedding" not in space.defaults()
