import gzip
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.errors import VectorError
from autotune.vectors.files import file_dimension, read_vectors
from autotune.vectors.table import Table

SHARED = Path(__file__).parents[3] / "shared" / "vectors"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the real vector files of ../shared/vectors are not here")


def read(path: Path, *words: str, dimension: int = 2, skip: bool = False) -> Table:
    """Padding and unknown, then the words."""
    return read_vectors(path, [None, None, *words], dimension, "skip" if skip else "refuse")


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_words_get_their_rows_and_the_others_none(tmp_path: Path) -> None:
    table = read(write(tmp_path / "v.txt", "sun 1 2\nmoon -3.5 4e-1\n"), "moon", "star", "sun")
    assert table.vectors.dtype == np.float32
    np.testing.assert_array_equal(table.vectors, np.float32([[0, 0], [0, 0], [-3.5, 0.4], [0, 0], [1, 2]]))
    assert table.found.tolist() == [False, False, True, False, True]
    assert table.notes == ("2 of 3 tokens (67 %) of the vocabulary have a vector in v.txt.",)


LAYOUTS = {
    "GloVe": "sun 1 2\nmoon 3 4\n",
    "word2vec": "2 2\nsun 1 2\nmoon 3 4\n",
    "a header that lies": "1000000 2\nsun 1 2\nmoon 3 4\n",
    "a header that is too modest": "1 2\nsun 1 2\nmoon 3 4\n",
    "no newline at the end": "sun 1 2\nmoon 3 4",
    "blanks at the end": "2 2\nsun 1 2 \nmoon 3 4 \n",
    "carriage returns": "2 2\r\nsun 1 2\r\nmoon 3 4\r\n",
    "tabs": "sun\t1\t2\nmoon\t3\t4\nmars 0 0\nvenus 0 0\nearth 0 0\n",
    "two blanks": "sun  1  2\nmoon 3 4\nmars 0 0\n",
    "blank lines": "\nsun 1 2\n\nmoon 3 4\n\n",
    "a token with blanks": ". . . 9 9\nsun 1 2\nmoon 3 4\n",
    "a word twice": "sun 1 2\nmoon 3 4\nsun 7 7\n",
    "damage where nobody looks": "sun 1 2\nmars nan x\nmoon 3 4\n",
    "binary": b"2 2\nsun " + np.float32([1, 2]).tobytes() + b"moon " + np.float32([3, 4]).tobytes(),
    "binary with newlines": b"2 2\nsun " + np.float32([1, 2]).tobytes() + b"\nmoon " + np.float32([3, 4]).tobytes() + b"\n",
    "binary with a header that lies": b"9 2\nsun " + np.float32([1, 2]).tobytes() + b"moon " + np.float32([3, 4]).tobytes(),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read(tmp_path: Path, layout: str, packed: bool) -> None:
    content = LAYOUTS[layout]
    raw = content.encode() if isinstance(content, str) else content
    path = write(tmp_path / ("v.gz" if packed else "v"), gzip.compress(raw) if packed else raw)
    assert file_dimension(path) == 2
    np.testing.assert_array_equal(read(path, "sun", "moon").vectors[2:], np.float32([[1, 2], [3, 4]]))


finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=6)
# A binary vector of one or two numbers may well be printable text.
rows_of_vectors = st.integers(4, 7).flatmap(
    lambda dimension: st.dictionaries(words, st.lists(finite, min_size=dimension, max_size=dimension), min_size=1, max_size=8)
)


@given(rows_of_vectors, st.sampled_from(["text", "header", "binary"]))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, written: dict[str, list[float]], layout: str) -> None:
    dimension = len(next(iter(written.values())))
    head = b"" if layout == "text" else f"{len(written)} {dimension}\n".encode()
    rows = [
        word.encode() + b" " + (np.float32(vector).tobytes() if layout == "binary" else " ".join(map(repr, vector)).encode() + b"\n")
        for word, vector in written.items()
    ]
    path = write(tmp_path_factory.mktemp("vectors") / "v", head + b"".join(rows))
    table = read(path, *written, dimension=dimension)
    np.testing.assert_array_equal(table.vectors[2:], np.float32(list(written.values())))


