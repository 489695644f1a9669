"""Tip 6, regularization: keep the weights small or few."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from autotune.sections import Regularization


class Regularizer:
    """L1 and L2 penalties and decoupled weight decay, for any optimizer.

    They concern weight matrices, token vectors among them, and not biases. The penalties' gradients are written down instead of derived:
    adding them to the loss would cost a pass through autograd for the same numbers.

    Args:
        config: the section `regularization`.
    """

    def __init__(self, config: Regularization) -> None:
        self._l1 = config.l1
        self._l2 = config.l2
        self._weight_decay = config.weight_decay
        self._active = any((config.l1, config.l2, config.weight_decay))

    @torch.no_grad()
    def before_step(self, parameters: Iterable[nn.Parameter], learning_rate: float) -> None:
        """Adds the penalties' gradients to `.grad` and shrinks the weights, both in place, between `backward` and the optimizer's `step`.

        Weight decay is apart from the gradient, so that no optimizer rescales it (Loshchilov & Hutter 2019, arXiv:1711.05101).

        Args:
            parameters: all that the optimizer steps on; those without a gradient are left alone.
            learning_rate: that of the step to come.
        """
        if not self._active:
            return
        weights: list[Tensor] = []
        gradients: list[Tensor] = []
        for parameter in parameters:
            if parameter.dim() >= 2 and parameter.grad is not None:
                weights.append(parameter)
                gradients.append(parameter.grad)
        if not weights:
            return
        # The penalties belong to the weights that the loss was computed with: they come before the decay.
        if self._l1:
            torch._foreach_add_(gradients, torch._foreach_sign(weights), alpha=self._l1)
        if self._l2:
            torch._foreach_add_(gradients, weights, alpha=2 * self._l2)
        if self._weight_decay:
            torch._foreach_mul_(weights, 1 - learning_rate * self._weight_decay)

    def penalty(self, parameters: Iterable[nn.Parameter]) -> Tensor:
        """l1 x the sum of |w| + l2 x the sum of w^2 over the weight matrices: a scalar, what `before_step` adds the gradient of."""
        terms = [self._l1 * w.abs().sum() + self._l2 * w.square().sum() for w in parameters if w.dim() >= 2]
        return torch.stack(terms).sum() if terms else torch.zeros(())
