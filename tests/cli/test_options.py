from typing import get_args

from autotune.agent.plan import Strategy
from autotune.cli.options import StrategyName


def test_the_command_line_knows_the_strategies_of_the_plan() -> None:
    assert [strategy.value for strategy in StrategyName] == list(get_args(Strategy))
