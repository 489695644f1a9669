"""Datasets: what is split, dropped, kept, noted and refused."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autotune.data.dataset import DataSource, load_dataset, load_test
from autotune.errors import DataError

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
Row = tuple[str, str]

WORDS = [
    f"{adjective} {noun}"
    for adjective in ("good", "bad", "dull", "fine", "odd")
    for noun in ("film", "book", "play", "song", "tale", "cast")
]
PLAIN: list[Row] = [(text, "pos" if number % 2 else "neg") for number, text in enumerate(WORDS)]


def write(path: Path, rows: list[Row], header: Row = ("text", "label")) -> str:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return str(path)


def refused(source: DataSource) -> DataError:
    with pytest.raises(DataError) as caught:
        load_dataset(source)
    return caught.value


def test_a_file_is_split_into_three(tmp_path: Path) -> None:
    source = DataSource(write(tmp_path / "reviews.csv", PLAIN))
    dataset = load_dataset(source)
    test = load_test(source, dataset)
    assert (len(dataset.train), len(dataset.validation), len(test)) == (24, 3, 3)
    assert sorted([*dataset.train.texts, *dataset.validation.texts, *test.texts]) == sorted(WORDS)
    assert (dataset.name, dataset.labels, dataset.has_test, dataset.notes) == ("reviews", ("neg", "pos"), True, ())
    assert (dataset.text_column, dataset.label_column) == ("text", "label")
    label_of = dict(PLAIN)
    for split in (dataset.train, dataset.validation, test):
        assert [dataset.labels[number] for number in split.labels] == [label_of[text] for text in split.texts]
        assert split.labels.dtype == np.int64
        assert split.texts == sorted(split.texts, key=WORDS.index)


def test_loading_twice_gives_the_same(tmp_path: Path) -> None:
    source = DataSource(write(tmp_path / "a.csv", PLAIN))
    one, other = load_dataset(source), load_dataset(DataSource.from_json(source.to_json()))
    assert one.train.texts == other.train.texts
    assert one.fingerprint == other.fingerprint
    assert load_test(source, one).texts == load_test(source, other).texts


def test_the_fingerprint_knows_everything_that_matters(tmp_path: Path) -> None:
    data, other = write(tmp_path / "a.csv", PLAIN), write(tmp_path / "other.csv", PLAIN[:12])
    test = write(tmp_path / "test.csv", PLAIN[:4])
    base = DataSource(data)
    sources = [base, replace(base, seed=1), replace(base, test_fraction=0.2), replace(base, validation_fraction=0.2)]
    sources += [replace(base, validation=other), replace(base, test=test), DataSource(write(tmp_path / "b.csv", PLAIN[:-1]))]
    sources += [DataSource(write(tmp_path / "c.csv", PLAIN, ("sentence", "label")))]
    fingerprints = [load_dataset(source).fingerprint for source in sources]
    write(tmp_path / "test.csv", PLAIN[:5])
    fingerprints.append(load_dataset(replace(base, test=test)).fingerprint)
    assert len(set(fingerprints)) == len(fingerprints)
    assert all(len(bytes.fromhex(fingerprint)) == 8 for fingerprint in fingerprints)


def test_a_copy_elsewhere_has_the_same_fingerprint(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a.csv", PLAIN), write(tmp_path / "b.csv", PLAIN)
    assert load_dataset(DataSource(one)).fingerprint == load_dataset(DataSource(other)).fingerprint


def test_fractions_are_shares_of_the_whole_file(tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv", [(f"text {row}", "ab"[row % 2]) for row in range(1000)])
    dataset = load_dataset(DataSource(data, validation_fraction=0.2, test_fraction=0.4))
    assert (len(dataset.train), len(dataset.validation)) == (400, 200)


def test_no_test_is_held_out_for_fraction_zero(tmp_path: Path) -> None:
    source = DataSource(write(tmp_path / "a.csv", PLAIN), test_fraction=0)
    dataset = load_dataset(source)
    assert not dataset.has_test
    assert len(dataset.train) + len(dataset.validation) == len(PLAIN)
    with pytest.raises(DataError, match="there is no test"):
        load_test(source, dataset)


def test_empty_texts_are_dropped_and_noted(tmp_path: Path) -> None:
    dataset = load_dataset(DataSource(write(tmp_path / "a.csv", [*PLAIN, ("", "pos"), (" \n", "neg")])))
    assert dataset.notes == ("2 rows without a text dropped.",)
    assert all(text.strip() for text in dataset.train.texts)


def test_repeated_rows_are_kept_on_one_side_and_noted(tmp_path: Path) -> None:
    rows = [*PLAIN, *PLAIN[:10], *((text.upper() + "!", label) for text, label in PLAIN[:5])]
    source = DataSource(write(tmp_path / "a.csv", rows))
    dataset = load_dataset(source)
    test = load_test(source, dataset)
    sides = [{text.lower().strip("!") for text in texts} for texts in (dataset.train.texts, dataset.validation.texts, test.texts)]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    assert len(dataset.train) + len(dataset.validation) + len(test) == 45
    assert "15 rows repeat an earlier text (10 of them exactly); kept, on its side of the split." in dataset.notes


def test_contradicting_labels_are_kept_and_noted(tmp_path: Path) -> None:
    dataset = load_dataset(DataSource(write(tmp_path / "a.csv", [*PLAIN, (WORDS[0], "pos")])))
    assert "1 text occurs with different labels; kept as they are." in dataset.notes


def test_a_class_of_one_row_is_kept_for_training_and_noted(tmp_path: Path) -> None:
    dataset = load_dataset(DataSource(write(tmp_path / "a.csv", [*PLAIN, ("a lone text", "rare")])))
    assert "a lone text" in dataset.train.texts
    assert "1 class ('rare') has a single row, kept for training." in dataset.notes
    assert "1 class ('rare') has no row to validate on." in dataset.notes


def test_very_unbalanced_classes_are_noted(tmp_path: Path) -> None:
    rows = [(f"text {row}", "rare" if row < 3 else "common") for row in range(100)]
    assert any(
        "very unbalanced: 'common' has 97 rows, 'rare' 3" in note
        for note in load_dataset(DataSource(write(tmp_path / "a.csv", rows))).notes
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(text, "same") for text in WORDS], "one class only, 'same'"),
        (PLAIN[:9], "9 rows with a text"),
        ([(" ", "a"), ("", "b")], "every text is empty"),
        ([(text, str(number)) for number, text in enumerate(WORDS)], "30 different labels in 30 rows: these are hardly classes"),
        ([(f"text {row}", str(row % 1001)) for row in range(4004)], "1001 different labels in 4004 rows"),
        ([("same text", "ab"[row % 2]) for row in range(20)], "too few to validate on"),
    ],
)
def test_unusable_data_is_refused(tmp_path: Path, rows: list[Row], message: str) -> None:
    source = DataSource(write(tmp_path / "a.csv", rows))
    assert message in refused(source).message
    assert source.data in refused(source).message


def test_a_validation_file_is_respected(tmp_path: Path) -> None:
    validation = write(tmp_path / "dev.csv", [("a new one", "neg"), (WORDS[3].upper(), "pos"), ("", "pos")])
    source = DataSource(write(tmp_path / "a.csv", PLAIN), validation=validation, test_fraction=0)
    dataset = load_dataset(source)
    assert dataset.validation.texts == ["a new one", WORDS[3].upper()]
    assert dataset.validation.labels.tolist() == [0, 1]
    assert dataset.train.texts == [text for text in WORDS if text != WORDS[3]]
    assert dataset.notes == (
        "1 row of the validation file without a text dropped.",
        "1 row dropped from training, since the validation file has nearly the same text.",
    )


def test_an_unknown_label_of_the_validation_file_is_refused(tmp_path: Path) -> None:
    validation = write(tmp_path / "dev.csv", [("a new\none", "neg"), ("another", "negg")])
    problem = refused(DataSource(write(tmp_path / "a.csv", PLAIN), validation=validation))
    assert problem.message == f"{validation}:4: label 'negg' does not occur in the data file"
    assert problem.hint == "did you mean 'neg'?"


def test_validating_on_the_training_file_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv", PLAIN)
    assert "leaves fewer than two classes" in refused(DataSource(data, validation=data)).message


def test_a_test_file_is_not_read_before_the_end(tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_bytes(b"text,label\nsecret,pos\nbroken\xff,x,y\n")
    source = DataSource(write(tmp_path / "a.csv", PLAIN), test=str(test))
    dataset = load_dataset(source)
    assert dataset.has_test
    assert len(dataset.train) + len(dataset.validation) == len(PLAIN)
    with pytest.raises(DataError, match=r"test\.csv:3"):
        load_test(source, dataset)


def test_a_wrong_test_file_is_refused_before_the_search(tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv", PLAIN)
    assert "no such file" in refused(DataSource(data, test=str(tmp_path / "none.csv"))).message


def test_unknown_labels_of_a_test_count_as_errors(tmp_path: Path) -> None:
    test = write(tmp_path / "test.csv", [("new one", "pos"), ("odd", "mixed"), ("", "neg")])
    source = DataSource(write(tmp_path / "a.csv", PLAIN), test=test)
    split = load_test(source, load_dataset(source))
    assert split.labels.tolist() == [1, -1]
    assert split.notes == (
        "1 row of the test file without a text dropped.",
        "1 row has a label that training never saw ('mixed'); counted as errors.",
    )


def test_test_texts_that_training_saw_are_noted(tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv", PLAIN)
    source = DataSource(data, test=data)
    dataset = load_dataset(source)
    assert load_test(source, dataset).notes == (
        f"{len(dataset.train)} test texts are nearly the same as a training text, which flatters the score.",
    )


def test_all_files_are_read_by_the_columns_of_the_first(tmp_path: Path) -> None:
    header = ("words", "kind")
    data = write(tmp_path / "a.csv", PLAIN, header)
    # On its own, this file's label column would be taken for the texts: it has more values.
    dev = write(tmp_path / "dev.csv", [("new one", "neg"), ("new one", "pos")], header)
    test = tmp_path / "test.txt"
    test.write_text("__label__neg from another format\n")
    source = DataSource(data, validation=dev, test=str(test), text="words")
    dataset = load_dataset(source)
    assert dataset.validation.texts == ["new one", "new one"]
    assert load_test(source, dataset).texts == ["from another format"]


@pytest.mark.parametrize("fractions", [(0.0, 0.1), (1.0, 0.1), (0.2, 1.0), (0.2, -0.1), (0.5, 0.5)])
def test_impossible_fractions_are_refused(fractions: tuple[float, float]) -> None:
    with pytest.raises(DataError, match="fraction"):
        DataSource("/a.csv", validation_fraction=fractions[0], test_fraction=fractions[1])


@pytest.mark.parametrize(("data", "name"), [("/x/reviews.csv.gz", "reviews"), ("/x/.hidden.csv", "hidden"), ("builtin", "docstrings")])
def test_the_name_is_short(data: str, name: str) -> None:
    assert DataSource(data).name == name


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"real data sets are not at {SHARED}")
@pytest.mark.parametrize("folder", sorted(path.name for path in SHARED.glob("*/")) or ["none"])
def test_real_data_is_read(folder: str) -> None:
    whole, dev, test = (SHARED / folder / f"{name}.csv" for name in ("all", "dev", "test"))
    if whole.exists():
        source = DataSource(str(whole))
    else:
        source = DataSource(str(SHARED / folder / "train.csv"), str(dev) if dev.exists() else None, str(test))
    dataset = load_dataset(source)
    split = load_test(source, dataset)
    assert min(len(dataset.train), len(dataset.validation), len(split)) > 100
    assert (split.labels >= 0).all()
