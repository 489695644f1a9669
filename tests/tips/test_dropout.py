import pytest
import torch
from torch import nn

from autotune.tips.dropout import build_dropout, build_word_dropout


def test_words_are_dropped_whole_and_the_rest_scaled() -> None:
    torch.manual_seed(0)
    x = torch.ones(200, 50, 8)
    y = build_word_dropout(0.3)(x)
    assert torch.equal(y.amin(dim=2), y.amax(dim=2))
    assert sorted(y.unique().tolist()) == pytest.approx([0.0, 1 / 0.7])
    assert (y[:, :, 0] == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)


def test_numbers_are_dropped_one_by_one() -> None:
    torch.manual_seed(0)
    y = build_dropout(0.3)(torch.ones(200, 400))
    assert sorted(y.unique().tolist()) == pytest.approx([0.0, 1 / 0.7])
    assert (y == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("build", [build_dropout, build_word_dropout])
def test_nothing_is_dropped_in_evaluation_or_at_zero(build: type[nn.Module]) -> None:
    x = torch.randn(4, 5, 6)
    assert torch.equal(build(0.5).eval()(x), x)
    assert build(0.0)(x) is x
