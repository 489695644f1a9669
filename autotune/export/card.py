"""The model card: what a bundle is, what it is worth, and how to use it."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from autotune.config import METRICS, Config, Metric
from autotune.export.provenance import Provenance
from autotune.sections import LEARNT_FROM_TEXTS

_KINDS: dict[Metric, tuple[str, str]] = {
    "accuracy": ("accuracy", "accuracy"),
    "macro_f1": ("f1", "macro F1"),
    "log_loss": ("log_loss", "log loss"),
}
"""What model hubs call each metric, and the name it is shown by."""


def model_card(config: Config, labels: tuple[str, ...], parameters: int, provenance: Provenance, also: Sequence[str] = ()) -> str:
    """A Markdown page with the front matter that model hubs read.

    Args:
        config: of the network.
        labels: the names of the classes.
        parameters: that were trained.
        provenance: of the network.
        also: lines on more files than every bundle has.
    """
    about = [
        f"{_origin(provenance)} on {_quoted(provenance.data)}: {_kind(config)}, {parameters:,} trained parameters, {len(labels)} classes.",
        *_on_token_vectors(config, provenance.unlabeled),
    ]
    files = [
        "- `config.yaml`: the configuration, every value explained",
        f"- `model.safetensors`: the weights after {'the last' if _is_on_all(provenance) else 'the best'} epoch",
        "- `tokenizer.json`: how a text is cut, and the vocabulary",
        "- `bundle.json`: the labels and a digest of each file",
        *also,
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
        f"An ensemble of the autotune study {_quoted(provenance.study or '')} on {_quoted(provenance.data)}: {members}, "
        f"{parameters:,} trained parameters in sum, {len(labels)} classes. {rule}",
        *_on_token_vectors(configs[0], provenance.unlabeled),
    ]
    files = [
        "- `members/1`, ...: the networks, each a bundle by itself: configuration, weights, tokenizer, labels",
        *(["- `linear`: the linear model: vocabulary and coefficients"] if linear_weight is not None else []),
        f"- `bundle.json`: the labels{', the weight of the linear model' if linear_weight is not None else ''} and a digest of each member",
    ]
    return _page(about, "members/1/config.yaml", _reads(configs[0], provenance.unlabeled), files, labels, provenance)


def _origin(provenance: Provenance) -> str:
    if provenance.study is None:
        return "Trained by autotune, without a search,"
    return f"Trial {provenance.trial} of the autotune study {_quoted(provenance.study)}"


def _is_on_all(provenance: Provenance) -> bool:
    return provenance.run is not None and provenance.run.on_all_data


def _front_matter(name: str, provenance: Provenance) -> list[str]:
    """Lines of YAML, as Hugging Face's model cards begin with (https://huggingface.co/docs/hub/model-cards)."""
    # In quotes: to hubs, which read YAML 1.1, a bare `yes` is no word.
    name, data = (DoubleQuotedScalarString(_one_line(words) or "unknown") for words in (name, provenance.data))
    results = []
    for split, found in (("validation", provenance.validation), ("test", (provenance.final or {}).get("test", {}))):
        if found:
            results.append(
                {
                    "task": {"type": "text-classification", "name": "text classification"},
                    "dataset": {"type": data, "name": data, "split": split},
                    "metrics": [
                        {"type": _KINDS[metric][0], "name": _KINDS[metric][1], "value": round(found[metric], 6)}
                        for metric in METRICS
                        if metric in found
                    ],
                }
            )
    content: dict[str, Any] = {
        "library_name": "autotune",
        "pipeline_tag": "text-classification",
        "tags": ["text-classification", "autotune"],
    }
    if results:
        content["metrics"] = [kind for kind, _ in _KINDS.values()]
        content["model-index"] = [{"name": name, "results": results}]
    yaml = YAML()
    yaml.width = 10**6
    stream = StringIO()
    yaml.dump(content, stream)
    return stream.getvalue().splitlines()


def _kind(config: Config) -> str:
    return f"encoder {config.encoder.name}, pooling {config.pooling.name}"


def _page(about: list[str], config_file: str, reads: bool, files: list[str], labels: tuple[str, ...], provenance: Provenance) -> str:
    name = provenance.study or provenance.data
    lines = [
        "---",
        *_front_matter(name, provenance),
        "# license and language are yours to add",
        "---",
        "",
        f"# {_escaped(name)}: a text classifier",
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
        *(["autotune train FOLDER --verify"] if provenance.run is not None and provenance.validation else []),
        "```",
        "",
        "## Files",
        "",
        *files,
        "- `metrics.json`: everything that was measured, all digits; versions, data and seeds",
        "",
        "## Labels",
        "",
        *(f"- {_escaped(label)}" for label in labels),
    ]
    return "\n".join(lines) + "\n"


def _scores(provenance: Provenance) -> list[str]:
    """A table of what was measured, and what it is worth."""
    validation, final = provenance.validation, provenance.final
    learnt = ["It has learnt from the validation texts too, so that it has no validation score."] if _is_on_all(provenance) else []
    measured = [metric for metric in METRICS if metric in validation or final is not None]
    if not measured:
        return learnt or ["Its scores were not measured."]
    values = {metric: f"{validation[metric]:.4f}" if metric in validation else "" for metric in measured}
    table = [
        "| metric | validation | test |",
        "|---|---|---|",
        *(f"| {metric} | {value} | {_test(final, metric)} |" for metric, value in values.items()),
        *(
            f"| {metric} of: {_escaped(name)} |  | {found[metric]:.4f} |"
            for name, found in (final or {}).get("baselines", {}).items()
            for metric in (provenance.metric,)
        ),
    ]
    decided = f"the test texts ({final['rows']:,}) decided nothing." if final else "there was no test split."
    if validation:
        said = f"The configuration was chosen on the validation texts, so that score flatters; {decided}"
    else:
        said = " ".join([*learnt, decided[0].upper() + decided[1:]])
    return [*table, "", said, *_expectation(provenance)]


def _expectation(provenance: Provenance) -> list[str]:
    expected = provenance.expected
    if expected is None:
        return []
    bounds = f"{expected['low']:.4f} to {expected['high']:.4f}"
    return [
        "",
        f"Expected on {expected['rows']:,} new texts like these: {provenance.metric} {expected['score']:.4f} ({bounds}, 95 %), "
        "from training it again on other splits.",
    ]


def _on_token_vectors(config: Config, unlabeled: str | None) -> list[str]:
    """A paragraph on where they came from and what became of them; nothing where they began random."""
    pretraining = config.pretraining
    if pretraining.method == "none":
        return []
    if pretraining.method == "file":
        name = pretraining.file.replace("\\", "/").rpartition("/")[2] if pretraining.file else ""
        origin = f"were read from {_quoted(name)}"
    else:
        how = f"word2vec ({pretraining.algorithm.replace('_', '-')})" if pretraining.method == "word2vec" else "GloVe"
        texts = f"the training texts and the texts without labels of {_quoted(unlabeled)}" if unlabeled else "the training texts"
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


def _one_line(text: str) -> str:
    """As YAML may hold it: printable, without line breaks."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _quoted(name: str) -> str:
    """A name as code, or, where it holds what would end that, as text."""
    return f"`{_one_line(name)}`" if "`" not in name else _escaped(name)


def _escaped(label: str) -> str:
    """A label as text and nothing else: no HTML, no Markdown."""
    words = " ".join(label.split())
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>()#+-!|&" else character for character in words)
