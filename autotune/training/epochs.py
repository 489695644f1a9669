"""The callback between Lightning and the rest: after every epoch it scores, remembers the best weights, reports, and stops."""

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import lightning.pytorch as pl
import torch

from autotune.config import MAXIMIZED, Config, Metric, better
from autotune.metrics import Labels, scores
from autotune.model import Pass, TextClassifier
from autotune.tips.early_stopping import Patience
from autotune.training.outcome import Epoch, Stopped

Report = Callable[[int, float], bool]
"""`report(epoch, value) -> stop?`: told the objective after every epoch (counted from 1), answers whether to give up."""


class EpochEnd(pl.Callback):
    """Scores each epoch and decides whether there is another one.

    Args:
        validation: the validation texts in batches.
        labels: their classes, in the order of `Batch.rows`.
    """

    def __init__(self, config: Config, metric: Metric, validation: Pass, labels: Labels, report: Report) -> None:
        watched = config.early_stopping.metric
        self.metric: Metric = metric
        self.watched: Metric = metric if watched == "objective" else watched
        self.patience = Patience(config.early_stopping, MAXIMIZED[self.watched])
        self.validation = validation
        self.labels = labels
        self.report = report
        self.epochs: list[Epoch] = []
        self.best: Epoch | None = None
        self.best_weights: dict[str, torch.Tensor] = {}
        self.stopped: Stopped = "finished"

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        assert isinstance(module, TextClassifier)
        module.validate(self.validation)
        if not (math.isfinite(module.train_loss) and math.isfinite(module.validation_loss)):
            self._stop(trainer, "diverged")
            return
        epoch = Epoch(
            number=len(self.epochs) + 1,
            scores=scores(module.validation_probabilities.numpy(), self.labels),
            train_loss=module.train_loss,
            validation_loss=module.validation_loss,
        )
        self.epochs.append(epoch)
        value = epoch.scores[self.metric]
        if self.best is None or better(self.metric, value, self.best.scores[self.metric]):
            self.best = epoch
            self.best_weights = {name: tensor.detach().to("cpu", copy=True) for name, tensor in module.state_dict().items()}
        if self.report(epoch.number, value):
            self._stop(trainer, "pruned")
        elif self.patience.update(epoch.number, epoch.scores[self.watched]):
            self._stop(trainer, "patience")

    def state_dict(self) -> dict[str, Any]:
        """What the epochs so far have left behind, as plain values and tensors."""
        return {
            "patience": self.patience.state_dict(),
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "best": self.best.number if self.best is not None else None,
            "best_weights": self.best_weights,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        self.patience.load_state_dict(state["patience"])
        self.epochs = [Epoch(**epoch) for epoch in state["epochs"]]
        self.best = self.epochs[state["best"] - 1] if state["best"] is not None else None
        self.best_weights = state["best_weights"]

    def _stop(self, trainer: pl.Trainer, why: Stopped) -> None:
        self.stopped = why
        trainer.should_stop = True
