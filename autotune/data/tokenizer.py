"""Tokenizers: how texts are cut into tokens and which tokens are known, on Hugging Face's `tokenizers`. No torch."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from autotune.sections import Text

PAD, UNKNOWN = "[PAD]", "[UNK]"
PAD_ID, UNKNOWN_ID = 0, 1

_NO_SPACES = "".join(rf"\p{{{script}}}" for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"))
# One token each: a mark or symbol (emoji among them); a letter of a script without spaces, with its vowel signs; any other word.
_TOKEN = Regex(rf"[\p{{P}}\p{{S}}]|[{_NO_SPACES}]\p{{M}}*|[^\s\p{{P}}\p{{S}}{_NO_SPACES}]+")
# For BPE, which finds the borders itself: words of scripts without spaces are put together from their characters.
_RUN = Regex(r"[\p{P}\p{S}]|[^\s\p{P}\p{S}]+")
_CONTROL = Regex(r"[\p{Cc}\u200B]")
# Soft hyphens, byte-order marks, and what joins or colours emoji: invisible, yet each would make another word of the same word.
_INVISIBLE = Regex(r"[\u00AD\u2060\uFE0E\uFE0F\uFEFF]|(?<=[\p{So}\p{Sk}\uFE0F])\u200D")


def build_tokenizer(texts: Iterable[str], text: Text) -> Tokenizer:
    """A tokenizer whose vocabulary is made of the training texts; equal texts and settings give an equal one.

    Ids: 0 is padding, 1 any unknown token, then the tokens of the vocabulary. No text can spell either of the two, since both hold
    brackets. With unit `character` a blank is a token as well, so that words keep their borders.

    Args:
        texts: the training texts and no others.
        text: unit, lower-casing, size and least frequency of the vocabulary, maximum length.

    Returns:
        A tokenizer that cuts texts off at `text.maximum_length` and survives `Tokenizer.from_str(tokenizer.to_str())`.
    """
    trainer: trainers.Trainer
    if text.unit == "subword":
        texts = list(texts)
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
        _prepare(tokenizer, text)
        alphabet = _alphabet(tokenizer, texts, text)
        trainer = trainers.BpeTrainer(
            vocab_size=text.vocabulary_size,
            min_frequency=text.minimum_frequency,
            special_tokens=[PAD, UNKNOWN],
            initial_alphabet=alphabet,
            limit_alphabet=len(alphabet),
            show_progress=False,
        )
    else:
        tokenizer = Tokenizer(models.WordLevel(vocab={}, unk_token=UNKNOWN))
        _prepare(tokenizer, text)
        trainer = trainers.WordLevelTrainer(
            vocab_size=text.vocabulary_size, min_frequency=text.minimum_frequency, special_tokens=[PAD, UNKNOWN], show_progress=False
        )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer = _without_added_tokens(tokenizer)
    tokenizer.enable_truncation(text.maximum_length)
    return tokenizer


def _prepare(tokenizer: Tokenizer, text: Text) -> None:
    steps = [normalizers.Replace(_CONTROL, " "), normalizers.Replace(_INVISIBLE, ""), normalizers.NFC()]
    if text.lowercase:
        steps.append(normalizers.Lowercase())
    if text.unit == "character":
        steps += [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Split(_RUN if text.unit == "subword" else _TOKEN, "removed", invert=True)
    tokenizer.normalizer = normalizers.Sequence(steps)


def _alphabet(tokenizer: Tokenizer, texts: Sequence[str], text: Text) -> list[str]:
    """The characters that BPE starts from, the most frequent first, as many as the vocabulary has room for.

    The trainer would keep every character, however rare and whatever the size, and breaks ties by chance.
    """
    counts: Counter[str] = Counter()
    for one in texts:
        counts.update(tokenizer.normalizer.normalize_str(one))
    known = [character for character, count in counts.items() if count >= text.minimum_frequency and not character.isspace()]
    return sorted(known, key=lambda character: (-counts[character], character))[: text.vocabulary_size - 2]


def _without_added_tokens(tokenizer: Tokenizer) -> Tokenizer:
    """Trainers register special tokens as words to look for in texts, where a literal `[PAD]` would then become padding."""
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = []
    return Tokenizer.from_str(json.dumps(content))
