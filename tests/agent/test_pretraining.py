"""What is said about tip 7 before a search begins."""

from pathlib import Path

import pytest

from autotune.agent.pretraining import check_pretraining
from autotune.errors import UsageError, VectorError
from autotune.spaces.files import read_space
from autotune.spaces.space import SearchSpace


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    (tmp_path / "v.txt").write_text("word 1 2 3\n")
    return tmp_path / "v.txt"


def space(name: str = "quick", **values: object) -> SearchSpace:
    return read_space(name).fix({f"pretraining.{leaf}": str(value) for leaf, value in values.items()})


@pytest.mark.parametrize("name", ["quick", "full", "pretraining"])
def test_a_space_without_files_is_left_alone(name: str) -> None:
    chosen = space(name)
    assert check_pretraining(chosen, None) == (chosen, [])


@pytest.mark.parametrize("name", ["quick", "full", "pretraining"])
def test_the_dimension_is_that_of_the_file(name: str, vectors: Path) -> None:
    checked, notes = check_pretraining(space(name, method="file", file=vectors), None)
    assert checked.fixed["pretraining.dimension"] == 3
    assert "pretraining.dimension" not in {parameter.path for parameter in checked.parameters}
    assert checked.config(checked.defaults()).pretraining.dimension == 3
    assert notes == ["pretraining.dimension is 3, as in v.txt."]
    # A resumed search checks again what it stored.
    assert check_pretraining(SearchSpace.from_json(checked.to_json()), None) == (checked, [])


def test_another_dimension_that_is_asked_for_is_refused(vectors: Path) -> None:
    with pytest.raises(VectorError, match=r"v\.txt has 3 numbers a token, but pretraining\.dimension is 100"):
        check_pretraining(space(method="file", file=vectors, dimension=100), None)
    assert check_pretraining(space(method="file", file=vectors, dimension=3), None)[1] == []


def test_a_file_that_is_missing_or_not_named_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match="no file is named"):
        check_pretraining(space(method="file"), None)
    with pytest.raises(VectorError, match="no such file"):
        check_pretraining(space(method="file", file=tmp_path / "nowhere"), None)


def own_space(folder: Path, *files: Path) -> SearchSpace:
    choices = ", ".join(f'"{file}"' for file in files)
    (folder / "mine.yaml").write_text(
        "parameters:\n"
        "  pretraining.method: {type: categorical, choices: [none, file], default: none}\n"
        f'  pretraining.file: {{type: categorical, choices: [{choices}], default: "{files[0]}", when: {{pretraining.method: file}}}}\n'
    )
    return read_space(str(folder / "mine.yaml"))


def test_several_files_of_one_dimension_can_be_tuned(tmp_path: Path, vectors: Path) -> None:
    (tmp_path / "other.txt").write_text("word 4 5 6\n")
    checked, _ = check_pretraining(own_space(tmp_path, vectors, tmp_path / "other.txt"), None)
    assert checked.fixed == {"pretraining.dimension": 3}
    (tmp_path / "other.txt").write_text("word 4 5\n")
    with pytest.raises(VectorError, match=r"but pretraining\.dimension is"):
        check_pretraining(own_space(tmp_path, vectors, tmp_path / "other.txt"), None)


def test_unlabelled_texts_that_nothing_learns_from_are_refused(vectors: Path) -> None:
    for useless in (space(method="none"), space(method="file", file=vectors)):
        with pytest.raises(UsageError, match="--unlabeled: no configuration of the search space 'quick' learns"):
            check_pretraining(useless, "more.txt")
    for useful in (space(method="glove"), space("full"), space("pretraining", method="word2vec")):
        check_pretraining(useful, "more.txt")
