"""What the tests of several tips share: texts of different lengths, as vectors."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor


class Vectors(NamedTuple):
    """Four texts of up to 7 tokens, 6 numbers a token; what lies in the padding must not matter, so it is large."""

    x: Tensor
    lengths: Tensor
    mask: Tensor


@pytest.fixture
def vectors() -> Vectors:
    torch.manual_seed(0)
    lengths = torch.tensor([7, 1, 4, 2])
    mask = torch.arange(7) < lengths.unsqueeze(1)
    x = torch.randn(4, 7, 6)
    x[~mask] = 1000.0
    return Vectors(x, lengths, mask)
