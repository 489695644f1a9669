"""Beyond the twelve tips: what training makes small."""

import torch
from torch import Tensor, nn

from autotune.sections import Loss


class ClassificationLoss(nn.Module):
    """Cross-entropy in nats, averaged over texts, with smoothed labels and weighted classes where the section asks for them.

    With label smoothing s the target of a text is 1 - s + s / C for its class and s / C for every other one (Szegedy et al. 2016,
    arXiv:1512.00567). Balanced weights are N / (C x rows of the class), so that all classes together count alike; the mean is over texts
    and not over weights, so that parts of a batch add up to the whole.

    Args:
        config: the section `loss`.
        rows_of_class: how many training texts each class has, [C]; only needed for balanced classes.
    """

    weights: Tensor | None

    def __init__(self, config: Loss, rows_of_class: Tensor | None = None) -> None:
        super().__init__()
        self._smoothing = config.label_smoothing
        weights = None
        if config.class_weights == "balanced" and rows_of_class is not None:
            weights = rows_of_class.sum() / (len(rows_of_class) * rows_of_class.clamp(min=1).float())
        # Only training needs them: they are not saved with the model.
        self.register_buffer("weights", weights, persistent=False)

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Logits [B, C] and labels [B] to a scalar."""
        if self.weights is None:
            return nn.functional.cross_entropy(logits, labels, label_smoothing=self._smoothing)
        losses = nn.functional.cross_entropy(logits, labels, label_smoothing=self._smoothing, reduction="none")
        return torch.dot(losses, self.weights[labels]) / len(labels)
