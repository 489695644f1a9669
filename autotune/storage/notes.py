"""The notes and graphs that Optuna's dashboard shows, written without loading it, which takes seconds.

The dashboard keeps them among the system attributes of a study, in chunks: `dashboard:note_ver` and `dashboard:note_str:N` for the
study, `dashboard:TRIAL_ID:note_...` for a trial, `dashboard:plot_data:GRAPH:N` for a graph, as plotly's JSON.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, column, delete, insert, select, table, update
from sqlalchemy.engine import Connection

_CHUNK = 2045  # what the dashboard puts into one attribute: MySQL takes no more
_ATTRIBUTES = table("study_system_attributes", column("study_id"), column("key"), column("value_json"))
_TRIALS = table("trials", column("trial_id"), column("study_id"), column("number"))
_STUDIES = table("studies", column("study_id"), column("study_name"))
_OF_A_TRIAL = re.compile(r"dashboard:(\d+):note_(?:ver|str:\d+)")

Edit = Callable[[str], str]
"""From a note as it is to what it should be: somebody may have written there too."""


def write_notes(engine: Engine, study: str, note: Edit, on_trials: Mapping[int, Edit], graphs: Mapping[str, dict[str, Any]]) -> None:
    """Writes the note on a study, notes on some of its trials, by number, and graphs, by their ids; one transaction.

    Args:
        note: Markdown.
        graphs: each a figure of plotly, `{"data": ..., "layout": ...}`. The ids consist of letters, digits and dashes.
    """
    with engine.begin() as connection:
        study_id = connection.execute(select(_STUDIES.c.study_id).filter_by(study_name=study)).scalar_one()
        attributes = _read(connection, study_id)
        wanted = select(_TRIALS.c.number, _TRIALS.c.trial_id).filter_by(study_id=study_id).where(_TRIALS.c.number.in_(on_trials))
        places = {f"dashboard:{row.trial_id}:": on_trials[row.number] for row in connection.execute(wanted)}
        changed: dict[str, Any] = {}
        for place, edit in {"dashboard:": note, **places}.items():
            changed |= _chunks(f"{place}note_str:", edit(_joined(attributes, f"{place}note_str:")), attributes)
            changed[f"{place}note_ver"] = attributes.get(f"{place}note_ver", 0) + 1
        for name, figure in graphs.items():
            changed |= _chunks(f"dashboard:plot_data:{name}:", json.dumps(figure), attributes)
        _write(connection, study_id, attributes, changed)


def renumber_notes(connection: Connection, study_id: int, ids: Mapping[int, int]) -> None:
    """Gives the notes on trials to the same trials under their new ids, after a study was copied."""
    attributes = {key: value for key, value in _read(connection, study_id).items() if _OF_A_TRIAL.fullmatch(key)}
    if attributes:  # all away first: an old id may be another's new one
        connection.execute(delete(_ATTRIBUTES).filter_by(study_id=study_id).where(_ATTRIBUTES.c.key.in_(attributes)))
        moved = {_OF_A_TRIAL.sub(lambda found: _moved(found, ids), key): value for key, value in attributes.items()}
        _write(connection, study_id, {}, moved)


def _moved(found: re.Match[str], ids: Mapping[int, int]) -> str:
    number = found[1]
    return found[0].replace(f":{number}:", f":{ids[int(number)]}:", 1)


def _read(connection: Connection, study_id: int) -> dict[str, Any]:
    rows = connection.execute(
        select(_ATTRIBUTES.c.key, _ATTRIBUTES.c.value_json).filter_by(study_id=study_id).where(_ATTRIBUTES.c.key.like("dashboard:%"))
    )
    return {row.key: json.loads(row.value_json) for row in rows}


def _write(connection: Connection, study_id: int, there: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    new = [{"study_id": study_id, "key": key, "value_json": json.dumps(value)} for key, value in changed.items() if key not in there]
    if new:
        connection.execute(insert(_ATTRIBUTES), new)
    for key, value in changed.items():
        if key in there and there[key] != value:
            connection.execute(update(_ATTRIBUTES).filter_by(study_id=study_id, key=key).values(value_json=json.dumps(value)))


def _joined(attributes: Mapping[str, Any], prefix: str) -> str:
    count = sum(key.startswith(prefix) for key in attributes)
    return "".join(attributes.get(f"{prefix}{number}", "") for number in range(count))


def _chunks(prefix: str, content: str, there: Mapping[str, Any]) -> dict[str, str]:
    """The content in numbered chunks; those of a longer one that was there become empty, as the dashboard does it."""
    chunks = [content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK)]
    before = sum(key.startswith(prefix) for key in there)
    return {f"{prefix}{number}": chunks[number] if number < len(chunks) else "" for number in range(max(before, len(chunks)))}
