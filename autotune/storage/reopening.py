"""Trials that the end of a budget cut off, opened again when more time is given."""

import json

from optuna.storages import RDBStorage
from sqlalchemy import text

from autotune.storage.leaderboard import RESULT
from autotune.storage.records import CUT_OFF


def reopen_cut_off(storage: RDBStorage, study: str) -> int:
    """Puts every such trial of a study back among those that wait, with all that is stored of it; says how many.

    Optuna has no word for this, as a finished trial may be in the memory of whoever has read it: to be called before the study is.
    """
    with storage.engine.begin() as connection:
        rows = connection.execute(
            text(
                "SELECT t.trial_id, r.value_json FROM trials t "
                "JOIN studies s ON s.study_id = t.study_id AND s.study_name = :study "
                "JOIN trial_user_attributes r ON r.trial_id = t.trial_id AND r.key = :result "
                "WHERE t.state = 'PRUNED'"
            ),
            {"study": study, "result": RESULT},
        )
        found = [row.trial_id for row in rows if json.loads(row.value_json).get("cause") == CUT_OFF]
        for trial_id in found:
            connection.execute(
                text("UPDATE trials SET state = 'WAITING', datetime_complete = NULL WHERE trial_id = :trial"), {"trial": trial_id}
            )
    return len(found)
