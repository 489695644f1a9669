from typing import Literal

import pytest

from autotune.config import BatchSize
from autotune.tips.batch_size import batch_size


@pytest.mark.parametrize(("initial", "rows", "size"), [(32, 100, 32), (32, 20, 20), (1, 100, 1), ("full", 100, 100), (100, 100, 100)])
def test_texts_per_step(initial: int | Literal["full"], rows: int, size: int) -> None:
    assert batch_size(BatchSize(initial=initial), rows) == size
