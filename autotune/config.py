"""`Config`: everything that decides how one classifier is trained. A search samples many, `fit` trains one, `export` writes one.

One section for each of the twelve tips, one for the text, one for the loss, and the seed. A parameter is named by its path, as in
`optimizer.name`: the same word in search spaces, in `--set`, in files and in the study. No torch here.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo

from autotune.errors import ConfigError, did_you_mean
from autotune.sections import (
    LEARNT_FROM_TEXTS,
    RECURRENT,
    Activation,
    BatchSize,
    Dropout,
    EarlyStopping,
    Encoder,
    Initialization,
    Integer,
    LearningRate,
    Loss,
    Optimizer,
    Pooling,
    Pretraining,
    Regularization,
    Section,
    Shuffling,
    Text,
)

Value = bool | int | float | str
"""What a parameter can be once it is written down."""

Metric = Literal["accuracy", "macro_f1", "log_loss"]
METRICS: tuple[Metric, ...] = get_args(Metric)
MAXIMIZED: dict[Metric, bool] = {"accuracy": True, "macro_f1": True, "log_loss": False}


def better(metric: Metric, candidate: float, best: float) -> bool:
    """Whether `candidate` beats `best`; equal is not better."""
    return candidate > best if MAXIMIZED[metric] else candidate < best


CUSTOMARY_LEARNING_RATE = {
    "sgd": 0.1,
    "adagrad": 0.02,
    "adadelta": 1.0,
    "adam": 0.001,
    "adamax": 0.002,
    "nadam": 0.001,
    "adamw": 0.001,
    "rmsprop": 0.001,
}
"""Where practitioners start with each optimizer on small text networks; `learning_rate.relative` multiplies it."""


class Config(Section):
    """What one run is trained with. Frozen; equal content means equal `fingerprint`."""

    text: Text = Text()
    optimizer: Optimizer = Optimizer()
    learning_rate: LearningRate = LearningRate()
    dropout: Dropout = Dropout()
    initialization: Initialization = Initialization()
    early_stopping: EarlyStopping = EarlyStopping()
    regularization: Regularization = Regularization()
    pretraining: Pretraining = Pretraining()
    activation: Activation = Activation()
    encoder: Encoder = Encoder()
    pooling: Pooling = Pooling()
    shuffling: Shuffling = Shuffling()
    batch_size: BatchSize = BatchSize()
    loss: Loss = Loss()
    seed: Integer = Field(0, ge=0, le=2**31 - 1, description="seed of weights, dropout and order: same seed, same result")

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Config":
        """A configuration from paths to values, as in `{"optimizer.name": "adam", "seed": 3}`; the rest by default.

        Raises:
            ConfigError: naming every unknown path and every bad value at once.
        """
        return build(values, {})

    def values(self) -> dict[str, Value | None]:
        """Every parameter by its path, in the order of the sections, in the form it is written down in."""
        flat: dict[str, Value | None] = {}
        for path in PATHS:
            value: Any = self
            for name in path.split("."):
                value = getattr(value, name)
            flat[path] = ",".join(map(str, value)) if isinstance(value, tuple) else value
        return flat

    def canonical(self) -> dict[str, Value]:
        """The parameters that have an effect, the learning rate in absolute terms: two runs are alike if and only if these agree.

        A learning rate that is still to be found by a range test stays `auto`.
        """
        values = self.values()
        if self.learning_rate.initial != "auto":
            values["learning_rate.initial"] = self.initial_learning_rate
        del values["learning_rate.relative"]
        return {path: value for path, value in values.items() if value is not None and has_effect(self, path)}

    @property
    def initial_learning_rate(self) -> float:
        """The learning rate in absolute terms, rounded to six digits so that what is written down is what is used.

        Raises:
            ValueError: it is `auto`; `fit` puts what its range test proposes in the place.
        """
        rate = self.learning_rate
        if rate.initial == "auto":
            raise ValueError("the learning rate is auto: not known before its range test")
        if rate.initial is not None:
            return rate.initial
        return float(f"{rate.relative * CUSTOMARY_LEARNING_RATE[self.optimizer.name]:.6g}")

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of the canonical form's SHA-256."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _paths() -> dict[str, FieldInfo]:
    fields: dict[str, FieldInfo] = {}
    for name, section in Config.model_fields.items():
        kind = section.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            fields |= {f"{name}.{leaf}": field for leaf, field in kind.model_fields.items()}
        else:
            fields[name] = section
    return fields


PATHS: dict[str, FieldInfo] = _paths()
"""Every parameter by its path, in writing order."""

_ADAM_FAMILY = ("adam", "adamax", "nadam", "adamw")

HAS_EFFECT_WHEN: dict[str, Callable[[Config], bool]] = {
    "text.ngram_vocabulary": lambda c: c.text.ngrams > 0 or c.text.character_ngrams > 0,
    "optimizer.momentum": lambda c: c.optimizer.name in ("sgd", "rmsprop"),
    "optimizer.nesterov": lambda c: c.optimizer.name == "sgd" and c.optimizer.momentum > 0,
    "optimizer.beta1": lambda c: c.optimizer.name in _ADAM_FAMILY,
    "optimizer.beta2": lambda c: c.optimizer.name in _ADAM_FAMILY,
    "learning_rate.relative": lambda c: c.learning_rate.initial is None,
    "learning_rate.decay": lambda c: c.learning_rate.schedule in ("step", "exponential", "plateau"),
    "learning_rate.step_epochs": lambda c: c.learning_rate.schedule == "step",
    "learning_rate.plateau_patience": lambda c: c.learning_rate.schedule == "plateau",
    # One-cycle brings its own warm-up.
    "learning_rate.warmup_epochs": lambda c: c.learning_rate.schedule != "one_cycle",
    "dropout.encoder": lambda c: c.encoder.name != "none",
    "initialization.scale": lambda c: c.initialization.name in ("uniform", "normal"),
    "initialization.embedding_scale": lambda c: c.pretraining.method == "none",
    "pretraining.algorithm": lambda c: c.pretraining.method == "word2vec",
    "pretraining.window": lambda c: c.pretraining.method in LEARNT_FROM_TEXTS,
    "pretraining.epochs": lambda c: c.pretraining.method in LEARNT_FROM_TEXTS,
    "pretraining.minimum_count": lambda c: c.pretraining.method in LEARNT_FROM_TEXTS,
    "pretraining.file": lambda c: c.pretraining.method == "file",
    "pretraining.damaged_lines": lambda c: c.pretraining.method == "file",
    "pretraining.tuning": lambda c: c.pretraining.method != "none",
    "pretraining.frozen_epochs": lambda c: c.pretraining.method != "none" and c.pretraining.tuning == "frozen_first",
    "activation.name": lambda c: c.encoder.name == "cnn" or c.activation.hidden_width > 0,
    "encoder.width": lambda c: c.encoder.name != "none",
    "encoder.layers": lambda c: c.encoder.name != "none",
    "encoder.kernel_sizes": lambda c: c.encoder.name == "cnn",
    "encoder.bidirectional": lambda c: c.encoder.name in RECURRENT,
    "shuffling.enabled": lambda c: c.batch_size.initial != "full",
    "batch_size.growth": lambda c: c.batch_size.initial != "full",
    "batch_size.growth_factor": lambda c: c.batch_size.initial != "full" and c.batch_size.growth != "none",
    "batch_size.growth_epochs": lambda c: c.batch_size.initial != "full" and c.batch_size.growth == "epochs",
    "batch_size.growth_patience": lambda c: c.batch_size.initial != "full" and c.batch_size.growth == "plateau",
    "batch_size.ceiling": lambda c: c.batch_size.initial != "full" and c.batch_size.growth != "none",
}
"""When a parameter matters; always, where it is not listed."""


def has_effect(config: Config, path: str) -> bool:
    """Whether changing the parameter at `path` could change the run."""
    rule = HAS_EFFECT_WHEN.get(path)
    return rule is None or rule(config)


def build(values: Mapping[str, Any], places: Mapping[str, str]) -> Config:
    """A configuration from paths to values.

    Args:
        values: paths to values; text such as `"0.5"` is read as the number it stands for.
        places: where each path was written, such as `best.yaml:12`, to be named in messages.

    Raises:
        ConfigError: naming every unknown path and every bad value at once.
    """
    problems: list[str] = []
    nested: dict[str, Any] = {}
    for path, value in values.items():
        prefix = f"{places[path]}: " if path in places else ""
        if path not in PATHS:
            hint = did_you_mean(path, PATHS)
            problems.append(f"{prefix}unknown parameter '{path}'" + (f", {hint}" if hint else ""))
            continue
        section, _, leaf = path.rpartition(".")
        (nested.setdefault(section, {}) if section else nested)[leaf] = value
    try:
        config = Config.model_validate(nested)
    except ValidationError as error:
        problems += _explain(error, places)
    if problems:
        raise ConfigError("\n".join(problems))
    return config


def _explain(error: ValidationError, places: Mapping[str, str]) -> list[str]:
    """One line for each bad parameter: pydantic reports each member of a union, of which the first speaks for all."""
    lines: dict[str, str] = {}
    for problem in error.errors():
        path = ".".join(str(part) for part in problem["loc"][:2] if isinstance(part, str))
        path = path if path in PATHS else str(problem["loc"][0])
        prefix = f"{places[path]}: " if path in places else ""
        message = problem["msg"].removeprefix("Value error, ").replace("Input should be", "must be").replace("'", "")
        if problem["type"] == "literal_error":
            known = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            hint = did_you_mean(str(problem["input"]), known)
            message += f", {hint}" if hint and hint.startswith("did") else ""
            if path in lines:  # a number or a word
                lines[path] += f", or {', '.join(known)}"
        lines.setdefault(path, f"{prefix}{path} = {problem['input']}: {message}")
    return list(lines.values())
