"""--json and --quiet, as a program and an impatient person see them."""

import json
import os
import re
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.cli.test_search import SMALL, states
from tests.conftest import shell, start, write_toy
from tests.watching.test_json_lines import COMMON, DOCUMENTED

QUICK = ("search", "--data", "toy.csv", "--trials", "2", "--study", "s", *SMALL, "--set", "early_stopping.max_epochs=2")


def lines(out: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in out.splitlines()]
    for line in found:
        assert list(line) == COMMON + DOCUMENTED[line["event"]]
    return found


def test_a_search_for_a_program(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    answer = shell(*QUICK, "--json", "--quiet", folder=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    told = lines(answer.out)
    names = [line["event"] for line in told]
    assert (names[0], names[-1]) == ("start", "result")
    assert names.count("trial_started") == names.count("trial_ended") == 2
    assert names.index("search_started") < names.index("trial_started") < names.index("epoch_ended") < names.index("final_test_started")
    assert (told[0]["labels"], told[0]["budget"]["trials"]) == (["food", "music", "sport"], 2)
    result = told[-1]
    best = max(line["score"] for line in told if line["event"] == "trial_ended")
    assert result["winner"]["score"] == best
    assert result["table"][0]["validation"] == best
    assert result["table"][0]["test"] is not None
    assert result["trials"]["complete"] + result["trials"]["pruned"] == 2
    assert result["next"][0].startswith("autotune export s")
    shown = shell("studies", "show", "s", folder=tmp_path).out
    assert f"test accuracy of trial {result['winner']['trial']}: {result['table'][0]['test']:.4f}" in shown

    again = shell("resume", "s", "--json", folder=tmp_path)  # without --quiet people read on beside it
    assert again.code == 0
    assert "note: of 2 trials 2 are done" in again.err
    (end,) = [line for line in lines(again.out) if line["event"] == "result"]
    assert end["table"] == result["table"]


def test_the_end_of_a_search_without_a_result(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    answer = shell(*QUICK, "--json", "--max-parameters", "10", "--storage", "other.db", folder=tmp_path)
    assert answer.code == 1
    end = lines(answer.out)[-1]
    assert (end["event"], end["exit_code"]) == ("error", 1)
    assert f"error: {end['message']}\nhint: {end['hint']}\n" in answer.err
    assert shell("search", "--data", "nowhere.csv", "--json", folder=tmp_path).out == ""


def test_a_reader_that_goes_away_and_a_quiet_search_on(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv")
    process = start(*QUICK[:4], "1000", *QUICK[5:], "--json", folder=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stderr:
        try:
            with process.stdout:
                while json.loads(process.stdout.readline())["event"] != "epoch_ended":
                    pass
            assert process.wait(60) == 141
            assert "Traceback" not in process.stderr.read()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    after = states(tmp_path, "s")
    assert after["RUNNING"] == after["FAIL"] == 0
    answer = shell("resume", "s", "--trials", "3", "--quiet", folder=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert re.match(r"\nstudy s: \d+ trials in ", answer.out)
    assert "best configuration" in answer.out
