"""`Config`: everything that decides how one classifier is trained. A search samples many, `fit` trains one, `export` writes one.

One section for each of the twelve tips, one for the text, one for the loss, and the seed. A parameter is named by its path, as in
`optimizer.name`: the same word in search spaces, in `--set`, in files and in the study. No torch here.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from autotune.errors import ConfigError, did_you_mean

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


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected a number, not true or false")
    return value


def _sizes(value: Any) -> Any:
    """`3,4,5` and `[3, 4, 5]` mean the same; a lone `3` is one size."""
    if isinstance(value, bool):
        raise ValueError("expected sizes such as 3,4,5")
    if isinstance(value, int):
        return (value,)
    if isinstance(value, str):
        try:
            return tuple(int(part) for part in value.split(","))
        except ValueError:
            raise ValueError("expected sizes such as 3,4,5") from None
    return value


def _absolute(value: Any) -> Any:
    """A relative path belongs to the working folder of the moment; the file must be found from any other as well."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("expected the path of a file")
    return os.path.abspath(os.path.expanduser(value))


Integer = Annotated[int, BeforeValidator(_no_boolean)]
Real = Annotated[float, BeforeValidator(_no_boolean)]
Rate = Annotated[Real, Field(ge=0, lt=1)]
KernelSizes = Annotated[tuple[Annotated[Integer, Field(ge=1, le=31)], ...], BeforeValidator(_sizes), Field(min_length=1, max_length=8)]
FilePath = Annotated[str, BeforeValidator(_absolute)]
OptimizerName = Literal["sgd", "adagrad", "adadelta", "adam", "adamax", "nadam", "adamw", "rmsprop"]
Schedule = Literal["constant", "step", "exponential", "plateau", "cosine", "one_cycle"]
InitializationName = Literal[
    "zeros", "default", "uniform", "normal", "orthogonal", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"
]
ActivationName = Literal["sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu"]
EncoderName = Literal["none", "cnn", "rnn", "lstm", "gru"]
PoolingName = Literal["max", "average", "attention", "last"]
TextUnit = Literal["word", "subword", "character"]
Growth = Literal["none", "epochs", "plateau"]
PretrainingMethod = Literal["none", "word2vec", "glove", "file"]
Word2vecAlgorithm = Literal["skip_gram", "cbow"]
DamagedLines = Literal["refuse", "skip"]
EmbeddingTuning = Literal["fine_tuned", "frozen", "frozen_first"]
ClassWeights = Literal["none", "balanced"]
RECURRENT = ("rnn", "lstm", "gru")
LEARNT_FROM_TEXTS = ("word2vec", "glove")


