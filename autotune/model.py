"""`TextClassifier`: embed -> encode -> pool -> classify, put together from the tips. To Lightning an epoch is one step."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch import Tensor, nn, optim

from autotune.config import Config
from autotune.data.ngrams import Ngrams
from autotune.sections import RECURRENT
from autotune.tips.activation import build_activation
from autotune.tips.dropout import build_dropout, build_word_dropout
from autotune.tips.encoder import build_encoder
from autotune.tips.initialization import initialize
from autotune.tips.learning_rate import Schedule
from autotune.tips.loss import ClassificationLoss
from autotune.tips.micro_batches import MicroBatches
from autotune.tips.ngrams import WideBranch
from autotune.tips.optimizer import build_optimizer
from autotune.tips.pooling import build_pooling
from autotune.tips.pretraining import build_embedding, is_ever_learnt, is_frozen
from autotune.tips.regularization import Regularizer
from autotune.tips.state import Stateful
from autotune.vectors.table import Table

if TYPE_CHECKING:
    from autotune.data.batches import Batch


class Pass(Protocol):
    """All batches of an epoch, one after the other, and how many there are."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator["Batch"]: ...


class TextClassifier(LightningModule):
    """A network for one Config and the way it learns.

    Weights are drawn from torch's global generator: seed it before. What Lightning does around a step takes about half a millisecond,
    as long as the step of a network this small. So what it calls a batch is a whole `Pass`, optimisation is manual in its sense, and
    nothing is logged: what an epoch brought is read from the attributes instead.

    Args:
        config: everything but the data.
        vocabulary_size: how many token ids there are, padding (0) and unknown (1) included.
        classes: C.
        ngrams: the features of the branch beside the encoder, where `config.text.ngrams` asks for one.
        character_ngrams: those of the branch that reads characters, where `config.text.character_ngrams` asks for one.
        vectors: pre-trained token vectors, where `config.pretraining` asks for them; not needed where weights are loaded afterwards.
        rows_of_class: how many training texts each class has, [C], where `config.loss` weighs classes; only training needs it.

    Attributes:
        micro_batches: how training batches are cut where memory is short.
        validation_loss: mean cross-entropy of the last validation.
        validation_probabilities: its class probabilities, [N, C] float32 on the CPU, in the order of `Batch.rows`.
        validation_labels: its classes, [N] int64, in the same order.
    """

    def __init__(
        self,
        config: Config,
        vocabulary_size: int,
        classes: int,
        *,
        ngrams: Ngrams | None = None,
        character_ngrams: Ngrams | None = None,
        vectors: Table | None = None,
        rows_of_class: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.config = config
        self.schedule = Schedule(config.learning_rate, config.initial_learning_rate, config.early_stopping.max_epochs)
        self.regularizer = Regularizer(config.regularization)

        bidirectional = config.encoder.name in RECURRENT and config.encoder.bidirectional
        self.embedding = build_embedding(config.pretraining, vocabulary_size, config.initialization.embedding_scale, vectors)
        self.word_dropout = build_word_dropout(config.dropout.embedding)
        self.encoder = build_encoder(config.encoder, config.activation, config.dropout.encoder, config.pretraining.dimension)
        self.pooling = build_pooling(config.pooling, self.encoder.output_width, bidirectional)
        self.head = _build_head(config, self.encoder.output_width, classes)
        for part in (self.encoder, self.pooling, self.head):
            initialize(part, config.initialization)
        self.wide = _build_branch(ngrams, config.text.ngrams, classes, config.dropout.embedding)
        self.spelling = _build_branch(character_ngrams, config.text.character_ngrams, classes, config.dropout.embedding)

        self.loss = ClassificationLoss(config.loss, rows_of_class)
        self.micro_batches = MicroBatches()
        self._loss_sum = torch.zeros(())
        self._rows_seen = 0
        self.validation_loss = float("nan")
        self.validation_probabilities = torch.empty(0, classes)
        self.validation_labels = torch.empty(0, dtype=torch.int64)
        self._validation_parts = MicroBatches()

    @property
    def progress(self) -> dict[str, Stateful]:
        """What changes from epoch to epoch besides the weights."""
        return {"schedule": self.schedule, "micro_batches": self.micro_batches, "validation_parts": self._validation_parts}

    @property
    def parameters_count(self) -> int:
        """How many numbers are learnt, in whichever epoch: token vectors count unless they stay frozen."""
        frozen = 0 if is_ever_learnt(self.config.pretraining) else self.embedding.weight.numel()
        return sum(parameter.numel() for parameter in self.parameters()) - frozen

    @property
    def train_loss(self) -> float:
        """Mean cross-entropy over the texts of the current or last training epoch, without penalties; not finite where it diverged."""
        return self._loss_sum.item() / self._rows_seen if self._rows_seen else float("nan")

    def forward(self, ids: Tensor, lengths: Tensor, characters: Tensor | None = None, character_lengths: Tensor | None = None) -> Tensor:
        """Token ids [B, L], padded with 0 on the right, and true lengths [B], at least 1, to logits [B, C].

        A model with character n-grams also needs the texts as characters [B, K] and their lengths [B].
        """
        mask = torch.arange(ids.shape[1], device=ids.device) < lengths.unsqueeze(1)
        features = self.encoder(self.word_dropout(self.embedding(ids)), lengths, mask)
        logits: Tensor = self.head(self.pooling(features, lengths, mask))
        if self.wide is not None:
            logits = logits + self.wide(ids, lengths)
        if self.spelling is not None:
            logits = logits + self.spelling(characters, character_lengths)
        return logits

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """For Lightning: the optimizer of tip 1. It does not know token vectors that stay frozen; those that thaw are a group apart,
        since a fused step asks that all weights of a group have had their first step or that none has.
        """
        kept, vectors = is_frozen(self.config.pretraining, 0), self.embedding.weight
        parameters = [parameter for parameter in self.parameters() if not (kept and parameter is vectors)]
        optimizer = build_optimizer(self.config.optimizer, self.schedule.rate(0.0), parameters)
        if kept and is_ever_learnt(self.config.pretraining):
            optimizer.add_param_group({"params": [vectors]})
        return optimizer

    def on_train_epoch_start(self) -> None:
        """Starts a new training loss, and thaws frozen token vectors when their time has come."""
        self.embedding.weight.requires_grad_(not is_frozen(self.config.pretraining, self.current_epoch))
        self._loss_sum = torch.zeros((), device=self.device)
        self._rows_seen = 0

    def training_step(self, batches: Pass, batch_idx: int) -> None:
        """One epoch: a step for each batch, at the schedule's learning rate."""
        # Bare, since its wrapper in Lightning only counts steps.
        optimizer = self.optimizers(use_pl_optimizer=False)
        assert isinstance(optimizer, optim.Optimizer)
        for done, batch in enumerate(batches):
            # At the middle of the step: a warm-up does not spend its first step, which may be the whole epoch, at rate zero.
            self.step(optimizer, batch, self.schedule.rate(self.current_epoch + (done + 0.5) / len(batches)))
            if self.trainer.received_sigterm:  # Lightning has caught the signal and looks only between two of its steps
                raise SIGTERMException

    def step(self, optimizer: optim.Optimizer, batch: "Batch", rate: float) -> None:
        """One step at the learning rate `rate`."""
        rows = len(batch.labels)
        losses = self.micro_batches.each(batch, lambda part: self._backward(part, rows), start=optimizer.zero_grad)
        for group in optimizer.param_groups:
            group["lr"] = rate
            self.regularizer.before_step(group["params"], rate)
        optimizer.step()
        for loss, part in losses:
            self._loss_sum.add_(loss, alpha=part)
        self._rows_seen += rows

    def _backward(self, part: "Batch", rows: int) -> tuple[Tensor, int]:
        """Adds to the gradients what `part` contributes to those of a batch of so many rows; returns its mean loss and its rows."""
        loss = self.loss(self(*part.inputs), part.labels)
        share = len(part.labels) / rows
        torch.autograd.backward(loss, loss.new_tensor(share) if share < 1 else None)
        return loss.detach(), len(part.labels)

    @torch.inference_mode()
    def validate(self, batches: Pass) -> None:
        """Goes over the validation texts, fills the validation's attributes and shows its loss to the schedule.

        Not by Lightning's loop, which takes a millisecond around it: as long as a validation of a small network on a thousand texts.
        """
        self.eval()
        found: list[tuple[Tensor, Tensor, Tensor]] = []
        for batch in batches:
            found += self._validation_parts.each(batch, lambda part: (part.rows, self(*part.inputs).log_softmax(dim=1), part.labels))
        self.train()
        rows, log_probabilities, labels = (torch.cat(parts).cpu() for parts in zip(*found, strict=True))
        order = rows.argsort()
        log_probabilities, self.validation_labels = log_probabilities[order].float(), labels[order]
        self.validation_loss = nn.functional.nll_loss(log_probabilities, self.validation_labels).item()
        self.validation_probabilities = log_probabilities.exp()
        self.schedule.epoch_ended(self.validation_loss)


def _build_head(config: Config, input_width: int, classes: int) -> nn.Sequential:
    """[B, F] to logits [B, C], by way of a dense layer where the Config has one."""
    width = config.activation.hidden_width
    dense = [nn.Linear(input_width, width), build_activation(config.activation)] if width else []
    return nn.Sequential(*dense, build_dropout(config.dropout.head), nn.Linear(width or input_width, classes))


def _build_branch(ngrams: Ngrams | None, longest: int, classes: int, dropout: float) -> WideBranch | None:
    return None if ngrams is None else WideBranch(ngrams, longest, classes, dropout)
