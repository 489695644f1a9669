"""A configuration in the words of the template of `train.py`: which parts are written, and what stands in them."""

import json

from autotune.config import Config
from autotune.data.tokens import CHARACTERS_PER_TOKEN
from autotune.sections import RECURRENT, EncoderName, InitializationName, OptimizerName
from autotune.tips.activation import ACTIVATIONS

Parts = tuple[dict[str, bool], dict[str, object]]
"""Flags and values by name."""

_OPTIMIZERS: dict[OptimizerName, str] = {
    "sgd": "SGD(self.parameters(), lr=LEARNING_RATE, momentum={momentum}, nesterov={nesterov}, fused=True)",
    "adagrad": "Adagrad(self.parameters(), lr=LEARNING_RATE, fused=True)",
    "adadelta": "Adadelta(self.parameters(), lr=LEARNING_RATE)",
    "adam": "Adam(self.parameters(), lr=LEARNING_RATE, betas={betas}, fused=True)",
    "adamax": "Adamax(self.parameters(), lr=LEARNING_RATE, betas={betas})",
    "nadam": "NAdam(self.parameters(), lr=LEARNING_RATE, betas={betas})",
    "adamw": "AdamW(self.parameters(), lr=LEARNING_RATE, betas={betas}, weight_decay=0.0, fused=True)",
    "rmsprop": "RMSprop(self.parameters(), lr=LEARNING_RATE, momentum={momentum})",
}
ROUNDED: tuple[OptimizerName, ...] = ("nadam", "rmsprop")
"""Those whose step is another in autotune: the same numbers, rounded otherwise."""
_CELLS: dict[EncoderName, tuple[str, int]] = {"rnn": ("RNN", 1), "lstm": ("LSTM", 4), "gru": ("GRU", 3)}
"""The class of each recurrent layer, and the matrices that it stacks."""
_FILLERS: dict[InitializationName, str] = {
    "default": "",
    "zeros": "zeros_(matrix)",
    "uniform": "uniform_(matrix, -{scale}, {scale})",
    "normal": "normal_(matrix, std={scale})",
    "orthogonal": "orthogonal_(matrix)",
    "xavier_uniform": "xavier_uniform_(matrix)",
    "xavier_normal": "xavier_normal_(matrix)",
    "kaiming_uniform": 'kaiming_uniform_(matrix, nonlinearity="relu")',
    "kaiming_normal": 'kaiming_normal_(matrix, nonlinearity="relu")',
}


KNOWN: dict[str, tuple[str, ...]] = {
    "optimizer.name": tuple(_OPTIMIZERS),
    "learning_rate.schedule": ("constant", "step", "exponential", "plateau", "cosine", "one_cycle"),
    "initialization.name": tuple(_FILLERS),
    "encoder.name": ("none", "cnn", *_CELLS),
    "pooling.name": ("max", "average", "attention", "last"),
    "batch_size.growth": ("none", "epochs", "plateau"),
    "loss.class_weights": ("none", "balanced"),
    "pretraining.method": ("none",),
}
"""What the template has words for."""


def beyond(config: Config) -> str | None:
    """What of a configuration the template has no words for, as `encoder.name transformer`; None: nothing."""
    values = config.values()
    return next((f"{path} {values[path]}" for path, known in KNOWN.items() if values[path] not in known), None)


def network_parts(config: Config, labels: tuple[str, ...]) -> Parts:
    """What the template needs to know of the network."""
    encoder, dropout, text = config.encoder, config.dropout, config.text
    recurrent, cnn = encoder.name in RECURRENT, encoder.name == "cnn"
    both = recurrent and encoder.bidirectional
    dimension = config.pretraining.dimension
    features = encoder.width * (len(encoder.kernel_sizes) if cnn else 2 if both else 1) if cnn or recurrent else dimension
    hidden = config.activation.hidden_width
    listed = literal(list(labels))
    flags = {
        "cnn": cnn,
        "recurrent": recurrent,
        "bidirectional": both,
        "lstm": encoder.name == "lstm",
        "dense": hidden > 0,
        "activated": cnn or hidden > 0,
        "word_dropout": dropout.embedding > 0,
        "encoder_dropout": dropout.encoder > 0 and (cnn or recurrent),
        "head_dropout": dropout.head > 0,
        "initialized": config.initialization.name != "default",
        "ngrams": text.ngrams > 0,
        "character_ngrams": text.character_ngrams > 0,
        "wide": text.ngrams > 0 or text.character_ngrams > 0,
        "masked": cnn or both or config.pooling.name in ("max", "average", "attention"),
        "measured": both or config.pooling.name in ("average", "last"),
        **{name: config.pooling.name == name for name in ("max", "average", "attention", "last")},
    }
    end = "self.output(x)" if not dropout.head else "self.output(self.head_dropout(x))"
    values: dict[str, object] = {
        "labels": listed if len(listed) <= 120 else 'json.loads((HERE / "bundle.json").read_text(encoding="utf-8"))["labels"]',
        "dimension": dimension,
        "embedding_scale": config.initialization.embedding_scale,
        "width": encoder.width,
        "widths": [dimension] + [features] * (encoder.layers - 1),
        "kernel_sizes": encoder.kernel_sizes,
        "cell": _CELLS.get(encoder.name, ("", 1))[0],
        "gates": _CELLS.get(encoder.name, ("", 1))[1],
        "initialization": _FILLERS[config.initialization.name].format(scale=config.initialization.scale),
        "features": features,
        "pooled": hidden or features,
        "hidden_width": hidden,
        "activation": ACTIVATIONS[config.activation.name]().__class__.__name__,
        "word_dropout": dropout.embedding,
        "encoder_dropout": dropout.encoder,
        "head_dropout": dropout.head,
        "embedded": "self.word_dropout(self.embedding(ids))" if dropout.embedding else "self.embedding(ids)",
        "encoded": "self.encoder_dropout(self.activation(x))" if dropout.encoder else "self.activation(x)",
        "logits": " + ".join(
            [end, *(["self.ngrams(ids)"] if text.ngrams else []), *(["self.character_ngrams(characters)"] if text.character_ngrams else [])]
        ),
        "characters_argument": ", characters" if text.character_ngrams else "",
        "character_input": ", characters(texts)" if text.character_ngrams else "",
        "most_characters": CHARACTERS_PER_TOKEN * text.maximum_length,
        "ngrams": text.ngrams,
        "character_ngrams": text.character_ngrams,
        "ngram_vocabulary": text.ngram_vocabulary,
        "minimum_frequency": text.minimum_frequency,
    }
    return flags, values