class Section(BaseModel):
    """A group of settings; its docstring and the descriptions of its fields become the comments of the YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Text(Section):
    """text: how a text is cut into tokens"""

    unit: TextUnit = Field("word", description="word (scripts without spaces: each character), subword (BPE) or character")
    lowercase: bool = Field(True, description="fold upper case into lower case")
    vocabulary_size: Integer = Field(30_000, ge=10, le=1_000_000, description="at most this many different tokens, the most frequent first")
    minimum_frequency: Integer = Field(2, ge=1, le=1000, description="tokens seen less often in the training texts count as unknown")
    maximum_length: Integer = Field(256, ge=4, le=10_000, description="tokens per text; what is longer is cut off at the end")
    ngrams: Integer = Field(0, ge=0, le=5, description="runs of 1 to so many tokens go to the output as well, past the encoder; 0: none")
    character_ngrams: Integer = Field(0, ge=0, le=8, description="likewise runs of 1 to so many characters, across words; 0: none")
    ngram_vocabulary: Integer = Field(
        100_000, ge=10, le=500_000, description="at most this many different runs of either kind, by frequency"
    )


class Optimizer(Section):
    """tip 1, optimizer: the rule that turns gradients into steps"""

    name: OptimizerName = Field("adam", description="one of torch.optim's")
    momentum: Rate = Field(0.9, description="sgd, rmsprop: how much of the last step is kept")
    nesterov: bool = Field(False, description="sgd: look ahead along the momentum (Nesterov)")
    beta1: Rate = Field(0.9, description="the Adam family: decay of the mean of the gradients")
    beta2: Rate = Field(0.999, description="the Adam family: decay of the mean of their squares")


class LearningRate(Section):
    """tip 2, learning rate: start large, then reduce it"""

    initial: Annotated[Real, Field(gt=0, le=1000)] | Literal["auto"] | None = Field(
        None, description="absolute; auto: by a range test before the run; empty: relative x the optimizer's customary value"
    )
    relative: Real = Field(1.0, gt=0, le=1000, description="multiple of the customary value, so that one range serves every optimizer")
    schedule: Schedule = Field("constant", description="constant, step, exponential, plateau, cosine or one_cycle")
    decay: Real = Field(0.5, gt=0, le=1, description="factor: exponential, every epoch; step, every step_epochs; plateau, when it stalls")
    step_epochs: Integer = Field(3, ge=1, le=1000, description="step: epochs between two reductions")
    plateau_patience: Integer = Field(1, ge=0, le=1000, description="plateau: epochs without a smaller validation loss before a reduction")
    warmup_epochs: Real = Field(0.0, ge=0, le=100, description="linear warm-up from zero over this many epochs (parts of one allowed)")


class Dropout(Section):
    """tip 3, dropout: against over-fitting, above all on little data; 0 is off"""

    embedding: Rate = Field(0.0, description="whole words: the share of token vectors set to zero")
    encoder: Rate = Field(0.0, description="inside the encoder: between layers and at its output")
    head: Rate = Field(0.0, description="on the pooled vector, before the output layer")


class Initialization(Section):
    """tip 4, initialization: where the weights start"""

    name: InitializationName = Field(
        "default", description="of every weight matrix behind the embedding; default: torch's own for the layer"
    )
    scale: Real = Field(0.05, gt=0, le=10, description="uniform: its bound; normal: its standard deviation")
    embedding_scale: Real = Field(0.1, gt=0, le=10, description="standard deviation of token vectors that are not pre-trained")


class EarlyStopping(Section):
    """tip 5, number of epochs: stop when validation stops improving"""

    max_epochs: Integer = Field(20, ge=1, le=10_000, description="passes over the training texts at most; schedules plan with it")
    patience: Integer = Field(4, ge=1, le=10_000, description="stop after so many epochs in a row without an improvement")
    min_improvement: Real = Field(0.0, ge=0, le=1, description="a smaller gain does not count as an improvement")
    metric: Literal["objective", "accuracy", "macro_f1", "log_loss"] = Field(
        "objective", description="what patience watches; objective: what is tuned"
    )


class Regularization(Section):
    """tip 6, regularization: keep the weights small or few; 0 is off"""

    l1: Real = Field(0.0, ge=0, le=1, description="adds l1 x the sum of |w| to the loss: sparse weights")
    l2: Real = Field(0.0, ge=0, le=1, description="adds l2 x the sum of w^2 to the loss")
    weight_decay: Real = Field(0.0, ge=0, le=10, description="decoupled: shrinks w by learning rate x weight_decay every step")


class Pretraining(Section):
    """tip 7, pre-training: where the token vectors come from"""

    method: PretrainingMethod = Field(
        "none", description="none: random; word2vec, glove: learnt from the training and unlabelled texts; file: read from one"
    )
    dimension: Integer = Field(100, ge=1, le=2048, description="length of a token vector; file: that of the file's")
    algorithm: Word2vecAlgorithm = Field(
        "skip_gram", description="word2vec: skip_gram guesses neighbours from a token, cbow a token from its neighbours"
    )
    window: Integer = Field(5, ge=1, le=100, description="word2vec, glove: how many tokens to each side are neighbours")
    epochs: Integer = Field(10, ge=1, le=1000, description="word2vec: passes over the texts; glove: over the pairs of neighbours")
    minimum_count: Integer = Field(2, ge=1, le=1000, description="word2vec, glove: tokens seen less often start random")
    file: FilePath | None = Field(None, description="file: word2vec text or binary, or GloVe text; also .gz")
    damaged_lines: DamagedLines = Field("refuse", description="file: refuse it, or skip such lines and count them")
    tuning: EmbeddingTuning = Field(
        "fine_tuned", description="fine_tuned: learnt further; frozen: kept; frozen_first: kept for frozen_epochs, then learnt further"
    )
    frozen_epochs: Integer = Field(2, ge=1, le=10_000, description="frozen_first: epochs before token vectors are learnt further")


class Activation(Section):
    """tip 8, activation: the non-linearity of the convolution and of the dense layer"""

    name: ActivationName = Field("relu", description="sigmoid, tanh, relu, leaky_relu, elu, gelu or silu")
    hidden_width: Integer = Field(0, ge=0, le=8192, description="units of a dense layer between pooling and output; 0: none")


class Encoder(Section):
    """tip 9, feature learning: token vectors to features, position by position"""

    name: EncoderName = Field("cnn", description="cnn, rnn, lstm, gru; none: token vectors go straight to the pooling, as in fastText")
    width: Integer = Field(100, ge=1, le=4096, description="cnn: channels per kernel size; recurrent: units per direction")
    kernel_sizes: KernelSizes = Field((3, 4, 5), description="cnn: how many tokens each kernel sees; several sizes side by side")
    layers: Integer = Field(1, ge=1, le=8, description="how many on top of each other")
    bidirectional: bool = Field(True, description="recurrent: read in both directions")


class Pooling(Section):
    """tip 10, feature extraction: features of all positions to one vector"""

    name: PoolingName = Field("max", description="max, average, attention (weighted average) or last (the final state)")


class Shuffling(Section):
    """tip 11, shuffling: a new order of the training texts every epoch"""

    enabled: bool = Field(True, description="false keeps one order: that of the file, but for the sorting by length that saves padding")


class BatchSize(Section):
    """tip 12, batch size: texts per step"""

    initial: Annotated[Integer, Field(ge=1, le=1_000_000)] | Literal["full"] = Field(
        32, description="a number, or full: all training texts at once"
    )
    growth: Growth = Field("none", description="none; epochs: every growth_epochs; plateau: when the validation loss stalls")
    growth_factor: Real = Field(2.0, gt=1, le=1000, description="how many times larger a batch becomes")
    growth_epochs: Integer = Field(3, ge=1, le=1000, description="epochs: epochs between two growths")
    growth_patience: Integer = Field(1, ge=0, le=1000, description="plateau: epochs without a smaller validation loss before a growth")
    ceiling: Integer = Field(1024, ge=1, le=1_000_000, description="growth stops at so many texts, and at all of them")


class Loss(Section):
    """loss, beyond the twelve tips: what training makes small"""

    label_smoothing: Rate = Field(0.0, description="share of every label that is spread over all classes, against over-confidence")
    class_weights: ClassWeights = Field("none", description="none, or balanced: texts of rare classes count more")


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
