"""The sections of a configuration: one for each of the twelve tips, one for the text, one for the loss.

An option more of a tip is a word more here, an entry in the table of `autotune/tips`, and a choice in `search_spaces`.
"""

import os
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


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
