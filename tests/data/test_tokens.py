"""Tokens: what is cut where, what is known, and that nothing depends on chance."""

import contextlib
import io
import itertools
import subprocess
import sys

import pytest
import torch
from tokenizers import Tokenizer

from autotune.data.tokenizer import PAD_ID, UNKNOWN_ID, build_tokenizer
from autotune.data.tokens import CHARACTERS_PER_TOKEN, encode, encode_characters
from autotune.sections import Text, TextUnit

UNITS: tuple[TextUnit, ...] = ("word", "subword", "character")
TEXTS = ["The good, the bad and the ugly", "THE good don't die", "今日は良い天気", "สวัสดี", "nice 👍🏽 one ❤️", "naïve cafe\u0301"]


def tokens(tokenizer: Tokenizer, text: str) -> list[str]:
    return list(tokenizer.encode(text).tokens)


def everything(unit: TextUnit, **settings: int | bool) -> Text:
    return Text.model_validate({"unit": unit, "minimum_frequency": 1, **settings})


def test_words_and_marks_are_cut_apart() -> None:
    tokenizer = build_tokenizer(TEXTS, everything("word"))
    assert tokens(tokenizer, "The good,the BAD don't") == ["the", "good", ",", "the", "bad", "don", "'", "t"]


def test_scripts_without_spaces_are_cut_into_characters() -> None:
    tokenizer = build_tokenizer(TEXTS, everything("word"))
    assert tokens(tokenizer, "今日は good天気") == ["今", "日", "は", "good", "天", "気"]
    assert tokens(tokenizer, "สวัสดี") == ["ส", "วั", "ส", "ดี"]


def test_emoji_are_tokens() -> None:
    tokenizer = build_tokenizer(TEXTS, everything("word"))
    assert tokens(tokenizer, "👍🏽one❤️❤") == ["👍", "🏽", "one", "❤", "❤"]


def test_accents_stay_and_their_spellings_are_one() -> None:
    tokenizer = build_tokenizer(TEXTS, everything("word"))
    assert tokens(tokenizer, "NAÏVE café nai\u0308ve naive") == ["naïve", "café", "naïve", "[UNK]"]


def test_control_characters_and_invisible_ones_leave_no_trace() -> None:
    tokenizer = build_tokenizer(TEXTS, everything("word"))
    assert tokens(tokenizer, "the\x07good\u00a0bad\t\r\nug\u00adly\ufeff") == ["the", "good", "bad", "ugly"]


@pytest.mark.parametrize("unit", UNITS)
def test_case_is_kept_on_demand(unit: TextUnit) -> None:
    kept = build_tokenizer(["ÄÄ ää"], everything(unit, lowercase=False))
    folded = build_tokenizer(["ÄÄ ää"], everything(unit))
    assert kept.encode("ÄÄ").ids != kept.encode("ää").ids
    assert folded.encode("ÄÄ").ids == folded.encode("ää").ids


def test_characters_keep_word_borders() -> None:
    tokenizer = build_tokenizer(TEXTS, everything("character"))
    assert tokens(tokenizer, " The \n\n bad ") == list("the bad")


def test_subwords_make_new_words_of_known_parts() -> None:
    tokenizer = build_tokenizer(["low lower lowest new newer newest"] * 3, everything("subword"))
    assert tokens(tokenizer, "lowest") == ["lowest"]
    assert "".join(tokens(tokenizer, "wolst")) == "wolst"


@pytest.mark.parametrize("unit", UNITS)
def test_the_vocabulary_is_capped_and_begins_with_padding_and_unknown(unit: TextUnit) -> None:
    tokenizer = build_tokenizer(TEXTS, everything(unit, vocabulary_size=10))
    assert tokenizer.get_vocab_size() == 10
    assert (tokenizer.token_to_id("[PAD]"), tokenizer.token_to_id("[UNK]")) == (PAD_ID, UNKNOWN_ID)
    assert UNKNOWN_ID in tokenizer.encode("qqq").ids