def learning_parts(config: Config, rows: int) -> Parts:
    """What it needs to know of the way it learns, from so many training texts."""
    rate, sizes, penalties, optimizer = config.learning_rate, config.batch_size, config.regularization, config.optimizer
    warmup = rate.warmup_epochs > 0 and rate.schedule != "one_cycle"
    growth = sizes.growth if sizes.initial != "full" else "none"
    initial = rows if sizes.initial == "full" else min(sizes.initial, rows)
    shape = {
        "step": f"{rate.decay} ** (int(progress) // {rate.step_epochs})",
        "exponential": f"{rate.decay} ** int(progress)",
        "cosine": "((1 + math.cos(math.pi * min(progress / EPOCHS, 1.0))) / 2)",
        "one_cycle": "shape",
    }.get(rate.schedule)
    factors = [
        "LEARNING_RATE",
        *(["self.rate_reduction"] if rate.schedule == "plateau" else []),
        *(["warm"] if warmup else []),
        *([shape] if shape else []),
    ]
    flags = {
        "scheduled": len(factors) > 1,
        "progress": warmup or shape is not None,
        "warmup": warmup,
        "one_cycle": rate.schedule == "one_cycle",
        "rate_plateau": rate.schedule == "plateau",
        "growth": growth != "none",
        "growth_epochs": growth == "epochs",
        "growth_plateau": growth == "plateau",
        "balanced": config.loss.class_weights == "balanced",
        "l1": penalties.l1 > 0,
        "l2": penalties.l2 > 0,
        "weight_decay": penalties.weight_decay > 0,
        "penalties": any((penalties.l1, penalties.l2, penalties.weight_decay)),
    }
    words = rate.schedule.replace("_", "-") if rate.schedule != "constant" else ""
    values: dict[str, object] = {
        "seed": config.seed,
        "epochs": config.early_stopping.max_epochs,
        "patience": config.early_stopping.patience,
        "batch_size": f"{initial}  # all of them" if sizes.initial == "full" else initial,
        "learning_rate": config.initial_learning_rate,
        "learning_rate_words": f"  # {words}" if words else "",
        "warmup": rate.warmup_epochs,
        "rate": " * ".join(factors),
        "decay": rate.decay,
        "plateau_patience": rate.plateau_patience,
        "growth_state": ", self.size_smallest, self.size_stalled" if growth == "plateau" else "",
        "growth_start": ", math.inf, 0" if growth == "plateau" else "",
        "growth_factor": sizes.growth_factor,
        "growth_patience": sizes.growth_patience,
        "growth_every": sizes.growth_epochs,
        "ceiling": float(min(rows, max(sizes.ceiling, initial))),
        "optimizer": _OPTIMIZERS[optimizer.name].format(
            momentum=optimizer.momentum, nesterov=optimizer.nesterov and optimizer.momentum > 0, betas=(optimizer.beta1, optimizer.beta2)
        ),
        "smoothing": f", label_smoothing={config.loss.label_smoothing}" if config.loss.label_smoothing else "",
        "l1": penalties.l1,
        "l2": penalties.l2,
        "weight_decay": penalties.weight_decay,
        "shuffled": config.shuffling.enabled,
    }
    return flags, values


def literal(value: str | list[str]) -> str:
    """As a program writes it."""
    return json.dumps(value, ensure_ascii=False)
