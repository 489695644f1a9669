from dataclasses import replace

import pytest

from autotune.data.card import DataCard
from autotune.reports.data_card import card_lines, card_summary

CARD = DataCard(
    train=4362,
    validation=545,
    test=0,
    classes=6,
    largest=("ENTY", 1125),
    smallest=("ABBR", 77),
    balance=0.9219,
    median_length=10,
    long_length=19,
    longest_length=1037,
    scripts=(("Latin", 0.97), ("Greek", 0.03)),
    near_duplicates=1,
    contradicting=0,
    unknown=0.1442,
)


def test_the_card_in_lines() -> None:
    assert card_lines(CARD) == [
        ("texts", "4,362 to train on, 545 to compare on, none to test on"),
        ("classes", "6, uneven: 'ENTY' has 1,125 texts, 'ABBR' 77; balance 0.92 of 1"),
        ("lengths", "median 10 tokens, 95 % up to 19, longest 1,037"),
        ("script", "Latin"),
        ("repeats", "1 text (nearly) as before; 0 texts with more than one label"),
        ("unknown words", "14 % of the tokens to compare on"),
    ]


def test_the_card_in_one_line() -> None:
    assert card_summary(CARD) == (
        "data: Latin, median 10 tokens (95 % up to 19), 14 % unknown words, classes uneven (77 to 1,125 texts), 1 near-duplicate"
    )
    mixed = replace(CARD, near_duplicates=0, contradicting=3, scripts=(("Latin", 0.883), ("Arabic", 0.117)), smallest=("ABBR", 1125))
    assert card_summary(mixed) == (
        "data: Latin (88 %), Arabic (12 %), median 10 tokens (95 % up to 19), 14 % unknown words, "
        "classes even (1,125 to 1,125 texts), 3 texts with different labels"
    )


@pytest.mark.parametrize(("fewest", "word"), [(750, "even"), (749, "somewhat uneven"), (225, "somewhat uneven"), (224, "uneven")])
def test_when_classes_are_called_even(fewest: int, word: str) -> None:
    assert f"6, {word}:" in dict(card_lines(replace(CARD, smallest=("ABBR", fewest))))["classes"]


def test_texts_without_letters_have_no_script() -> None:
    assert dict(card_lines(replace(CARD, scripts=())))["script"] == "no letters"
