from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Answer


def test_presets_and_tips_are_listed(autotune: Callable[..., Answer]) -> None:
    out = autotune("spaces").out
    for name in ("quick", "full", "optimizer", "batch_size"):
        assert name in out


@pytest.mark.parametrize("name", ["quick", "full", "encoder"])
def test_what_is_shown_is_a_space_again(autotune: Callable[..., Answer], workplace: Path, name: str) -> None:
    (workplace / "shown.yaml").write_text(autotune("spaces", "show", name).out, encoding="utf-8")
    answer = autotune("spaces", "check", "shown.yaml")
    assert answer.code == 0, answer.err
    assert "no mistakes" in answer.out
