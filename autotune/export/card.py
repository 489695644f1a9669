"""The model card: what a bundle is, what it is worth, and how to use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autotune.config import METRICS, Config, Metric
from autotune.sections import LEARNT_FROM_TEXTS


@dataclass(frozen=True)
class Provenance:
    """Where a bundle's model comes from, and what it is worth."""

    study: str
    trial: int | None
    """The trial whose configuration it is; None where that is not known of an ensemble."""
    data: str
    metric: Metric
    validation: dict[Metric, float]
    """Empty where it was not measured, as of an ensemble whose networks have seen different texts."""
    final: dict[str, Any] | None
    """What the search measured on the test split; None where it did not."""
    unlabeled: str | None = None
    """The file of texts without labels that the study had, where there was one."""


def model_card(config: Config, labels: tuple[str, ...], parameters: int, provenance: Provenance) -> str:
    """A Markdown page with the front matter that model hubs read."""
    about = [
        f"Trial {provenance.trial} of the autotune study `{provenance.study}` on `{provenance.data}`: {_kind(config)}, "
        f"{parameters:,} trained parameters, {len(labels)} classes.",
        *_on_token_vectors(config, provenance.unlabeled),
    ]
    files = [
        "- `config.yaml`: the configuration, every value explained",
        "- `model.safetensors`: the weights after the best epoch",
        "- `tokenizer.json`: how a text is cut, and the vocabulary",
        "- `bundle.json`: the labels and a digest of each file",
    ]
    return _page(about, "config.yaml", _reads(config, provenance.unlabeled), files, labels, provenance)


def ensemble_card(
    configs: Sequence[Config], linear_weight: float | None, labels: tuple[str, ...], parameters: int, provenance: Provenance
) -> str:
    """The same of an ensemble.

    Args:
        configs: of its networks.
        linear_weight: what its linear model counts; None: it has none.
        labels: the names of the classes.
        parameters: of all members in sum.
        provenance: of the ensemble.
    """
    kinds = "; ".join(dict.fromkeys(map(_kind, configs)))
    members = f"{len(configs)} network{'s' if len(configs) > 1 else ''} ({kinds})"
    mean = "the mean of the networks'" if len(configs) > 1 else "the network's"
    if linear_weight is None:
        rule = f"Its class probabilities are {mean}."
    else:
        members += f" and a linear model (TF-IDF and logistic regression, weight {linear_weight:.2f})"
        rule = f"Its class probabilities are {1 - linear_weight:.2f} times {mean} plus {linear_weight:.2f} times the linear model's."
    about = [
        f"An ensemble of the autotune study `{provenance.study}` on `{provenance.data}`: {members}, "
        f"{parameters:,} trained parameters in sum, {len(labels)} classes. {rule}",
        *_on_token_vectors(configs[0], provenance.unlabeled),
    ]
    files = [
        "- `members/1`, ...: the networks, each a bundle by itself: configuration, weights, tokenizer, labels",
        *(["- `linear`: the linear model: vocabulary and coefficients"] if linear_weight is not None else []),
        f"- `bundle.json`: the labels{', the weight of the linear model' if linear_weight is not None else ''} and a digest of each member",
    ]
    return _page(about, "members/1/config.yaml", _reads(configs[0], provenance.unlabeled), files, labels, provenance)


def _kind(config: Config) -> str:
    return f"encoder {config.encoder.name}, pooling {config.pooling.name}"


def _page(about: list[str], config_file: str, reads: bool, files: list[str], labels: tuple[str, ...], provenance: Provenance) -> str:
    lines = [
        "---",
        "library_name: autotune",
        "pipeline_tag: text-classification",
        "tags: [text-classification, autotune]",
        "---",
        "",
        f"# {provenance.study}: a text classifier",
        "",
        *about,
        "",
        *_scores(provenance),
        "",
        "## Use",
        "",
        "```",
        "autotune predict FOLDER texts.csv",
        "autotune evaluate FOLDER test.csv",
        f"autotune train FOLDER/{config_file} --data train.csv" + (" --unlabeled texts.txt" if reads else ""),
        "```",
        "",
        "## Files",
        "",
        *files,
        "- `metrics.json`: the scores above, all digits",
        "",
        "## Labels",
        "",
        *(f"- {_escaped(label)}" for label in labels),
    ]
    return "\n".join(lines) + "\n"


def _scores(provenance: Provenance) -> list[str]:
    """A table of what was measured, and what it is worth."""
    validation, final = provenance.validation, provenance.final
    measured = [metric for metric in METRICS if metric in validation or final is not None]
    if not measured:
        return ["Its scores were not measured."]
    values = {metric: f"{validation[metric]:.4f}" if metric in validation else "" for metric in measured}
    table = [
        "| metric | validation | test |",
        "|---|---|---|",
        *(f"| {metric} | {value} | {_test(final, metric)} |" for metric, value in values.items()),
    ]
    decided = f"the test texts ({final['rows']:,}) decided nothing." if final else "there was no test split."
    if validation:
        return [*table, "", f"The configuration was chosen on the validation texts, so that score flatters; {decided}"]
    return [*table, "", decided[0].upper() + decided[1:]]


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