def test_a_word_spelt_alike_comes_before_one_in_another_case_wherever_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path / "v", "US 1 1\nus 2 2\nParis 3 3\nPARIS 4 4\nberlin 5 5\nÉté 6 6\n")
    table = read(path, "us", "US", "paris", "Berlin", "e\u0301te\u0301")
    np.testing.assert_array_equal(table.vectors[2:, 0], [2, 1, 3, 5, 6])


DAMAGED = {
    "cut short": ("sun 1 2\nmoon 3\n", "2: 1 numbers where 2 are expected: cut short?"),
    "run together": ("sun 1 2\nmoon 3 4mars 5 6\nmars 5 6\n", "2: 4 numbers where 2 are expected: two lines run together?"),
    "no token": ("sun 1 2\n 3 4\n", "2: no token before the numbers"),
    "not UTF-8": (b"sun 1 2\nclich\xe9 3 4\n", "2: the token is not UTF-8: byte 0xe9"),
    "no number": ("sun 1 2\nmoon 3 four\n", "2: not all of its numbers are finite numbers"),
    "not a number": ("sun 1 2\nmoon 3 nan\n", "2: not all of its numbers are finite numbers"),
    "too large a number": ("sun 1 2\nmoon 3 1e99\n", "2: not all of its numbers are finite numbers"),
    "a header of another dimension": ("2 3\nsun 1 2\nmoon 3 4\n", "1: the header says 3 numbers a token, the lines have 2"),
    "binary, cut short": (b"2 2\nsun " + np.float32([1, 2]).tobytes() + b"moon \0\0", " vector 2: the file ends in the middle of it"),
    "binary, not UTF-8": (
        b"2 2\nsun " + np.float32([1, 2]).tobytes() + b"\xe9 " + np.float32([1, 2]).tobytes(),
        " vector 2: the token is not UTF-8: byte 0xe9",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damage_is_told_with_its_line_and_how_to_skip_it(tmp_path: Path, damage: str) -> None:
    content, message = DAMAGED[damage]
    path = write(tmp_path / "v.txt", content)
    with pytest.raises(VectorError) as caught:
        read(path, "sun", "moon")
    assert caught.value.message == f"{path}:{message}"
    assert "pretraining.damaged_lines=skip" in str(caught.value.hint)
    table = read(path, "sun", "moon", skip=True)
    np.testing.assert_array_equal(table.vectors[2], [1, 2])
    assert table.notes[1].startswith(f"1 damaged {'vector' if 'binary' in damage else 'line'} of v.txt left out, first ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no token vectors"),
        (b"\n\n", "no token vectors"),
        (b"one\nword\na\nline\n", "no token vectors"),
        (b"\xff\xfes\0u\0n\0 \x001\0\n\0", "no token vectors"),
        (b"\x1f\x8bnot gzip at all", "damaged gzip file"),
        (gzip.compress(b"sun 1 2\n" * 9999)[:-9], "damaged gzip file"),
    ],
)
def test_what_is_no_file_of_vectors_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(VectorError, match=message):
        read(write(tmp_path / "v", content), "sun")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match=r"pretraining\.file: no such file: .*nowhere"):
        file_dimension(tmp_path / "nowhere")
    with pytest.raises(VectorError, match=r"pretraining\.file: cannot read"):
        file_dimension(tmp_path)


def test_another_dimension_says_which_to_set(tmp_path: Path) -> None:
    path = write(tmp_path / "v", "sun 1 2\n")
    with pytest.raises(VectorError) as caught:
        read(path, "sun", dimension=100)
    assert caught.value.message == f"{path} has 2 numbers a token, but pretraining.dimension is 100"
    assert caught.value.hint == "set pretraining.dimension to 2, or give another file"


