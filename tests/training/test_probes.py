import pytest
import torch
from torch import nn

from autotune.config import Config
from autotune.data.batches import Batch
from autotune.metrics import DEAD, SATURATED, SPREAD
from autotune.model import TextClassifier
from autotune.training.probes import probe, step_noise


def model_of(**values: object) -> TextClassifier:
    torch.manual_seed(0)
    return TextClassifier(Config.from_values({"pretraining.dimension": 16, "encoder.width": 8, **values}), 30, 3)


def batch_of(texts: int = 5) -> Batch:
    lengths = torch.arange(texts) % 4 + 3
    ids = torch.randint(2, 30, (texts, 6), generator=torch.Generator().manual_seed(1))
    ids[torch.arange(6) >= lengths.unsqueeze(1)] = 0
    return Batch(ids, lengths, torch.zeros(texts, dtype=torch.int64), torch.arange(texts))


def test_a_unit_whose_bias_keeps_it_below_zero_is_dead() -> None:
    model = model_of(**{"encoder.name": "cnn", "encoder.kernel_sizes": "3"})
    assert probe(model, batch_of())[DEAD] < 0.5
    for module in model.encoder.modules():
        if isinstance(module, nn.Conv2d):
            module.bias.data[:4] = -1e6
    assert probe(model, batch_of())[DEAD] >= 0.5
    assert SATURATED not in probe(model, batch_of())


def test_values_at_the_ends_of_tanh_are_saturated() -> None:
    model = model_of(**{"encoder.name": "cnn", "activation.name": "tanh", "encoder.kernel_sizes": "3"})
    assert probe(model, batch_of())[SATURATED] < 0.2
    for module in model.encoder.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data *= 1e4
    assert probe(model, batch_of())[SATURATED] > 0.7  # the padding stays at zero


def test_attention_is_flat_where_all_tokens_count_alike_and_has_no_spread_where_one_counts() -> None:
    model = model_of(**{"encoder.name": "none", "pooling.name": "attention"})
    model.pooling.context.weight.data.zero_()  # type: ignore[union-attr]
    assert probe(model, batch_of())[SPREAD] == pytest.approx(1.0, abs=1e-3)
    model.pooling.context.weight.data.normal_(std=1e5)  # type: ignore[operator, union-attr]
    model.pooling.hidden.weight.data.normal_()  # type: ignore[operator, union-attr]
    assert probe(model, batch_of())[SPREAD] < 0.1


def test_a_probe_leaves_nothing_behind() -> None:
    model = model_of(**{"encoder.name": "cnn"}).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    probe(model, batch_of(200))
    assert model.training
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


def test_the_noise_of_a_step_falls_with_the_root_of_the_batch() -> None:
    probabilities = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    labels = torch.tensor([0, 1, 1, 0])
    assert step_noise(probabilities, labels, 4) == pytest.approx(2 * step_noise(probabilities, labels, 16), rel=1e-3)
    assert step_noise(probabilities[:1], labels[:1], 4) == 0.0
