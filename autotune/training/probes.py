"""What goes on inside a trained network, measured on one batch: units that are dead or saturated, and how attention is spread."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autotune.data.batches import Batch
from autotune.metrics import DEAD, SATURATED, SPREAD
from autotune.model import TextClassifier
from autotune.tips.micro_batches import is_out_of_memory
from autotune.tips.pooling import Attention

_RECTIFIERS = (nn.ReLU,)
_BOUNDS: dict[type[nn.Module], tuple[float, float]] = {nn.Sigmoid: (0.0, 1.0), nn.Tanh: (-1.0, 1.0)}
_TEXTS = 64
_EDGE = 0.03
"""Within this share of its range a bounded activation has next to no gradient."""


@torch.inference_mode()
def probe(model: TextClassifier, batch: Batch) -> dict[str, float]:
    """Shares from 0 to 1, of what the network has.

    `dead_units`: rectified units that are zero at every position of every text. `saturated`: values of sigmoid or tanh at the ends of
    their range. `attention_spread`: mean entropy of the attention over a text, by that of equal weights; 1: it is a plain average, 0: it
    takes one token.

    Where memory is too short for so many texts at once, nothing is known.

    Args:
        batch: texts, on the device of the model; no more than `_TEXTS` of them are looked at.
    """
    found: dict[str, list[Tensor]] = {}

    def watch_rectifier(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        found.setdefault(DEAD, []).append((output.flatten(0, -2) <= 0).all(dim=0).float())

    def watch_bounded(low: float, high: float) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def watch(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            place = (output.flatten() - low) / (high - low)
            found.setdefault(SATURATED, []).append(((place < _EDGE) | (place > 1 - _EDGE)).float())

        return watch

    def watch_attention(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        assert isinstance(module, Attention)
        features, lengths, mask = inputs
        weights = module.weights(features, mask)
        several = lengths > 1
        entropy = -(weights * weights.clamp_min(1e-12).log()).sum(dim=1)
        found.setdefault(SPREAD, []).append(entropy[several] / lengths[several].float().log())

    handles = []
    for module in model.modules():
        if isinstance(module, _RECTIFIERS):
            handles.append(module.register_forward_hook(watch_rectifier))
        elif type(module) in _BOUNDS:
            handles.append(module.register_forward_hook(watch_bounded(*_BOUNDS[type(module)])))
        elif isinstance(module, Attention):
            handles.append(module.register_forward_hook(watch_attention))
    was_training = model.training
    model.eval()
    try:
        model(*batch.parts(_TEXTS)[0].inputs)
    except (RuntimeError, MemoryError) as problem:
        if not is_out_of_memory(problem):
            raise
        found.clear()
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()
    shares = {name: torch.cat(parts) for name, parts in found.items()}
    return {name: round(values.mean().item(), 4) for name, values in shares.items() if len(values)}


def step_noise(probabilities: Tensor, labels: Tensor, batch_size: int) -> float:
    """How much the loss of a batch varies from step to step: the standard deviation of its mean over that many texts, by the mean itself.

    Args:
        probabilities: of texts that were not trained on, [N, C].
        labels: [N] int64.
    """
    losses = -probabilities.gather(1, labels.unsqueeze(1)).clamp_min(1e-7).log()
    return round((losses.std() / (losses.mean().clamp_min(1e-7) * batch_size**0.5)).item(), 4) if len(losses) > 1 else 0.0
