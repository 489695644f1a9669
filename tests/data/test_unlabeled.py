"""Texts without labels: read in any format, never what is scored on."""

import csv
from pathlib import Path

import pytest

from autotune.data.dataset import Dataset, DataSource, load_dataset, load_test
from autotune.data.splits import near_key
from autotune.errors import DataError
from tests.conftest import write_toy

OLD = "c865272054b2ce97"
"""What earlier versions said of the data below."""


def lines(path: Path, *texts: str) -> str:
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return str(path)


def test_one_text_a_line(tmp_path: Path, toy: Path) -> None:
    dataset = load_dataset(DataSource(str(toy), unlabeled=lines(tmp_path / "more.txt", "one more text", "", "  ", 'and another, "quoted"')))
    assert dataset.unlabeled == ["one more text", 'and another, "quoted"']
    assert "2 unlabelled texts to pre-train on." in dataset.notes


@pytest.mark.parametrize("header", [["id", "text"], ["label", "text", "id"], ["review"]])
def test_any_format_with_a_column_of_texts(tmp_path: Path, toy: Path, header: list[str]) -> None:
    with (tmp_path / "more.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, ["one more text" if name in ("text", "review") else "7" for name in header]])
    assert load_dataset(DataSource(str(toy), unlabeled=str(tmp_path / "more.csv"))).unlabeled == ["one more text"]


def scored(dataset: Dataset, source: DataSource) -> list[str]:
    return [*dataset.validation.texts, *load_test(source, dataset).texts]


@pytest.mark.parametrize("given", ["nothing", "validation", "test", "both"])
def test_what_is_scored_on_is_left_out_in_any_spelling(tmp_path: Path, toy: Path, given: str) -> None:
    files = {
        side: str(write_toy(tmp_path / f"{side}.csv", rows=60, seed=number))
        for number, side in enumerate(("validation", "test"), start=1)
        if given in (side, "both")
    }
    source = DataSource(str(toy), **files)
    before = load_dataset(source)
    leaks = [f"  {text.upper()} !!" for text in scored(before, source)]
    source = DataSource(str(toy), **files, unlabeled=lines(tmp_path / "more.txt", "one more text", *leaks, before.train.texts[0]))
    dataset = load_dataset(source)
    assert dataset.unlabeled == ["one more text", before.train.texts[0]]
    assert not {near_key(text) for text in dataset.unlabeled} & {near_key(text) for text in scored(dataset, source)}
    assert f"{len(leaks)} unlabelled texts left out, since validation or test has nearly the same." in dataset.notes


def test_the_fingerprint_knows_unlabelled_texts_and_is_the_old_one_without(tmp_path: Path) -> None:
    data = tmp_path / "toy.csv"
    data.write_text("text,label\n" + "".join(f"word{row} text,{'ab'[row % 2]}\n" for row in range(40)))
    assert load_dataset(DataSource(str(data))).fingerprint == OLD
    fingerprints = [
        load_dataset(DataSource(str(data), unlabeled=lines(tmp_path / "more.txt", *texts))).fingerprint
        for texts in (["a text"], ["a", "text"], ["a text", "b"], ["a text"])
    ]
    assert len({*fingerprints, OLD}) == 4
    assert fingerprints[0] == fingerprints[3]


def test_the_source_remembers_the_file_and_older_sources_have_none(tmp_path: Path, toy: Path) -> None:
    source = DataSource(str(toy), unlabeled=lines(tmp_path / "more.txt", "a"))
    assert DataSource.from_json(source.to_json()) == source
    stored = source.to_json()
    del stored["unlabeled"]
    assert DataSource.from_json(stored) == DataSource(str(toy))


def test_a_file_without_a_usable_text_is_refused(tmp_path: Path, toy: Path) -> None:
    validation = load_dataset(DataSource(str(toy))).validation.texts
    with pytest.raises(DataError, match=r"more\.txt: no text left to pre-train on"):
        load_dataset(DataSource(str(toy), unlabeled=lines(tmp_path / "more.txt", "", *validation[:3])))
    (tmp_path / "odd.csv").write_text("a,b,c\n1,2,3\n")
    with pytest.raises(DataError, match="which column holds the texts"):
        load_dataset(DataSource(str(toy), unlabeled=str(tmp_path / "odd.csv")))
    with pytest.raises(DataError, match="no such file"):
        load_dataset(DataSource(str(toy), unlabeled=str(tmp_path / "nowhere.txt")))
