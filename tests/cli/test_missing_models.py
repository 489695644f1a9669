"""Models that could not be saved or that somebody deleted: the score stays, the best that is there stands in, and it is said."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.cli.test_search import SMALL, finished
from tests.conftest import shell, write_toy


def results(folder: Path) -> dict[int, dict[str, object]]:
    with sqlite3.connect(folder / "studies" / "autotune.db") as connection:
        rows = connection.execute(
            "SELECT t.number, r.value_json FROM trials t JOIN trial_user_attributes r ON r.trial_id = t.trial_id "
            "AND r.key = 'autotune:result'"
        ).fetchall()
    return {number: json.loads(result) for number, result in rows}


def test_a_model_that_cannot_be_saved_costs_no_score(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=1500)
    # No file may grow beyond 5 MB: enough for the database, too little for 1,200 words in 2,048 numbers each.
    fixed = {"pretraining.dimension": 2048, "text.unit": "word", "text.minimum_frequency": 1, "text.ngrams": 1, "text.character_ngrams": 0}
    fixed |= {"encoder.name": "none", "early_stopping.max_epochs": 2, "batch_size.initial": 128}
    wide = ["--workers", "1", *(word for path, value in fixed.items() for word in ("--set", f"{path}={value}"))]
    limited = f"ulimit -f 5000; exec {sys.executable} -m autotune search --data toy.csv --study s --trials 2 {' '.join(wide)}"
    done = subprocess.run(["bash", "-c", limited], cwd=tmp_path, capture_output=True, text=True, timeout=280, env=dict(os.environ))
    assert done.returncode == 1, done.stderr
    assert len(finished(tmp_path, "s")) == 2
    assert all(str(result["unsaved"]).startswith("disk: File too large") for result in results(tmp_path).values())
    assert re.search(r"note: the model of trial 0 \(accuracy 0\.\d{4}\) could not be saved \(disk: File too large\)", done.stderr), (
        done.stderr
    )
    assert "error: no result: trials have scores, but none of their models is on the disk" in done.stderr
    assert "Traceback" not in done.stderr
    assert "File too large" in (tmp_path / "studies" / "s" / "worker.log").read_text()
    assert list((tmp_path / "studies" / "s" / "trials").iterdir()) == []
    exported = shell("export", "s", "--to", "best", folder=tmp_path)
    assert exported.code == 2
    assert re.search(r"error: study 's' has no model: the model of trial \d .* could not be saved \(disk: File too large\)", exported.err)

    # With room on the disk the search goes on, and what it finds now can be taken away.
    more = shell("resume", "s", "--trials", "4", folder=tmp_path)
    assert more.code == 0, more.err
    assert re.search(r"^trial [23] +0", more.out, re.M), more.out
    assert shell("export", "s", "--to", "best", folder=tmp_path).code == 0


def test_a_model_that_was_deleted_by_hand(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=600)
    assert shell("search", "--data", "toy.csv", "--study", "s", "--trials", "3", *SMALL, folder=tmp_path).code == 0
    ranked = sorted(finished(tmp_path, "s").items(), key=lambda pair: (-pair[1], pair[0]))
    (best, score), (second, _), _ = ranked
    trials = tmp_path / "studies" / "s" / "trials"
    shutil.rmtree(trials / str(best))
    sentence = f"the model of trial {best} ({score:.4f}) is not on the disk any more, so trial {second} stands in for it"

    shown = shell("studies", "show", "s", folder=tmp_path)
    assert shown.code == 0, shown.err
    assert sentence in shown.out
    assert f"best configuration (trial {second})" in shown.out
    exported = shell("export", "s", "--to", "best", folder=tmp_path)
    assert exported.code == 0, exported.err
    assert f"note: {sentence}" in exported.err
    assert f"trial {second}," in exported.out
    resumed = shell("resume", "s", folder=tmp_path)  # the budget is spent: it only shows, and judges the one that stands in
    assert resumed.code == 0, resumed.err
    assert sentence in resumed.out
    assert re.search(rf"^trial {second} +0\.\d+ +0\.\d+ ", resumed.out, re.M), resumed.out

    shutil.rmtree(trials)
    shown = shell("studies", "show", "s", folder=tmp_path)
    assert shown.code == 0, shown.err
    assert "no model is left in " in shown.out
    for command in (("export", "s", "--to", "other"), ("resume", "s")):
        answer = shell(*command, folder=tmp_path)
        assert answer.code in (1, 2)
        assert len([line for line in answer.err.splitlines() if line.startswith("error: ")]) == 1, answer.err
        assert "Traceback" not in answer.err
