import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.errors import VectorError
from tests.vectors.conftest import corpus_of

texts = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=6), min_size=1, max_size=8)


@given(texts, st.integers(1, 4))
def test_rare_tokens_are_taken_out_text_by_text(texts: list[list[int]], minimum: int) -> None:
    flat = [token for text in texts for token in text]
    expected = [[token for token in text if flat.count(token) >= minimum] for text in texts]
    corpus = corpus_of(*texts, tokens=6)
    if max(map(len, expected)) < 2:
        with pytest.raises(VectorError, match=f"pretraining.minimum_count {minimum}"):
            corpus.frequent(minimum)
        return
    kept = corpus.frequent(minimum)
    assert [kept.ids[start:end].tolist() for start, end in zip(kept.offsets, kept.offsets[1:], strict=False)] == expected


@given(texts, texts)
def test_two_corpora_are_joined_text_by_text(first: list[list[int]], second: list[list[int]]) -> None:
    joined = corpus_of(*first, tokens=6).joined(corpus_of(*second, tokens=6))
    whole = corpus_of(*first, *second, tokens=6)
    assert joined.ids.tolist() == whole.ids.tolist()
    assert joined.offsets.tolist() == whole.offsets.tolist()


def test_too_few_texts_are_said_in_one_line() -> None:
    with pytest.raises(VectorError) as caught:
        corpus_of([2, 3, 4], [2, 3]).frequent(3)
    assert caught.value.message == (
        "too few texts to learn token vectors from: with pretraining.minimum_count 3 no text keeps two tokens "
        "(the most frequent token occurs 2 times in 2 texts)"
    )
    assert "--unlabeled" in str(caught.value.hint)
