"""Tip 1, optimizers of which torch has no fused step on CPU, put together from the fused step of Adam.

A plain step runs over all weights for each operation, and torch's square root on CPU takes four times as long where it meets zeros,
which most second moments of token vectors are. The fused step of Adam runs once and has another square root. Settings and state are
those of torch's classes; elsewhere than on CPU, their own step is taken.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.optim.adam import adam

# Where Adam no longer corrects its means for having started at zero.
_FAR = 1e7


def _learnt(parameters: Iterable[nn.Parameter]) -> list[Tensor]:
    return [parameter for parameter in parameters if parameter.grad is not None]


def _fused_adam(
    weights: list[Tensor],
    gradients: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    steps: list[Tensor],
    rate: float,
    betas: tuple[float, float],
    eps: float,
) -> None:
    """Updates weights, means, squares and steps in place, as Adam does without weight decay."""
    beta1, beta2 = betas
    settings: dict[str, Any] = {"fused": True, "amsgrad": False, "maximize": False, "weight_decay": 0.0}
    adam(weights, gradients, means, squares, [], steps, lr=rate, beta1=beta1, beta2=beta2, eps=eps, **settings)


class RMSprop(optim.RMSprop):
    """torch's RMSprop, not centred: Adam whose mean of the gradients forgets everything and that never corrects its start."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; as in torch's class otherwise."""
        for group in self.param_groups:
            weights = _learnt(group["params"])
            if not weights:
                continue
            if weights[0].device.type != "cpu":
                return super().step(closure)
            gradients = [weight.grad for weight in weights if weight.grad is not None]
            states = [self.state[weight] for weight in weights]
            for weight, state in zip(weights, states, strict=True):
                if not state:
                    state["step"] = torch.tensor(0.0)
                    state["square_avg"] = torch.zeros_like(weight)
                    if group["momentum"]:
                        state["momentum_buffer"] = torch.zeros_like(weight)
                state["step"] += 1
            squares = [state["square_avg"] for state in states]
            far = [torch.tensor(_FAR) for _ in weights]
            betas = (0.0, group["alpha"])
            # A mean that forgets everything is the gradient itself.
            if not group["momentum"]:
                _fused_adam(weights, gradients, gradients, squares, far, group["lr"], betas, group["eps"])
                continue
            velocities = [state["momentum_buffer"] for state in states]
            torch._foreach_mul_(velocities, group["momentum"])
            _fused_adam(velocities, gradients, gradients, squares, far, -1.0, betas, group["eps"])
            torch._foreach_add_(weights, velocities, alpha=-group["lr"])
        return None


class NAdam(optim.NAdam):
    """torch's NAdam (Dozat 2016): Adam that steps along a sum of gradient and mean, given to it as the mean of two things."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; as in torch's class otherwise."""
        for group in self.param_groups:
            weights = _learnt(group["params"])
            if not weights:
                continue
            if weights[0].device.type != "cpu":
                return super().step(closure)
            # Weights thawed later have fewer steps behind them.
            by_steps: dict[float, list[Tensor]] = {}
            for weight in weights:
                state = self.state[weight]
                if not state:
                    state["step"], state["mu_product"] = torch.tensor(0.0), torch.tensor(1.0)
                    state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(weight), torch.zeros_like(weight)
                by_steps.setdefault(state["step"].item(), []).append(weight)
            for done, alike in by_steps.items():
                self._step_alike(group, alike, done + 1)
        return None

    def _step_alike(self, group: dict[str, Any], weights: list[Tensor], step: float) -> None:
        """The step number `step` of weights that all take this one."""
        states = [self.state[weight] for weight in weights]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        beta1, beta2 = group["betas"]
        momentum, next_momentum = (beta1 * (1 - 0.5 * 0.96 ** (at * group["momentum_decay"])) for at in (step, step + 1))
        for state in states:
            state["mu_product"] *= momentum
        product = states[0]["mu_product"].item()
        of_gradient, of_mean = (1 - momentum) / (1 - product), next_momentum / (1 - product * next_momentum)
        means = [state["exp_avg"] for state in states]
        torch._foreach_lerp_(means, gradients, 1 - beta1)
        # With a first beta of one half Adam goes along half of this plus half of the gradient.
        seen = torch._foreach_mul(means, of_mean / of_gradient)
        rate = group["lr"] * 2 * of_gradient * (1 - 0.5**step)
        squares, steps = ([state[name] for state in states] for name in ("exp_avg_sq", "step"))
        _fused_adam(weights, gradients, list(seen), squares, steps, rate, (0.5, beta2), group["eps"])
