"""Files in, tables out; every mistake is told with its place."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from autotune.data.files import Table, check_columns, column_names, read_table
from autotune.errors import DataError

ROWS = [("good film", "pos"), ('she said "no", twice\nand left', "neg"), ("naïve 👍🏽", "pos")]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path, *arguments: str | None, labelled: bool = True) -> DataError:
    with pytest.raises(DataError) as caught:
        read_table(path, *arguments, labelled=labelled)
    assert "\n" not in caught.value.message
    return caught.value


def rows(table: Table) -> list[tuple[str, str]]:
    assert table.labels is not None
    return list(zip(table.texts, table.labels, strict=True))


CSV = 'text,label\ngood film,pos\n"she said ""no"", twice\nand left",neg\nnaïve 👍🏽,pos\n'
TSV = CSV.replace(",pos", "\tpos").replace(",neg", "\tneg").replace("text,", "text\t")
JSONL = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in ROWS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a.CSV", CSV.replace("\n", "\r\n").replace("twice\r\n", "twice\n")),
        ("bom.csv", "\ufeff" + CSV),
        ("semicolon.csv", CSV.replace(",pos", ";pos").replace(",neg", ";neg").replace("text,", "text;")),
        ("tabs.csv", TSV),
        ("a.tsv", TSV),
        ("a.jsonl", JSONL),
        ("a.NDJSON", JSONL),
        ("a.json", "\n" + JSONL),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_text_format_gives_the_same_rows(tmp_path: Path, name: str, content: str, packed: bool) -> None:
    path = write(tmp_path / (name + ".gz" * packed), gzip.compress(content.encode(), mtime=0) if packed else content)
    table = read_table(path)
    assert rows(table) == ROWS
    assert (table.text_column, table.label_column) == ("text", "label")


def test_parquet_gives_the_same_rows(tmp_path: Path) -> None:
    pl.DataFrame({"text": [t for t, _ in ROWS], "label": pl.Series([lab for _, lab in ROWS], dtype=pl.Categorical)}).write_parquet(
        tmp_path / "a.parquet"
    )
    table = read_table(tmp_path / "a.parquet")
    assert rows(table) == ROWS
    assert table.lines == [1, 2, 3]


def test_fasttext_lines_are_recognised_under_any_name(tmp_path: Path) -> None:
    for name in ("a.txt", "a.ft", "a.train", "a"):
        table = read_table(write(tmp_path / name, "__label__pos good film\n\n__label__neg bad\n"))
        assert rows(table) == [("good film", "pos"), ("bad", "neg")]
        assert table.lines == [1, 3]


def test_lines_are_those_where_rows_start(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'text,label\n"a\nb",x\n\n,\nc,y\n')
    table = read_table(path)
    assert rows(table) == [("a\nb", "x"), ("c", "y")]
    assert table.lines == [2, 6]


def test_a_long_text_is_read(tmp_path: Path) -> None:
    text = "word " * 100_000
    assert read_table(write(tmp_path / "a.csv", f"text,label\n{text},x\n")).texts == [text]


def test_raw_quotes_in_tsv_are_ordinary_characters(tmp_path: Path) -> None:
    for content in ('text\tlabel\n"unclosed\tneg\nfine\tpos\n', 'text\tlabel\n"quoted" start\tneg\nand "so" on\tpos\n'):
        assert [label for _, label in rows(read_table(write(tmp_path / "a.tsv", content)))] == ["neg", "pos"]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("id,Review,Sentiment", ("Review", "Sentiment")),
        ("class,Sentences,date", ("Sentences", "class")),
        ("label,category,title,text", ("text", "label")),
        (",text,target", ("text", "target")),
        ("label,words,", None),
    ],
)
def test_columns_are_found_by_name(tmp_path: Path, header: str, columns: tuple[str, str] | None) -> None:
    width = header.count(",") + 1
    path = write(tmp_path / "a.csv", header + "\n" + ",".join("abcdef"[:width]) + "\n")
    if columns is None:
        assert "which column holds the texts? the columns are 'label', 'words', ''" in refused(path).message
        assert "--text NAME --label NAME" in str(refused(path).hint)
    else:
        table = read_table(path)
        assert (table.text_column, table.label_column) == columns


def test_of_two_unknown_columns_the_one_with_fewer_values_is_the_label(tmp_path: Path) -> None:
    content = "kind,words\nb,one\na,two\na,three\n"
    table = read_table(write(tmp_path / "a.csv", content))
    assert (table.text_column, table.label_column) == ("words", "kind")
    assert read_table(tmp_path / "a.csv", labelled=False).texts == ["one", "two", "three"]


def test_given_columns_win(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "text,label,other\na,b,c\n")
    table = read_table(path, "other", "text")
    assert rows(table) == [("c", "a")]


def test_a_wrong_column_is_answered_with_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "review,stars\na,b\n")
    assert refused(path, "reveiw").hint == "did you mean 'review'?"
    assert "both text and label" in refused(path, "review", "review").message
    assert "2 columns are called 'a'" in refused(write(path, "a,a,b\n1,2,3\n"), "a", "b").message


@pytest.mark.parametrize(
    "first", ["a dull film that never ends,neg", "3,Wall St. falls", '"Wonderful, all of it, from the start to the end",9']
)
def test_a_missing_header_is_told(tmp_path: Path, first: str) -> None:
    path = write(tmp_path / "a.csv", first + "\nfine film,neg\n")
    assert f"{path}:1: the first line looks like data" in refused(path).message
    assert "text,label" in str(refused(path).hint)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "{path} is empty"),
        ("a.csv", b"\n\n", "{path} is empty"),
        ("a.jsonl", b"", "{path} is empty"),
        ("a.txt", b"", "{path} is empty"),
        ("a.parquet", b"", "{path} is empty"),
        ("a.csv", b"text,label\n", "{path}: a header line and nothing else"),
        ("a.csv", b"text,label\na,b\nc,d,e\n", "{path}:3: expected 2 cells as in the header, found 3"),
        ("a.csv", b'text,label\n"a\nb",x\nc\n', "{path}:4: expected 2 cells as in the header, found 1"),
        ("a.csv", b'text,label\na,b\n"c,d\ne,f\n', "{path}:3: a quote is opened here and never closed"),
        ("a.csv", b'text,label\n"a"b,c\n', "{path}:2: text after a closing quote"),
        ("a.csv", b"text,label\na,b\rc,d\r", "{path}:2: a carriage return inside a row"),
        ("a.csv", "text,label\na,b\nfianc\xe9,d\n".encode("cp1252"), "{path}:3: not UTF-8: byte 0xe9 at place 6 of the line"),
        ("a.csv", "text,label\na,b\n".encode("utf-16"), "{path}:1: this is UTF-16, not UTF-8"),
        ("a.csv", "text,label\na,b\n".encode("utf-16-le"), "{path}:1: a NUL byte: this is UTF-16 or no text at all"),
        ("a.csv", b"text,label\na,b\nc\0,d\n", "{path}:3: a NUL byte: this is UTF-16 or no text at all"),
        ("a.csv", b"text,label\na,x\nb, \nc,\n", "{path}:3: no label; 2 rows have none"),
        ("a.csv.gz", b"text,label\n", "{path}: damaged gzip file: Not a gzipped file (b'te')"),
        ("a.csv.gz", gzip.compress(b"text,label\na,b\n", mtime=0)[:-9], "{path}: damaged gzip file: Compressed file ended before"),
        ("a.jsonl", b'{"text": "a", "label": 1}\n{"text": \n', "{path}:2: not valid JSON: Expecting value"),
        ("a.json", b'[{"text": "a", "label": 1}]', "{path}:1: not a JSON object"),
        ("a.jsonl", b'{"text": "a", "label": 1}\n{"text": "b"}\n', "{path}:2: no label; 1 row has none"),
        ("a.jsonl", b'{"text": "a", "label": ["x", "y"]}', "{path}:1: a list in column 'label'"),
        ("a.parquet", b"no parquet", "{path}: not a readable Parquet file"),
        ("a.txt", b"just\nlines\n", "{path}: no labels"),
        ("a.txt", b"__label__a one\ntwo\n", "{path}:2: no label; 1 row has none"),
        ("a.txt", b"__label__a __label__b one\n", "{path}:1: two labels on one line"),
    ],
)
def test_a_broken_file_is_told_in_one_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = write(tmp_path / name, content)
    assert refused(path).message.startswith(message.format(path=path))


def test_missing_file_and_folder_are_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv").message == f"no such file: {tmp_path / 'none.csv'}"
    assert refused(tmp_path / "none.parquet").message.startswith("no such file")
    assert "is a folder" in refused(tmp_path).message


def test_numbers_and_booleans_become_their_text(tmp_path: Path) -> None:
    lines = [{"text": 3, "label": True}, {"text": None, "label": 1}, {"label": 2.5, "more": {"nested": []}}]
    path = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines)))
    assert rows(read_table(path)) == [("3", "true"), ("", "1"), ("", "2.5")]
    pl.DataFrame({"text": ["a", "b"], "label": [True, False], "vector": [[1.0], [2.0]]}).write_parquet(tmp_path / "a.parquet")
    assert rows(read_table(tmp_path / "a.parquet")) == [("a", "true"), ("b", "false")]


def test_half_characters_and_unicode_line_ends_in_json_are_survived(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "a\\ud83d b\u2028c", "label": "\\ud83d\\ude00"}\n')
    assert rows(read_table(path)) == [("a\ufffd b\u2028c", "😀")]


def test_labels_are_stripped_and_texts_are_not(tmp_path: Path) -> None:
    assert rows(read_table(write(tmp_path / "a.csv", "text,label\n a , x \n"))) == [(" a ", "x")]


def test_texts_without_labels_are_read_for_prediction(tmp_path: Path) -> None:
    assert read_table(write(tmp_path / "a.txt", "one\n\ntwo"), labelled=False).texts == ["one", "", "two"]
    assert read_table(write(tmp_path / "b.txt", "__label__x one\n__label__y two\n"), labelled=False).texts == ["one", "two"]
    assert read_table(write(tmp_path / "a.csv", "anything\none\ntwo\n"), labelled=False).texts == ["one", "two"]
    table = read_table(write(tmp_path / "b.csv", "id,text,when\n1,one,now\n"), labelled=False)
    assert (table.texts, table.labels, table.label_column) == (["one"], None, None)
    assert "which column holds the texts?" in refused(write(tmp_path / "c.csv", "a,b,c\n1,one,now\n"), labelled=False).message


def test_checking_columns_reads_the_head_only(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b'words,kind\n"a\nb",x\nc,d,e\n\xff\0')
    check_columns(path, None, None)
    check_columns(path, "words", "kind")
    with pytest.raises(DataError, match="no column 'label'"):
        check_columns(path, "words", "label")
    with pytest.raises(DataError, match="no such file"):
        check_columns(tmp_path / "none.csv", None, None)


def test_column_names_are_those_of_the_header(tmp_path: Path) -> None:
    assert column_names(write(tmp_path / "a.csv", "words,kind\na,b\n")) == ["words", "kind"]
    assert column_names(write(tmp_path / "a.txt", "__label__x one\n")) == []


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        (b"PK\x03\x04\x14\x00", "a workbook of Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a workbook of an old Excel"),
        (b"\x1f\x8b\x08\x00", "must end in .gz"),
        (b"PAR1\x15\x04", "must end in .parquet"),
        (b"SQLite format 3\x00", "a database"),
    ],
)
def test_what_is_no_text_is_called_by_its_name(tmp_path: Path, begin: bytes, words: str) -> None:
    file = tmp_path / "reviews.csv"
    file.write_bytes(begin + bytes(range(256)))
    with pytest.raises(DataError, match=words):
        read_table(file)


def test_the_way_out_of_another_encoding_is_one_for_its_language(tmp_path: Path) -> None:
    chinese = refused(write(tmp_path / "a.csv", "text,label\n房价会跌吗,财经\n".encode("gb18030")))
    assert "iconv -f gb18030 -t utf-8 a.csv" in str(chinese.hint)
    western = refused(write(tmp_path / "b.csv", "text,label\ncafé crème,plat\n".encode("cp1252")))
    assert "iconv -f cp1252 -t utf-8 b.csv" in str(western.hint)
