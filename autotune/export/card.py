"""The model card: what a bundle is, what it is worth, and how to use it."""

from dataclasses import dataclass
from typing import Any

from autotune.config import Config, Metric


@dataclass(frozen=True)
class Provenance:
    """Where a bundle's model comes from, and what it is worth."""

    study: str
    trial: int
    data: str
    metric: Metric
    validation: dict[Metric, float]
    final: dict[str, Any] | None
    """What the search measured on the test split; None where it did not."""


def model_card(config: Config, labels: tuple[str, ...], parameters: int, provenance: Provenance) -> str:
    """A Markdown page with the front matter that model hubs read."""
    final = provenance.final
    rows = [f"| {metric} | {value:.4f} | {_test(final, metric)} |" for metric, value in provenance.validation.items()]
    lines = [
        "---",
        "library_name: autotune",
        "pipeline_tag: text-classification",
        "tags: [text-classification, autotune]",
        "---",
        "",
        f"# {provenance.study}: a text classifier",
        "",
        f"Trial {provenance.trial} of the autotune study `{provenance.study}` on `{provenance.data}`: encoder {config.encoder.name}, "
        f"pooling {config.pooling.name}, {parameters:,} trained parameters, {len(labels)} classes.",
        "",
        "| metric | validation | test |",
        "|---|---|---|",
        *rows,
        "",
        "The configuration was chosen on the validation texts, so that score flatters; "
        + (f"the test texts ({final['rows']:,}) decided nothing." if final else "there was no test split."),
        "",
        "## Use",
        "",
        "```",
        "autotune predict FOLDER texts.csv",
        "autotune evaluate FOLDER test.csv",
        "autotune train FOLDER/config.yaml --data train.csv",
        "```",
        "",
        "## Files",
        "",
        "- `config.yaml`: the configuration, every value explained",
        "- `model.safetensors`: the weights after the best epoch",
        "- `tokenizer.json`: how a text is cut, and the vocabulary",
        "- `bundle.json`: the labels and a digest of each file",
        "- `metrics.json`: the scores above, all digits",
        "",
        "## Labels",
        "",
        *(f"- {_escaped(label)}" for label in labels),
    ]
    return "\n".join(lines) + "\n"


def _test(final: dict[str, Any] | None, metric: Metric) -> str:
    if final is None:
        return ""
    low, high = final["intervals"][metric]
    return f"{final['test'][metric]:.4f} (95 % interval {low:.4f} to {high:.4f})"


def _escaped(label: str) -> str:
    """A label as text and nothing else: no HTML, no Markdown."""
    words = " ".join(label.split())
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>()#+-!|&" else character for character in words)
