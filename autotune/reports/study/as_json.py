"""The report as JSON: the tree as it is."""

import json
import math
import re
from dataclasses import asdict
from typing import Any

from autotune.reports.study.parts import SCHEMA, Report

_UNSEEN = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]")


def to_json(report: Report) -> str:
    """The tree as JSON, with `schema` first. Numbers that are none become null; characters that cannot be seen are escaped."""
    text = json.dumps({"schema": SCHEMA, **_finite(asdict(report))}, indent=1, ensure_ascii=False, allow_nan=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