@pytest.mark.parametrize("unit", UNITS)
def test_rare_tokens_are_unknown(unit: TextUnit) -> None:
    tokenizer = build_tokenizer(["xx yy yy"], Text(unit=unit, minimum_frequency=3))
    assert set(tokenizer.encode("x").ids) == {UNKNOWN_ID}


@pytest.mark.parametrize("unit", UNITS)
def test_no_text_can_spell_padding(unit: TextUnit) -> None:
    tokenizer = build_tokenizer(["[PAD] [UNK] [pad] PAD"] * 9, everything(unit, lowercase=False))
    assert PAD_ID not in tokenizer.encode("[PAD] [pad][PAD]").ids


@pytest.mark.parametrize("unit", UNITS)
def test_long_texts_are_cut_off(unit: TextUnit) -> None:
    tokenizer = build_tokenizer(TEXTS, everything(unit, maximum_length=4))
    assert len(tokenizer.encode("the good the bad the ugly").ids) == 4


@pytest.mark.parametrize("unit", UNITS)
def test_a_tokenizer_survives_saving(unit: TextUnit) -> None:
    tokenizer = build_tokenizer(TEXTS, everything(unit, maximum_length=6))
    loaded = Tokenizer.from_str(tokenizer.to_str())
    assert loaded.to_str() == tokenizer.to_str()
    assert torch.equal(encode(loaded, TEXTS).ids, encode(tokenizer, TEXTS).ids)


def test_the_vocabulary_is_the_same_in_every_process() -> None:
    """Ties abound in these texts, and hash seeds differ between processes."""
    code = (
        "import hashlib, itertools\n"
        "from autotune.sections import Text\n"
        "from autotune.data.tokenizer import build_tokenizer\n"
        "texts = [''.join(word) for word in itertools.permutations('abcdef世界')][:1000]\n"
        "for unit in ('word', 'subword', 'character'):\n"
        "    tokenizer = build_tokenizer(texts, Text(unit=unit, vocabulary_size=300, minimum_frequency=1))\n"
        "    print(hashlib.sha256(tokenizer.to_str().encode()).hexdigest())\n"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    here = io.StringIO()
    with contextlib.redirect_stdout(here):
        exec(code, {})
    assert here.getvalue() == there


@pytest.mark.parametrize("unit", UNITS)
def test_encoded_texts_lie_end_to_end(unit: TextUnit) -> None:
    tokenizer = build_tokenizer(TEXTS, everything(unit))
    texts = ["the bad", "", " \n", *TEXTS]
    encoded = encode(tokenizer, texts)
    assert (encoded.ids.dtype, encoded.offsets.dtype) == (torch.int32, torch.int64)
    assert len(encoded) == len(texts)
    for number, text in enumerate(texts):
        ids = encoded.ids[encoded.offsets[number] : encoded.offsets[number + 1]].tolist()
        assert ids == (tokenizer.encode(text).ids or [UNKNOWN_ID])
        assert len(ids) == encoded.lengths[number]


def test_no_texts_are_encoded_as_nothing() -> None:
    encoded = encode(build_tokenizer(TEXTS, Text()), [])
    assert (len(encoded), encoded.ids.numel()) == (0, 0)


def test_texts_without_any_token_make_an_empty_vocabulary() -> None:
    for unit in UNITS:
        tokenizer = build_tokenizer([" ", ""], Text(unit=unit))
        assert encode(tokenizer, ["what", ""]).ids.tolist()[-1] == UNKNOWN_ID


def test_characters_are_those_of_the_normalised_text_with_blanks_at_the_borders() -> None:
    tokenizer = build_tokenizer(["Good  film"], Text())
    texts = ["Good  film", "", "很好", "\U0001f600 \ufeffx"]
    found = encode_characters(tokenizer, texts, 100)
    lines = ["".join(map(chr, found.ids[a:b].tolist())) for a, b in itertools.pairwise(found.offsets.tolist())]
    assert lines == [" good film ", "  ", " 很好 ", " \U0001f600 x "]


def test_characters_are_cut_off_with_the_tokens() -> None:
    tokenizer = build_tokenizer(["a"], Text(maximum_length=4))
    assert encode_characters(tokenizer, ["a" * 100], 4).lengths.tolist() == [4 * CHARACTERS_PER_TOKEN]
