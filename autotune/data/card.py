"""The data card: what an engineer would look at before the first run. Of the training and validation texts alone, without torch."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autotune.data.dataset import Dataset
from autotune.data.splits import near_key
from autotune.data.tokenizer import UNKNOWN_ID, build_tokenizer
from autotune.sections import Text

MOST_MEASURED = 5000
"""Lengths and the rate of unknown words are measured on at most so many texts each; more would change them by less than is shown."""
_TEXT = Text()


@dataclass(frozen=True)
class DataCard:
    """The numbers of a data set that decide what will work on it.

    Args:
        train: texts to train on.
        validation: texts to compare configurations on.
        test: texts for the final score; about as many where they are in a file of their own, which is not read.
        classes: how many classes there are.
        largest: name of the class with the most texts of training and validation, and their number.
        smallest: the same of the class with the fewest.
        balance: entropy of the classes' shares as a part of the largest possible, 0 to 1; 1: all classes have equally many texts.
        median_length: of the texts in tokens of unit `word`, not cut off; a character is a token where a script has no spaces.
        long_length: tokens that 95 % of the texts do not exceed.
        longest_length: tokens of the longest text; where there are more than `MOST_MEASURED`, of the one with the most characters.
        scripts: writing systems and their shares of all letters, 0 to 1, the most frequent first; empty without any letter.
        near_duplicates: texts that repeat an earlier one but for case, spaces and marks.
        contradicting: different texts, near-duplicates taken as one, that occur with different labels.
        unknown: share of the validation texts' tokens, 0 to 1, that the training texts hold less often than the default
            `text.minimum_frequency`, or not at all.
    """

    train: int
    validation: int
    test: int
    classes: int
    largest: tuple[str, int]
    smallest: tuple[str, int]
    balance: float
    median_length: int
    long_length: int
    longest_length: int
    scripts: tuple[tuple[str, float], ...]
    near_duplicates: int
    contradicting: int
    unknown: float


def data_card(dataset: Dataset) -> DataCard:
    """Looks at a data set: half a second for ten thousand short texts, most of it to count words."""
    texts = [*dataset.train.texts, *dataset.validation.texts]
    labels = np.concatenate([dataset.train.labels, dataset.validation.labels])
    sizes = np.bincount(labels, minlength=len(dataset.labels))
    by_size = np.argsort(sizes, kind="stable")
    largest, smallest = int(by_size[-1]), int(by_size[0])
    duplicates, contradicting = _repeats(texts, labels)
    lengths, unknown = _tokens(dataset.train.texts, dataset.validation.texts)
    return DataCard(
        train=len(dataset.train),
        validation=len(dataset.validation),
        test=dataset.test_rows if dataset.has_test else 0,
        classes=len(dataset.labels),
        largest=(dataset.labels[largest], int(sizes[largest])),
        smallest=(dataset.labels[smallest], int(sizes[smallest])),
        balance=balance(sizes),
        median_length=int(np.median(lengths)),
        long_length=int(np.quantile(lengths, 0.95, method="inverted_cdf")),
        longest_length=int(lengths.max()),
        scripts=scripts(texts),
        near_duplicates=duplicates,
        contradicting=contradicting,
        unknown=unknown,
    )


def balance(sizes: NDArray[np.integer]) -> float:
    """Normalized entropy of class sizes, [classes], 0 to 1. A class without texts counts as one; a single class has balance 0."""
    shares = sizes[sizes > 0] / sizes.sum()
    return float(np.clip(-(shares * np.log(shares)).sum() / np.log(max(len(sizes), 2)), 0, 1))


def scripts(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Writing systems and their shares of all letters, by the letters' names in Unicode: `(("Latin", 0.98), ("CJK", 0.02))`."""
    # As numbers: ten million characters take a tenth of a second.
    codes = np.frombuffer("".join(texts).encode("utf-32-le", errors="surrogatepass"), dtype="<u4")
    counts = np.bincount(codes) if len(codes) else np.zeros(0, np.int64)
    found: Counter[str] = Counter()
    for code in np.flatnonzero(counts).tolist():
        # Letters in a circle, of full width or in bold for mathematics are letters of their script too.
        letter = unicodedata.normalize("NFKC", chr(code))[:1]
        name = unicodedata.name(letter, "")
        if unicodedata.category(letter).startswith("L") and name and not name.startswith("MODIFIER"):
            found[_script(name)] += int(counts[code])
    letters = sum(found.values())
    return tuple((name, count / letters) for name, count in found.most_common())


def _script(name: str) -> str:
    first = name.split()[0]
    return first if first == "CJK" else first.capitalize()


def _repeats(texts: Sequence[str], labels: NDArray[np.int64]) -> tuple[int, int]:
    """Texts that repeat an earlier one, and different texts with more than one label."""
    labels_of: dict[str, set[int]] = defaultdict(set)
    for text, label in zip(texts, labels.tolist(), strict=True):
        labels_of[near_key(text)].add(label)
    return len(texts) - len(labels_of), sum(len(found) > 1 for found in labels_of.values())


def _tokens(train: Sequence[str], validation: Sequence[str]) -> tuple[NDArray[np.int64], float]:
    """Lengths of texts in tokens, and the share of the validation texts' tokens that are unknown."""
    # The size is no limit here: what is cut off by it is a matter of the setting, not of the data.
    tokenizer = build_tokenizer(train, _TEXT.model_copy(update={"vocabulary_size": 1_000_000}))
    tokenizer.no_truncation()
    held_out = tokenizer.encode_batch_fast(_sample(validation), add_special_tokens=False)
    measured = _sample(train)
    if len(measured) < len(train):
        measured.append(max(train, key=len))
    read = tokenizer.encode_batch_fast(measured, add_special_tokens=False)
    lengths = np.array([len(one) for one in (*read, *held_out)], dtype=np.int64)
    tokens = sum(len(one) for one in held_out)
    unknown = sum(one.ids.count(UNKNOWN_ID) for one in held_out)
    return lengths, unknown / tokens if tokens else 0.0


def _sample(texts: Sequence[str]) -> list[str]:
    """At most `MOST_MEASURED` of the texts, evenly spaced."""
    return list(texts[:: -(-len(texts) // MOST_MEASURED)]) if texts else []
