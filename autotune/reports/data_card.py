"""The data card in words."""

from autotune.data.card import DataCard
from autotune.words import count

_A_SHARE_WORTH_NAMING = 0.05
_EVEN, _FAIR = 1.5, 5
"""The largest class has so many times the texts of the smallest."""


def card_lines(card: DataCard) -> list[tuple[str, str]]:
    """The whole card: a word for each line, and the line."""
    held = f", about {card.test:,} to test on" if card.test else ", none to test on"
    (large, most), (small, fewest) = card.largest, card.smallest
    sizes = f"'{large}' has {count(most, 'text')}, '{small}' {fewest:,}"
    repeats = f"{count(card.near_duplicates, 'text')} (nearly) as before; {count(card.contradicting, 'text')}"
    return [
        ("texts", f"{card.train:,} to train on, {card.validation:,} to compare on{held}"),
        ("classes", f"{card.classes}, {_balance(card)}: {sizes}; balance {card.balance:.2f} of 1"),
        ("lengths", f"median {count(card.median_length, 'token')}, 95 % up to {card.long_length:,}, longest {card.longest_length:,}"),
        ("script", _scripts(card)),
        ("repeats", f"{repeats} with more than one label"),
        ("unknown words", f"{_percent(card.unknown)} of the tokens to compare on"),
    ]


def card_summary(card: DataCard) -> str:
    """The card in one line, without the numbers of texts and classes, which a search tells anyway."""
    facts = [
        _scripts(card),
        f"median {count(card.median_length, 'token')} (95 % up to {card.long_length:,})",
        f"{_percent(card.unknown)} unknown words",
        f"classes {_balance(card)} ({card.smallest[1]:,} to {card.largest[1]:,} texts)",
    ]
    if card.near_duplicates:
        facts.append(count(card.near_duplicates, "near-duplicate"))
    if card.contradicting:
        facts.append(f"{count(card.contradicting, 'text')} with different labels")
    return "data: " + ", ".join(facts)


def _balance(card: DataCard) -> str:
    most, fewest = card.largest[1], card.smallest[1]
    return "even" if most <= _EVEN * fewest else "somewhat uneven" if most <= _FAIR * fewest else "uneven"


def _scripts(card: DataCard) -> str:
    """`Latin`, or `Latin (88 %), Arabic (12 %)`."""
    named = [(name, share) for name, share in card.scripts if share >= _A_SHARE_WORTH_NAMING]
    if len(named) < 2:
        return card.scripts[0][0] if card.scripts else "no letters"
    return ", ".join(f"{name} ({_percent(share)})" for name, share in named[:3])


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"
