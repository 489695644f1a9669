"""Limits on the command line: how they are written, what a search makes of them, and what it says when nothing is within them."""

import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autotune.agent.generations import comparable
from autotune.agent.limits import Limits
from autotune.api.beginning import _difference
from autotune.cli.options import limits
from autotune.errors import UsageError
from tests.agent.test_ledger import plan_of
from tests.cli.test_search import states
from tests.conftest import Answer, shell, write_toy

SPACE = """
description: Six configurations, three of them large.
parameters:
  optimizer.name:
    type: categorical
    choices: [adam, sgd, adagrad]
    default: adam
  pretraining.dimension:
    type: categorical
    choices: [4, 400]
    default: 400
fixed:
  encoder.name: none
  early_stopping.max_epochs: 2
  early_stopping.patience: 1
"""


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (("1M", None, None), Limits(parameters=1_000_000)),
        (("500k", "2MB", "1ms"), Limits(500_000, 2_000_000, 0.001)),
        (("1200", "900kb", "0.5ms"), Limits(1200, 900_000, 0.0005)),
        (("1.5m", "1.5GB", "2s"), Limits(1_500_000, 1_500_000_000, 2.0)),
        ((None, None, None), Limits()),
    ],
)
def test_how_limits_are_written(given: tuple[str | None, str | None, str | None], meant: Limits) -> None:
    assert limits(*given) == meant


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("many", None, None), "--max-parameters: 'many' is no number of parameters"),
        (("0", None, None), "--max-parameters: '0' is no number of parameters"),
        (("-5k", None, None), "--max-parameters: '-5k' is no number of parameters"),
        (("1MB", None, None), "--max-parameters: '1MB' is no number of parameters"),
        ((None, "small", None), "--max-size: 'small' is no size"),
        ((None, None, "1"), "--max-latency: '1' is no time for a text"),
        ((None, None, "0ms"), "--max-latency: '0ms' is no time for a text"),
        ((None, None, "1h"), "--max-latency: '1h' is no time for a text"),
    ],
)
def test_what_is_no_limit(given: tuple[str | None, str | None, str | None], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        limits(*given)
    assert caught.value.message == words
    assert caught.value.hint is not None


def test_trials_of_a_study_with_other_limits_are_not_taken_over() -> None:
    plan = plan_of()
    other = replace(plan, limits=Limits(size=2_000_000, latency=0.0015))
    assert comparable(other, other)
    assert not comparable(plan, other)
    assert _difference(plan, other) == (
        "its limits are other ones (2,000,000 bytes, 1.5 ms a text), so that its models may be beyond these"
    )
    assert _difference(other, plan).startswith("its limits are other ones (none)")
    assert _difference(plan, replace(other, metric="log_loss")).startswith("its objective (log_loss) is another one")


def results(folder: Path, study: str) -> list[dict[str, object]]:
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        rows = connection.execute(
            "SELECT r.value_json FROM trials t JOIN studies s ON s.study_id = t.study_id "
            "JOIN trial_user_attributes r ON r.trial_id = t.trial_id AND r.key = 'autotune:result' "
            "WHERE s.study_name = ? ORDER BY t.number",
            (study,),
        ).fetchall()
    return [json.loads(result) for (result,) in rows]


def test_what_is_beyond_a_limit_is_not_trained_and_a_search_goes_on(autotune: Callable[..., Answer], tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    (tmp_path / "six.yaml").write_text(SPACE)
    search = ("search", "--data", "toy.csv", "--space", "six.yaml", "--workers", "2", "--strategy", "tpe")
    answer = shell(*search, "--trials", "3", "--study", "s", "--max-parameters", "2k", "--max-latency", "1s", folder=tmp_path)
    assert answer.code == 0, answer.err
    assert "plan: 3 trials, models of at most 2,000 parameters, 1000 ms a text" in answer.err
    assert re.search(r"^ +\d+s  trial 0 +too large: [\d,]+ parameters, at most 2,000  words 400, ", answer.err, re.M), answer.err
    answer = shell("resume", "s", "--trials", "9", folder=tmp_path)
    assert answer.code == 0, answer.err
    assert "the search space is used up" in answer.err
    found = results(tmp_path, "s")
    trained = [result for result in found if "score" in result]
    refused = [result for result in found if "over" in result]
    assert len(trained) == len(refused) == 3  # more than enough failures for one cause to end a search
    for result in trained:
        assert result["parameters"] <= 2000  # type: ignore[operator]
        assert 0 < result["latency"] < 1  # type: ignore[operator]
    for number, result in enumerate(found):
        folder = tmp_path / "studies" / "s" / "trials" / str(number)
        assert folder.is_dir() == ("score" in result)
        if folder.is_dir():
            assert result["size"] == sum(path.stat().st_size for path in folder.iterdir())
    for result in refused:
        assert result["cause"] == f"too large: {result['parameters']:,} parameters, at most 2,000"
    shown = autotune("studies", "show", "s")
    assert "models of at most 2,000 parameters, 1000 ms a text" in shown.out
    one = autotune("studies", "show", "s", "--trial", "0").out
    assert one.startswith("study s, trial 0: pruned (too large: ")
    assert f"{found[0]['parameters']:,} parameters, {found[0]['size']:,} bytes" in one


def test_where_nothing_is_within_a_limit_the_nearest_is_named(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    (tmp_path / "six.yaml").write_text(SPACE)
    search = ("search", "--data", "toy.csv", "--space", "six.yaml", "--workers", "2", "--trials", "9", "--study", "s")
    answer = shell(*search, "--max-size", "1KB", folder=tmp_path)
    assert answer.code == 1
    smallest = min(int(str(result["size"])) for result in results(tmp_path, "s") if "over" in result)
    assert smallest > 1000
    assert (
        f"error: no result: every configuration tried had a model beyond a limit: "
        f"--max-size allows 1,000, the smallest beyond it takes {smallest:,} bytes\nhint: start a new search with a larger limit"
    ) in answer.err
    assert "Traceback" not in answer.err
    after = states(tmp_path, "s")
    assert (after["PRUNED"], after["FAIL"], after["RUNNING"]) == (6, 0, 0)
