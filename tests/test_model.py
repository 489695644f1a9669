import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn, optim

from autotune.config import PATHS, Config
from autotune.data.batches import Batch
from autotune.data.ngrams import count_ngrams
from autotune.data.tokens import EncodedTexts
from autotune.model import TextClassifier
from autotune.sections import ActivationName, EmbeddingTuning, EncoderName, InitializationName, OptimizerName, PoolingName, Schedule
from autotune.tips.pretraining import is_frozen
from autotune.tips.shuffling import EpochOrder
from autotune.training.passes import Once
from autotune.vectors.table import Table

WORDS = 40
CLASSES = 3

pytestmark = [
    # Lightning's own: it calls torch functions that torch has since renamed, and advises data loaders that we do not use.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*"),
    pytest.mark.filterwarnings("ignore::lightning.fabric.utilities.warnings.PossibleUserWarning"),
]

SMALL: dict[str, Any] = {"pretraining.dimension": 8, "encoder.width": 6, "learning_rate.relative": 5.0}
VARIANTS = [
    *({"encoder.name": encoder, "pooling.name": pooling} for encoder in get_args(EncoderName) for pooling in get_args(PoolingName)),
    *({"activation.name": name, "activation.hidden_width": 5} for name in get_args(ActivationName)),
    *({"optimizer.name": name} for name in get_args(OptimizerName)),
    *({"learning_rate.schedule": name} for name in get_args(Schedule)),
    *({"initialization.name": name} for name in get_args(InitializationName) if name != "zeros"),
    {"encoder.name": "gru", "encoder.layers": 2, "encoder.bidirectional": False, "pooling.name": "last"},
    {"dropout.embedding": 0.2, "dropout.encoder": 0.2, "dropout.head": 0.2, "encoder.layers": 2},
    {"regularization.l1": 1e-4, "regularization.l2": 1e-4, "regularization.weight_decay": 0.1},
    {"text.ngrams": 2},
    {"text.character_ngrams": 3},
    {"loss.label_smoothing": 0.1, "loss.class_weights": "balanced"},
    *({"pretraining.method": "glove", "pretraining.tuning": name} for name in get_args(EmbeddingTuning)),
]
"""One entry for each option of each tip that the network itself knows of: whatever is added there must be added here."""

ELSEWHERE = {
    "text.unit": "tests/data/test_tokens.py",
    "early_stopping.metric": "tests/training/test_fit.py",
    "learning_rate.initial": "tests/training/test_rate_sweep.py",
    "pretraining.method": "tests/vectors",
    "pretraining.algorithm": "tests/vectors",
    "pretraining.damaged_lines": "tests/vectors",
    "batch_size.initial": "tests/tips/test_batch_size.py",
    "batch_size.growth": "tests/tips/test_batch_size.py",
}
"""Options that are decided before the network is built or around it, and where they are tested."""

every_variant = pytest.mark.parametrize("values", VARIANTS, ids=lambda values: ", ".join(map(str, values.values())))


class Texts:
    """A toy that every network can learn: one word in each text tells its class. Unshuffled, the last text comes first."""

    def __init__(self, rows: int, batch_size: int, shuffled: bool = False) -> None:
        generator = torch.Generator().manual_seed(5)
        self.labels = torch.arange(rows) % CLASSES
        self.lengths = torch.randint(1, 9, (rows,), generator=generator)
        self.ids = torch.randint(2 + CLASSES, WORDS, (rows, 8), generator=generator)
        places = (torch.rand(rows, generator=generator) * self.lengths).long()
        self.ids[torch.arange(rows), places] = 2 + self.labels
        self.ids[torch.arange(8) >= self.lengths.unsqueeze(1)] = 0
        self._order = EpochOrder(True, rows, seed=1) if shuffled else lambda: torch.arange(rows).flip(0)
        self._batch_size = batch_size

    def __len__(self) -> int:
        return math.ceil(len(self.labels) / self._batch_size)

    def __iter__(self) -> Iterator[Batch]:
        for rows in self._order().split(self._batch_size):
            ids, lengths = self.ids[rows, : int(self.lengths[rows].max())], self.lengths[rows]
            yield Batch(ids, lengths, self.labels[rows], rows, ids, lengths)

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """All of them at once; the tokens serve as characters too."""
        return self.ids, self.lengths, self.ids, self.lengths


