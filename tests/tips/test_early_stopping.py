import math

import pytest

from autotune.sections import EarlyStopping
from autotune.tips.early_stopping import Patience


def epochs_until_stop(values: list[float], maximize: bool = True, **settings: float) -> int | None:
    patience = Patience(EarlyStopping(**settings), maximize)
    for epoch, value in enumerate(values):
        if patience.update(epoch, value):
            return epoch
    return None


@pytest.mark.parametrize(
    ("values", "settings", "stop"),
    [
        ([0.5, 0.6, 0.6, 0.6], {"patience": 2}, 3),
        ([0.5, 0.6, 0.6, 0.7, 0.6, 0.6], {"patience": 2}, 5),
        ([0.5, 0.4], {"patience": 1}, 1),
        ([0.1, 0.2, 0.3, 0.4], {"patience": 1}, None),
        ([0.5, 0.75, 0.75], {"patience": 2, "min_improvement": 0.25}, 2),
        ([0.5, 0.6, 0.8], {"patience": 2, "min_improvement": 0.25}, None),
        ([math.nan, math.nan, 0.5], {"patience": 2}, 1),
        ([math.nan, 0.5, math.nan, 0.6, math.nan], {"patience": 2}, None),
    ],
    ids=["flat", "in a row", "one", "rising", "exactly the minimum", "small gains add up", "never a number", "some not a number"],
)
def test_when_it_stops(values: list[float], settings: dict[str, float], stop: int | None) -> None:
    assert epochs_until_stop(values, **settings) == stop
    assert epochs_until_stop([-value for value in values], maximize=False, **settings) == stop


def test_the_best_epoch_is_remembered() -> None:
    patience = Patience(EarlyStopping(patience=9), maximize=False)
    assert patience.best_epoch is None
    for epoch, loss in enumerate([math.inf, 0.9, 0.4, 0.4, 0.5]):
        patience.update(epoch, loss)
    assert (patience.best_epoch, patience.best_value) == (2, 0.4)
