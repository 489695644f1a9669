from pathlib import Path

import pytest

from autotune.config import Config
from autotune.errors import SpaceError
from autotune.spaces.files import list_spaces, read_space
from autotune.spaces.portfolio import builtin_portfolio, read_portfolio


def test_the_portfolio_that_comes_along_is_of_different_configurations_of_the_space_full() -> None:
    entries = builtin_portfolio()
    space = read_space("full")
    configs = [space.config(space.sample(entry)) for entry in entries]
    assert len({config.fingerprint for config in configs}) == len(entries) >= 2
    assert [config.fingerprint for config in configs] == [Config.from_values(entry).fingerprint for entry in entries]
    assert configs[0].encoder.name == "none"  # a result within seconds


def test_it_is_no_search_space() -> None:
    assert not {"portfolio", "priors"} & {listed.name for listed in list_spaces()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("configurations: []", "expected a list under `configurations:`"),
        ("other: 1", "expected a list under `configurations:`"),
        ("configurations:\n  - encoder.name: cnn\n  - 3", ":3: expected `path: value` entries"),
        ("configurations:\n  - encoder.nam: cnn", ":2: unknown parameter 'encoder.nam', did you mean 'encoder.name'?"),
        ("configurations:\n  - encoder.name: cnn\n    dropout.head: 2", ":3: dropout.head = 2"),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    with pytest.raises(SpaceError) as raised:
        read_portfolio(file)
    assert message in str(raised.value)