def build(values: dict[str, Any], seed: int = 0) -> TextClassifier:
    config = Config.from_values(SMALL | values)
    texts = Texts(60, 60)
    encoded = EncodedTexts(texts.ids[texts.ids > 0].int(), torch.cat([torch.zeros(1, dtype=torch.int64), texts.lengths.cumsum(0)]))
    vectors = Table(np.full((WORDS, 8), 0.1, np.float32), np.arange(WORDS) % 2 == 1, ()) if config.pretraining.method != "none" else None
    torch.manual_seed(seed)
    ngrams, spelling = (count_ngrams(encoded, n, 1, 1000) if n else None for n in (config.text.ngrams, config.text.character_ngrams))
    return TextClassifier(config, WORDS, CLASSES, ngrams=ngrams, character_ngrams=spelling, vectors=vectors)


def fit(model: TextClassifier, train: Texts, validation: Texts | None = None, epochs: int = 1) -> TextClassifier:
    trainer = Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    if validation is not None:
        trainer.callbacks.append(Validated(validation))
    trainer.fit(model, Once(train))
    return model


class Validated(Callback):
    """Validates after every epoch."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        assert isinstance(module, TextClassifier)
        module.validate(self.texts)


def test_the_table_has_every_option_of_every_tip() -> None:
    for path, field in PATHS.items():
        words = {word for word in get_args(field.annotation) if isinstance(word, str)}
        in_table = {values.get(path, field.default) for values in VARIANTS}
        # Zeros move no hidden layer, which tests/tips/test_initialization.py shows.
        assert path in ELSEWHERE or words - in_table <= {"zeros"}, path
        assert path not in ELSEWHERE or (Path(__file__).parents[1] / ELSEWHERE[path]).exists()


@every_variant
def test_one_epoch_moves_every_parameter(values: dict[str, Any]) -> None:
    model = build(values)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    fit(model, Texts(60, 10))
    assert math.isfinite(model.train_loss)
    for name, weight in model.named_parameters():
        frozen = name == "embedding.weight" and is_frozen(model.config.pretraining, 0)
        assert torch.equal(weight, before[name]) == frozen, name
    assert not model.embedding.weight[0].any()


@every_variant
def test_same_seed_same_run(values: dict[str, Any]) -> None:
    runs = [fit(build(values, seed), Texts(30, 10, shuffled=True), Texts(12, 5)) for seed in (1, 1, 2)]
    assert runs[0].train_loss == runs[1].train_loss
    assert torch.equal(runs[0].validation_probabilities, runs[1].validation_probabilities)
    assert not torch.equal(runs[0].validation_probabilities, runs[2].validation_probabilities)


@every_variant
def test_padding_and_company_never_change_a_result(values: dict[str, Any]) -> None:
    model = build(values).eval()
    texts = Texts(20, 20)
    # Without these the branches would be silent.
    for branch in filter(None, (model.wide, model.spelling)):
        nn.init.normal_(branch.logits.weight[1:].detach())
    logits = model(*texts.inputs)
    assert logits.shape == (20, CLASSES)
    longer = nn.functional.pad(texts.ids, (0, 13))
    torch.testing.assert_close(model(longer, texts.lengths, longer, texts.lengths), logits, rtol=0, atol=1e-5)
    for row, length in enumerate(texts.lengths.tolist()):
        ids, lengths = texts.ids[row : row + 1, :length], texts.lengths[row : row + 1]
        alone = model(ids, lengths, ids, lengths)
        torch.testing.assert_close(alone[0], logits[row], rtol=0, atol=1e-5)


@every_variant
def test_weights_survive_saving(values: dict[str, Any]) -> None:
    texts = Texts(20, 20)
    model, other = build(values, seed=1).eval(), build(values, seed=2).eval()
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(*texts.inputs), model(*texts.inputs))
    untouched = values.get("pretraining.tuning") == "frozen"
    assert other.parameters_count == sum(weight.numel() for weight in other.parameters()) - untouched * other.embedding.weight.numel()


@pytest.mark.parametrize("name", get_args(EncoderName))
def test_every_encoder_learns(name: str) -> None:
    texts = Texts(300, 16, shuffled=True)
    model = fit(build({"encoder.name": name, "pretraining.dimension": 16, "encoder.width": 16}), texts, texts, epochs=8)
    assert (model.validation_probabilities.argmax(dim=1) == texts.labels).float().mean().item() > 0.95


def test_validation_is_told_in_the_order_of_the_rows() -> None:
    texts = Texts(23, 4, shuffled=True)
    model = fit(build({"dropout.embedding": 0.5, "dropout.head": 0.5}), Texts(8, 4), texts).eval()
    logits = model(texts.ids, texts.lengths)
    assert not model.validation_probabilities.requires_grad
    torch.testing.assert_close(model.validation_probabilities, logits.softmax(dim=1).detach())
    assert torch.equal(model.validation_labels, texts.labels)
    assert model.validation_loss == pytest.approx(nn.functional.cross_entropy(logits, texts.labels).item(), rel=1e-5)


def test_train_loss_is_the_mean_over_texts() -> None:
    texts = Texts(23, 7)
    # At this rate the weights stay where they are.
    model = build({"learning_rate.initial": 1e-12})
    expected = nn.functional.cross_entropy(model(texts.ids, texts.lengths), texts.labels).item()
    assert fit(model, texts).train_loss == pytest.approx(expected, rel=1e-5)


def test_dropout_leaves_out_whole_words_and_single_features() -> None:
    model, texts = build({"dropout.embedding": 0.5, "dropout.head": 0.5, "encoder.name": "none"}).train(), Texts(60, 60)
    seen: dict[str, Tensor] = {}
    model.word_dropout.register_forward_hook(lambda module, given, result: seen.update(words=result))
    model.head[-1].register_forward_pre_hook(lambda module, given: seen.update(features=given[0]))
    model(texts.ids, texts.lengths)
    words = seen["words"][texts.ids > 0] == 0
    assert torch.equal(words.any(dim=1), words.all(dim=1))
    assert 0.3 < words.float().mean() < 0.7
    features = seen["features"] == 0
    assert (features.any(dim=1) & ~features.all(dim=1)).float().mean() > 0.7


class Rates(TextClassifier):
    """Writes down the learning rate of every step."""

    seen: tuple[float, ...] = ()

    def step(self, optimizer: optim.Optimizer, batch: Batch, rate: float) -> None:
        super().step(optimizer, batch, rate)
        self.seen += (optimizer.param_groups[0]["lr"],)


def test_the_schedule_sets_the_rate_of_every_step() -> None:
    values = {"learning_rate.schedule": "cosine", "learning_rate.initial": 0.4, "early_stopping.max_epochs": 3}
    model = Rates(Config.from_values(SMALL | values), WORDS, CLASSES)
    fit(model, Texts(20, 5), epochs=3)
    assert model.seen == pytest.approx([0.2 * (1 + math.cos(math.pi * (step + 0.5) / 12)) for step in range(12)])


def test_plateau_sees_the_validation_loss() -> None:
    values = {"learning_rate.schedule": "plateau", "learning_rate.plateau_patience": 0, "learning_rate.initial": 1e-12}
    model = fit(build(values), Texts(8, 4), Texts(8, 4), epochs=3)
    # The weights do not move, so that no loss is smaller than the first.
    assert model.schedule.rate(3.0) == pytest.approx(0.25e-12)


def test_a_step_is_gradient_penalty_and_decay_by_hand() -> None:
    values = {"optimizer.name": "sgd", "optimizer.momentum": 0.0, "learning_rate.initial": 0.1, "regularization.l2": 0.2}
    model, texts = build(values | {"regularization.weight_decay": 0.5}), Texts(10, 10)
    expected: dict[str, Tensor] = {}
    nn.functional.cross_entropy(model(texts.ids, texts.lengths), texts.labels).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None
        matrix = float(weight.dim() >= 2)
        expected[name] = weight.detach() * (1 - 0.1 * 0.5 * matrix) - 0.1 * (weight.grad + 0.2 * 2 * weight.detach() * matrix)
    fit(model, texts)
    for name, weight in model.named_parameters():
        torch.testing.assert_close(weight.detach(), expected[name], msg=name)


def test_divergence_shows_in_the_train_loss() -> None:
    model = build({"optimizer.name": "sgd", "learning_rate.initial": 100.0, "regularization.l2": 1.0})
    assert not math.isfinite(fit(model, Texts(60, 1), Texts(6, 3), epochs=3).train_loss)


def test_token_vectors_keep_their_own_scale() -> None:
    model = build({"initialization.name": "zeros", "initialization.embedding_scale": 0.3})
    assert model.embedding.weight[1:].std().item() == pytest.approx(0.3, rel=0.1)
    assert not any(weight.any() for weight in [*model.encoder.parameters(), *model.head.parameters()])
