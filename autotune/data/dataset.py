"""What a search trains and validates on: a `Dataset`, from a `DataSource`. Test texts stay outside until `load_test`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.data import remarks
from autotune.data.builtin import builtin_table
from autotune.data.decoding import open_data
from autotune.data.files import check_columns, column_names, read_table
from autotune.data.rows import Rows, class_names, class_numbers, refuse_unknown, with_texts
from autotune.data.splits import near_key, split_rows
from autotune.data.unlabeled import read_texts, read_unlabeled
from autotune.errors import DataError

BUILTIN = "builtin"


@dataclass(frozen=True)
class DataSource:
    """Where the data comes from and how it is split: all it takes to load the same `Dataset` again.

    Args:
        data: absolute path of the file of labelled texts, or `builtin`.
        validation: absolute path of a file to validate on; None splits off `validation_fraction` of the data file.
        test: absolute path of a file to test on; None splits off `test_fraction` of the data file.
        text: the column of the texts in every file; None finds it.
        label: the column of the labels in every file; None finds it.
        validation_fraction: share of the data file's rows.
        test_fraction: share of the data file's rows; 0 for no test.
        seed: of both splits.
        unlabeled: absolute path of a file of texts to pre-train on besides the training texts.

    Raises:
        DataError: fractions that leave nothing to train or to validate on.
    """

    data: str
    validation: str | None = None
    test: str | None = None
    text: str | None = None
    label: str | None = None
    validation_fraction: float = 0.1
    test_fraction: float = 0.1
    seed: int = 0
    unlabeled: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.validation_fraction < 1:
            raise DataError(f"validation fraction {self.validation_fraction}: must be above 0 and below 1")
        if not 0 <= self.test_fraction < 1:
            raise DataError(f"test fraction {self.test_fraction}: must be at least 0 and below 1")
        if self._validation_share + self._test_share >= 1:
            raise DataError("validation and test fraction together leave nothing to train on", "choose fractions whose sum is below 1")

    @property
    def _validation_share(self) -> float:
        return self.validation_fraction if self.validation is None else 0.0

    @property
    def _test_share(self) -> float:
        return self.test_fraction if self.test is None else 0.0

    @property
    def name(self) -> str:
        """A short word for the data: the file's name without its endings."""
        return "docstrings" if self.data == BUILTIN else Path(self.data).name.lstrip(".").split(".")[0]

    def to_json(self) -> dict[str, Any]:
        """Plain values, to be stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "DataSource":
        """The source that `to_json` told of."""
        return cls(**values)


@dataclass(frozen=True)
class Split:
    """Texts and the numbers of their classes, [texts] int64."""

    texts: list[str]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Dataset:
    """What a search may see.

    Args:
        train: rows in the order of the file.
        validation: rows in the order of their file.
        labels: names of the classes, sorted; a label's number is its place here.
        fingerprint: 16 hexadecimal digits that change with any row, split, column or byte of the test file.
        notes: one sentence each on what was found or done.
        has_test: whether `load_test` will give rows.
        unlabeled: texts to pre-train on besides those of `train`.
        test_rows: how many rows `load_test` will give; of a test file, which is not read, about as many as its size tells.
    """

    name: str
    train: Split
    validation: Split
    labels: tuple[str, ...]
    fingerprint: str
    notes: tuple[str, ...]
    has_test: bool
    text_column: str
    label_column: str
    unlabeled: list[str] = field(default_factory=list)
    test_rows: int = 0


@dataclass(frozen=True)
class TestSplit:
    """What the final model is measured on, once.

    Args:
        labels: [texts] int64; -1 for a label that training never saw, which no prediction can match.
        notes: one sentence each on unknown labels and on texts that training saw as well.
    """

    __test__ = False  # pytest, this is no test class

    texts: list[str]
    labels: NDArray[np.int64]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)


def load_dataset(source: DataSource) -> Dataset:
    """Read, check and split the data. A test file is not read, only its columns are checked and its bytes hashed; where there are
    unlabelled texts its texts are read as well, to keep them out of those.

    Blank texts are dropped. Near-identical texts stay on one side of every split; those of a validation file are dropped from training.

    Raises:
        DataError: a file that cannot be read; fewer than 10 rows, one class, or far too many; a label that only validation has;
            nothing left to train or to validate on.
    """
    rows = _data_rows(source)
    names = class_names(rows)
    labels = class_numbers(rows.labels, names)
    keys = [near_key(text) for text in rows.texts]
    rest, test = _split_test(source, keys, labels)
    notes = remarks.on_rows(rows.texts, keys, labels, names, rows.blank)

    if source.validation is None:
        share = min(source.validation_fraction * len(keys) / len(rest), 0.99)
        stay, held_out = split_rows([keys[row] for row in rest], labels[rest], share, source.seed)
        train, validation = rest[stay], _take(rows.texts, labels, rest[held_out])
    else:
        given = _companion_rows(source, Path(source.validation), rows)
        refuse_unknown(given, names)
        given_keys = {near_key(text) for text in given.texts}
        train = np.array([row for row in rest if keys[row] not in given_keys], dtype=np.intp)
        validation = Split(given.texts, class_numbers(given.labels, names))
        notes += remarks.on_validation_file(given.blank, len(rest) - len(train))

    if not len(validation):
        raise DataError(
            f"{rows.where}: {len(keys)} rows are too few to validate on a part", "give more rows, a validation file or a larger fraction"
        )
    if len(np.unique(labels[train])) < 2:
        raise DataError(f"{rows.where}: the validation file leaves fewer than two classes to train on", "give a file of other texts")
    notes += remarks.on_split(labels[train], validation.labels, names, test_wanted=source._test_share > 0, test_rows=len(test))

    unlabeled: list[str] = []
    if source.unlabeled is not None:
        scored = {*map(near_key, validation.texts), *(keys[row] for row in test)}
        if source.test is not None:
            scored.update(map(near_key, read_texts(Path(source.test), source.text, rows.text_column)))
        unlabeled, left_out = read_unlabeled(Path(source.unlabeled), source.text, rows.text_column, scored)
        notes += remarks.on_unlabeled(len(unlabeled), left_out)

    return Dataset(
        name=source.name,
        train=_take(rows.texts, labels, train),
        validation=validation,
        labels=names,
        fingerprint=_fingerprint(source, rows, validation, names, unlabeled),
        notes=tuple(notes),
        has_test=source.test is not None or len(test) > 0,
        text_column=rows.text_column,
        label_column=rows.label_column,
        unlabeled=unlabeled,
        test_rows=len(test) if source.test is None else _rows_by_size(Path(source.test), source, len(keys)),
    )


def resplit(dataset: Dataset, seed: int) -> Dataset:
    """The same texts, split anew into those to train and those to compare on, in the proportions there were; another data set by its
    fingerprint. Near-identical texts stay on one side.
    """
    texts = dataset.train.texts + dataset.validation.texts
    labels = np.concatenate([dataset.train.labels, dataset.validation.labels])
    stay, held_out = split_rows([near_key(text) for text in texts], labels, len(dataset.validation) / len(texts), seed)
    return replace(
        dataset,
        train=_take(texts, labels, stay),
        validation=_take(texts, labels, held_out),
        fingerprint=sha256(f"{dataset.fingerprint} split {seed}".encode()).hexdigest()[:16],
    )


def unsplit(dataset: Dataset) -> Dataset:
    """The same texts, all of them to train on and none to compare on; another data set by its fingerprint."""
    return replace(
        dataset,
        train=Split(dataset.train.texts + dataset.validation.texts, np.concatenate([dataset.train.labels, dataset.validation.labels])),
        validation=Split([], np.empty(0, dtype=np.int64)),
        fingerprint=sha256(f"{dataset.fingerprint} unsplit".encode()).hexdigest()[:16],
    )


def load_test(source: DataSource, dataset: Dataset) -> TestSplit:
    """The test rows that belong to a data set: those of the test file, or those that `load_dataset` held out.

    Raises:
        DataError: the source has no test, or its file cannot be read.
    """
    if not dataset.has_test:
        raise DataError(f"{source.data}: there is no test", "give a test file, or hold out a part of the data with a test fraction")
    rows = _data_rows(source)
    if source.test is not None:
        given = _companion_rows(source, Path(source.test), rows)
        texts, written, blank = given.texts, given.labels, given.blank
    else:
        keys = [near_key(text) for text in rows.texts]
        _, test = _split_test(source, keys, class_numbers(rows.labels, dataset.labels))
        texts, written, blank = [rows.texts[row] for row in test], [rows.labels[row] for row in test], 0
    labels = class_numbers(written, dataset.labels)
    seen = {near_key(text) for text in dataset.train.texts}
    overlap = sum(near_key(text) in seen for text in texts)
    return TestSplit(texts, labels, tuple(remarks.on_test(written, labels, overlap, blank)))


def _data_rows(source: DataSource) -> Rows:
    table = builtin_table() if source.data == BUILTIN else read_table(Path(source.data), source.text, source.label)
    return with_texts(table, source.data)


def _companion_rows(source: DataSource, path: Path, rows: Rows) -> Rows:
    return with_texts(read_table(path, *_companion_columns(source, path, rows)), str(path))


def _companion_columns(source: DataSource, path: Path, rows: Rows) -> tuple[str | None, str | None]:
    """The columns of the data file where this file has them too, so that both are read alike; else they are found afresh."""
    names = column_names(path)
    return (
        source.text or (rows.text_column if rows.text_column in names else None),
        source.label or (rows.label_column if rows.label_column in names else None),
    )


def _rows_by_size(path: Path, source: DataSource, rows: int) -> int:
    """How many rows a file has if they are as long as those of the data."""
    whole = Path(source.data).stat().st_size if source.data != BUILTIN else 0
    return round(rows * path.stat().st_size / whole) if whole else rows


def _split_test(source: DataSource, keys: list[str], labels: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return split_rows(keys, labels, source._test_share, source.seed)


def _take(texts: list[str], labels: NDArray[np.int64], rows: NDArray[np.intp]) -> Split:
    return Split([texts[row] for row in rows], labels[rows])


def _fingerprint(source: DataSource, rows: Rows, validation: Split, names: tuple[str, ...], unlabeled: list[str]) -> str:
    digest = sha256(repr((rows.text_column, rows.label_column, source._validation_share, source._test_share, source.seed)).encode())
    for text, label in zip(rows.texts, rows.labels, strict=True):
        digest.update(f"{len(text)} {len(label)} {text}{label}".encode())
    if source.validation is not None:
        for text, number in zip(validation.texts, validation.labels, strict=True):
            digest.update(f"validation {len(text)} {text}{names[number]}".encode())
    if source.test is not None:
        path = Path(source.test)
        check_columns(path, *_companion_columns(source, path, rows))
        with open_data(path) as stream:
            digest.update(file_digest(stream, "sha256").digest())
    for text in unlabeled:
        digest.update(f"unlabeled {len(text)} {text}".encode())
    return digest.hexdigest()[:16]