def test_a_file_in_another_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match="a vector for none of the 2 tokens of the vocabulary"):
        read(write(tmp_path / "v", "sun 1 2\n"), "Sonne", "Mond")


def test_memory_is_needed_for_the_vocabulary_alone(tmp_path: Path) -> None:
    line = " ".join(["0.25"] * 100)
    with (tmp_path / "v").open("w") as file:
        file.writelines(f"word{number} {line}\n" for number in range(40_000))
    tracemalloc.start()
    table = read(tmp_path / "v", "word39999", "word5", dimension=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert table.found.sum() == 2
    assert (tmp_path / "v").stat().st_size > 20e6
    assert peak < 3e6


REAL: list[tuple[str, int, int, Sequence[int]]] = [
    # name, dimension, sound rows, damaged lines
    ("glove.6B.100d.sample.txt", 100, 100, ()),
    ("wiki.en.head.vec", 300, 99, ()),
    ("glove.6B.50d.1000words.txt", 50, 1000, ()),
    ("glove.6B.50d.damaged.txt", 50, 761, (14,)),
    ("glove.840B.300d.damaged.txt", 300, 596, (9, 37, 64, 160, 601)),
    ("pang_lee_fasttext.100d.vec", 100, 1689, (150, 284, 435, 573, 1217)),
    ("lee_word2vec_c.10d.txt", 10, 1750, ()),
    ("euclidean_vectors.10d.bin", 10, 2747, ()),
    ("euclidean_vectors.10d.txt", 10, 2747, ()),
    ("zh_word2vec.100d.txt", 100, 3366, ()),
]


def tokens_of(name: str) -> list[str]:
    """The tokens of a text file, read the simple way, damaged lines and all."""
    lines = (SHARED / name).read_bytes().decode(errors="replace").splitlines()
    return [line.split(" ")[0] for line in lines]


@shared
@pytest.mark.parametrize(("name", "dimension", "rows", "damaged"), REAL, ids=[name for name, *_ in REAL])
def test_real_files(name: str, dimension: int, rows: int, damaged: Sequence[int]) -> None:
    path = SHARED / name
    assert file_dimension(path) == dimension
    vocabulary = list(dict.fromkeys(tokens_of(name.replace(".bin", ".txt"))))
    if damaged:
        with pytest.raises(VectorError) as caught:
            read(path, *vocabulary, dimension=dimension)
        assert caught.value.message.startswith(f"{path}:{damaged[0]}: ")
    table = read(path, *vocabulary, dimension=dimension, skip=bool(damaged))
    assert np.isfinite(table.vectors).all()
    if damaged:
        plural = "" if len(damaged) == 1 else "s"
        assert table.notes[1].startswith(f"{len(damaged)} damaged line{plural} of {name} left out, first line {damaged[0]} (")
    found = [word for word, there in zip(vocabulary, table.found[2:], strict=True) if there]
    assert rows - 10 < len(found) <= rows  # a few tokens differ in case only, or come twice


@shared
def test_binary_and_text_hold_the_same_numbers() -> None:
    vocabulary = tokens_of("euclidean_vectors.10d.txt")[1:]
    binary, text = (read(SHARED / f"euclidean_vectors.10d.{kind}", *vocabulary, dimension=10) for kind in ("bin", "txt"))
    assert binary.found[2:].all()
    np.testing.assert_allclose(binary.vectors, text.vectors, rtol=1e-5, atol=1e-6)


@shared
def test_gensim_reads_the_same(tmp_path: Path) -> None:
    from gensim.models import KeyedVectors

    reference = KeyedVectors.load_word2vec_format(str(SHARED / "zh_word2vec.100d.txt"))
    table = read(SHARED / "zh_word2vec.100d.txt", *reference.index_to_key, dimension=100)
    np.testing.assert_allclose(table.vectors[2:], reference.vectors, rtol=1e-6)
