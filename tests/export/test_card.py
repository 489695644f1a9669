"""The model card: front matter that model hubs can read, whatever things are called, and all that was measured."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from autotune.config import Config
from autotune.data.dataset import DataSource
from autotune.export.card import ensemble_card, model_card
from autotune.export.metrics_file import metrics_text
from autotune.export.provenance import Run
from tests.export.test_bundle import FINAL, PROVENANCE

CONFIG = Config()
RUN = Run(2, 3, 1.5, (0.9, 0.7, float("nan")), {"threads": 1, "device": "cpu"}, ended="finished")
EXPECTED = {"score": 0.9, "low": 0.81, "high": 0.97, "rows": 24}


def front_matter(card: str) -> dict[str, Any]:
    """What stands between the first two lines of three dashes, as a model hub reads it."""
    found = re.match(r"---\n(.*?)\n---\n", card, re.S)
    assert found is not None
    content = yaml.safe_load(found[1])
    assert isinstance(content, dict)
    return content


def test_the_front_matter_has_what_model_hubs_read() -> None:
    content = front_matter(model_card(CONFIG, ("a", "b"), 1234, PROVENANCE))
    assert content["library_name"] == "autotune"
    assert content["pipeline_tag"] == "text-classification"
    assert content["metrics"] == ["accuracy", "f1", "log_loss"]
    assert "license" not in content
    (model,) = content["model-index"]
    assert model["name"] == "toy"
    assert [result["dataset"]["split"] for result in model["results"]] == ["validation", "test"]
    for result in model["results"]:
        assert result["task"]["type"] == "text-classification"
        assert result["dataset"]["name"] == result["dataset"]["type"] == "toy.csv"
        assert [metric["type"] for metric in result["metrics"]] == ["accuracy", "f1", "log_loss"]
    assert [metric["value"] for metric in model["results"][1]["metrics"]] == [0.9, 0.8, 0.4]


def test_what_was_not_measured_is_not_in_it() -> None:
    content = front_matter(ensemble_card([CONFIG], None, ("a", "b"), 1, replace(PROVENANCE, validation={}, final=None)))
    assert "model-index" not in content
    only_test = front_matter(ensemble_card([CONFIG], None, ("a", "b"), 1, replace(PROVENANCE, validation={})))
    assert [result["dataset"]["split"] for result in only_test["model-index"][0]["results"]] == ["test"]


@given(name=st.text(), data=st.text(), label=st.text())
@example(name="a: b\n---\nlicense: mine", data="- x # y", label="---")
@example(name="yes", data="1e3", label="`code` <script>alert(1)</script>")
@example(name="\u2028\x85\x00\x1b[31m", data="\U0001f642\ud800", label="\u202eevil")
@example(name="", data="", label="| a | b |")
@example(name="!!python/object:os.system {a: &x *x}", data="%YAML 9.9", label="[a](javascript:alert(1))")
def test_no_name_breaks_it(name: str, data: str, label: str) -> None:
    provenance = replace(PROVENANCE, study=name, data=data, run=RUN)
    card = model_card(CONFIG, (label, "b"), 1, provenance)
    content = front_matter(card)
    assert set(content) == {"library_name", "pipeline_tag", "tags", "metrics", "model-index"}
    shown = " ".join("".join(character if character.isprintable() else " " for character in name or data).split())
    assert content["model-index"][0]["name"] == (shown or "unknown")
    body = card.split("\n---\n", 1)[1]
    assert "<script>" not in body
    # Nothing that anything is called begins a line, where it could be a heading, a rule or a fence.
    assert [line for line in body.splitlines() if line.startswith("#")][1:] == ["## Use", "## Files", "## Labels"]
    assert body.count("\n```\n") == 2


def test_baselines_and_what_is_expected_are_said() -> None:
    final = {**FINAL, "baselines": {"majority class": {"accuracy": 0.2, "macro_f1": 0.1, "log_loss": 1.2}}}
    card = model_card(CONFIG, ("a", "b"), 1, replace(PROVENANCE, final=final, expected=EXPECTED))
    assert "| accuracy of: majority class |  | 0.2000 |" in card
    assert "Expected on 24 new texts like these: accuracy 0.9000 (0.8100 to 0.9700, 95 %), from training it again on other splits." in card


def test_the_metrics_file_says_it_all(tmp_path: Path) -> None:
    source = DataSource(data=str(tmp_path / "data" / "toy.csv"), seed=7)
    provenance = replace(PROVENANCE, run=RUN, source=source, fingerprint="0123456789abcdef", expected=EXPECTED)
    written = json.loads(metrics_text(provenance, tmp_path / "my best", 4321, {"parameters": 12, "classes": 3}))
    assert written["format"] == 1
    assert written["expected"] == EXPECTED
    assert written["training"]["validation_losses"] == [0.9, 0.7, None]  # JSON has no NaN
    assert written["model"] == {"bytes": 4321, "parameters": 12, "classes": 3}
    assert (written["data"]["data"], written["data"]["seed"], written["data"]["fingerprint"]) == ("../data/toy.csv", 7, "0123456789abcdef")
    assert {"python", "torch", "lightning", "autotune"} <= written["versions"].keys()
    assert written["commands"]["verify"] == "autotune train 'my best' --verify"


@pytest.mark.parametrize("name", ["it`s.csv", "<b>.csv"])
def test_names_in_the_text_are_text(name: str) -> None:
    card = model_card(CONFIG, ("a", "b"), 1, replace(PROVENANCE, data=name))
    assert ("`<b>.csv`" in card) == (name == "<b>.csv")
    assert ("it\\`s.csv" in card) == (name == "it`s.csv")
