"""The model card: what a bundle is, what it is worth, and how to use it."""

from dataclasses import dataclass
from typing import Any

from autotune.config import Config, Metric
from autotune.sections import LEARNT_FROM_TEXTS


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
    unlabeled: str | None = None
    """The file of texts without labels that the study had, where there was one."""


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
        *_on_token_vectors(config, provenance.unlabeled),
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
        "autotune train FOLDER/config.yaml --data train.csv" + (" --unlabeled texts.txt" if _reads(config, provenance.unlabeled) else ""),
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


def _on_token_vectors(config: Config, unlabeled: str | None) -> list[str]:
    """A paragraph on where they came from and what became of them; nothing where they began random."""
    pretraining = config.pretraining
    if pretraining.method == "none":
        return []
    if pretraining.method == "file":
        name = pretraining.file.replace("\\", "/").rpartition("/")[2] if pretraining.file else ""
        origin = f"were read from `{name}`"
    else:
        how = f"word2vec ({pretraining.algorithm.replace('_', '-')})" if pretraining.method == "word2vec" else "GloVe"
        texts = f"the training texts and the texts without labels of `{unlabeled}`" if unlabeled else "the training texts"
        origin = f"were learnt by {how} from {texts}"
    fate = {
        "frozen": "kept as they were",
        "fine_tuned": "learnt further with the classifier",
        "frozen_first": f"learnt further with the classifier from epoch {pretraining.frozen_epochs + 1} on",
    }[pretraining.tuning]
    return ["", f"Its token vectors, {pretraining.dimension} numbers each, {origin}, and {fate}."]


def _reads(config: Config, unlabeled: str | None) -> bool:
    return unlabeled is not None and config.pretraining.method in LEARNT_FROM_TEXTS


def _test(final: dict[str, Any] | None, metric: Metric) -> str:
    if final is None:
        return ""
    low, high = final["intervals"][metric]
    return f"{final['test'][metric]:.4f} (95 % interval {low:.4f} to {high:.4f})"


def _escaped(label: str) -> str:
    """A label as text and nothing else: no HTML, no Markdown."""
    words = " ".join(label.split())
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>()#+-!|&" else character for character in words)
