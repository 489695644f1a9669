"""Configurations, durations and counts in the fewest words that say it."""

from autotune.config import Config
from autotune.sections import RECURRENT


def brief(config: Config) -> str:
    """A configuration in a few words, as in `cnn 3,4,5 x100, max, adam 0.001, batch 32, dropout 0.3`."""
    encoder = config.encoder
    match encoder.name:
        case "none":
            shape = f"words {config.pretraining.dimension}"
        case "cnn":
            shape = f"cnn {','.join(map(str, encoder.kernel_sizes))} x{encoder.width}"
        case _:
            shape = f"{'bi' if encoder.bidirectional and encoder.name in RECURRENT else ''}{encoder.name} {encoder.width}"
    if config.pretraining.method != "none":
        shape += f" on {config.pretraining.method}"
    for longest, unit in ((config.text.ngrams, "tokens"), (config.text.character_ngrams, "characters")):
        if longest:
            shape += f" + 1-{longest} {unit}"
    rate = "auto" if config.learning_rate.initial == "auto" else f"{config.initial_learning_rate:.2g}"
    parts = [
        shape,
        config.pooling.name,
        f"{config.optimizer.name} {rate}",
        f"batch {config.batch_size.initial}",
    ]
    dropout = max(config.dropout.embedding, config.dropout.encoder, config.dropout.head)
    return ", ".join(parts + ([f"dropout {dropout:.2g}"] if dropout else []))


def sections(config: Config) -> list[tuple[str, str]]:
    """Section by section, what has an effect: `("optimizer", "adam, beta1 0.9, beta2 0.999")`."""
    grouped: dict[str, list[str]] = {}
    for path, value in config.canonical().items():
        section, _, leaf = path.rpartition(".")
        word = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        grouped.setdefault(section or leaf, []).append(
            str(word) if leaf in ("name", "method", "seed") else f"{leaf.replace('_', ' ')} {word}"
        )
    return [(section.replace("_", " "), ", ".join(entries)) for section, entries in grouped.items()]


def duration(seconds: float) -> str:
    """`8s`, `1m 30s` or `2h 05m`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"


def count(number: int, noun: str) -> str:
    """`1 trial`, `3 trials`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """Bytes in the largest unit that gives at least one: `394 MB`, `1.2 GB`."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if number >= unit:
            return f"{number / unit:.2g} {name}" if number < 10 * unit else f"{number / unit:.0f} {name}"
    return f"{number} bytes"
