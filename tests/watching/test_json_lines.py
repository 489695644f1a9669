"""The lines of --json against their documentation."""

import io
import json
import math
import re
from dataclasses import fields
from datetime import datetime
from typing import get_args

from autotune.agent.events import BaselineReady, EpochEnded, Event, TrialStarted
from autotune.config import Config
from autotune.storage.records import Kind
from autotune.watching.json_lines import SCHEMA, JsonLines, event_name
from tests.conftest import ROOT
from tests.watching.example import ENDING, TRIALS

PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
DOCUMENTED = {section.split("\n")[0]: re.findall(r"^\| `(\w+)` \|", section, re.M) for section in re.split(r"^## ", PAGE, flags=re.M)[1:]}
COMMON = ["event", "time", "elapsed"]


def written(*events: Event) -> list[dict[str, object]]:
    stream = io.StringIO()
    lines = JsonLines(stream)
    for event in events:
        lines.watch(event)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_event_is_documented_with_all_its_keys() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE.split("\n## ")[0], re.M) == COMMON
    events = {event_name(kind): [item.name for item in fields(kind)] for kind in get_args(Event)}
    assert {name: keys for name, keys in DOCUMENTED.items() if name not in ("start", "result", "error")} == events
    assert f"This page describes schema {SCHEMA}." in PAGE


def test_every_kind_of_decision_is_documented() -> None:
    kinds = re.search(r"^\| `kind` \| (.*) \|$", PAGE, re.M)
    assert kinds is not None
    assert sorted(re.findall(r"`([^`]+)`", kinds[1])) == sorted(get_args(Kind))


def test_no_event_hides_the_keys_of_every_line() -> None:
    for kind in get_args(Event):
        assert not {item.name for item in fields(kind)} & set(COMMON)


def test_a_whole_search_is_one_object_a_line() -> None:
    lines = written(*TRIALS, *ENDING)
    assert len(lines) == len(TRIALS) + len(ENDING)
    for line in lines:
        assert list(line) == COMMON + DOCUMENTED[str(line["event"])]
        assert str(line["time"]).endswith("Z")
        assert datetime.fromisoformat(str(line["time"])).utcoffset().total_seconds() == 0  # type: ignore[union-attr]
    assert [line["elapsed"] for line in lines] == sorted(line["elapsed"] for line in lines)  # type: ignore[type-var]


def test_values_are_what_json_can_say() -> None:
    started, epoch, baseline = written(
        TrialStarted(0, Config()), EpochEnded(0, 1, math.nan, 0), BaselineReady("评论\n\x1b", {"log_loss": math.inf})
    )
    assert started["config"]["encoder.kernel_sizes"] == "3,4,5"  # type: ignore[index]
    assert epoch["value"] is None
    assert (baseline["name"], baseline["validation"]) == ("评论\n\x1b", {"log_loss": None})


def test_an_error_is_the_last_line() -> None:
    stream = io.StringIO()
    JsonLines(stream).error("no result", None, 1)
    line = json.loads(stream.getvalue())
    assert list(line) == COMMON + DOCUMENTED["error"]
    assert (line["message"], line["hint"], line["exit_code"]) == ("no result", None, 1)
