"""The tree behind the report: what is known is in it, and what is missing is said."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autotune.config import Config
from autotune.reports.study.as_json import to_json
from autotune.reports.study.parts import SCHEMA, Report
from autotune.spaces.alternatives import in_multiples
from autotune.storage.ablations import Ablation, AblationKey
from autotune.storage.copies import copy_study
from autotune.storage.engine import open_storage, storage_url
from autotune.storage.lock import held_for, study_lock
from autotune.training.fit import fit
from autotune.training.trained import TrainedClassifier
from tests.reports.study.made import BASELINES, Made, made_study, toy_rows, write_rows


def test_the_answer_has_the_winner_its_scores_and_its_cost(made: Made, report: Report) -> None:
    winner = report.answer.winner
    assert winner is not None
    assert winner.trial == 1
    assert winner.size == sum(path.stat().st_size for path in (made.files / "trials" / "1").iterdir())
    assert winner.latency_from == "now"
    assert winner.latency is not None
    assert 0 < winner.latency < 1
    first, *rest = report.answer.results
    assert first.name == "trial 1"
    assert first.validation_interval is not None
    assert first.validation is not None
    assert first.validation_interval[0] <= first.validation <= first.validation_interval[1]
    assert [line.name for line in rest] == list(BASELINES)
    assert report.answer.expected_interval is not None
    assert report.answer.test_rows == 24
    assert [one.trial for one in report.answer.finalists] == [1, 0]
    assert all(one.mean == pytest.approx(first.validation) for one in report.answer.finalists)
    assert (report.state, report.notes) == ("ended", ())


def test_the_predictions_are_those_of_the_model_on_the_validation_texts(made: Made, report: Report) -> None:
    part, split = report.validation, made.dataset.validation
    assert part is not None
    classifier = TrainedClassifier.load(made.files / "trials" / "1")
    predicted = classifier.probabilities(split.texts).argmax(axis=1)
    assert part.rows == len(split)
    assert part.mistakes == int((predicted != split.labels).sum())
    assert np.array(part.confusion).trace() == part.rows - part.mistakes


def test_trials_are_placed_on_the_clock_of_the_search(report: Report) -> None:
    assert [trial.ended for trial in report.trials] == [2.0 * number for number in range(1, 9)]
    assert [trial.number for trial in report.trials if trial.leads] == [0, 1]
    assert report.trials[2].score is None
    assert report.trials[2].cause == "out of memory"


def test_json_is_the_tree_with_its_version(report: Report) -> None:
    tree = json.loads(to_json(report))
    assert tree["schema"] == SCHEMA == 1
    assert list(tree)[1:] == list(Report.__dataclass_fields__)
    assert tree["answer"]["verdict"] == report.answer.verdict
    assert tree["validation"]["confusion"] == [list(row) for row in report.validation.confusion]  # type: ignore[union-attr]


def test_nothing_that_is_no_number_reaches_json(report: Report) -> None:
    broken = replace(report, losses=(replace(report.losses[0], train_loss=float("nan"), validation_loss=float("inf")),))
    assert json.loads(to_json(broken))["losses"] == [{"epoch": 1, "train_loss": None, "validation_loss": None}]


def test_without_the_data_the_report_is_made_without_it(own: Made) -> None:
    (own.folder / "rows.csv").unlink()
    report = own.report()
    assert report.data is None
    assert report.validation is None
    assert report.answer.winner is not None
    assert report.answer.winner.latency is None
    (note,) = report.notes
    assert "the data cannot be read" in note
    assert "rows.csv" in note


def test_changed_data_is_not_taken_for_the_data(own: Made) -> None:
    write_rows(own.folder / "rows.csv", toy_rows(60, seed=1))
    report = own.report()
    assert report.data is None
    assert report.validation is None
    (note,) = report.notes
    assert "the data has changed" in note


def test_a_damaged_model_is_a_note_and_the_configuration_stays_known(own: Made) -> None:
    (own.files / "trials" / "1" / "model.safetensors").write_bytes(b"?")
    report = own.report()
    assert report.answer.winner is not None
    assert report.validation is None
    (note,) = report.notes
    assert "cannot be used" in note


def test_without_a_model_the_best_trial_is_reported_from_the_database(own: Made) -> None:
    shutil.rmtree(own.files / "trials")
    report = own.report()
    assert report.answer.winner is not None
    assert report.answer.winner.trial == 1
    assert report.answer.winner.size is None
    assert report.answer.winner.brief
    assert any("no model is left" in note for note in report.notes)


def test_a_model_that_scores_otherwise_here_is_a_note(own: Made) -> None:
    shutil.rmtree(own.files / "trials" / "1")
    other = fit(Config.from_values({"early_stopping.max_epochs": 1, "encoder.name": "none", "seed": 5}), own.dataset)
    other.classifier.save(own.files / "trials" / "1")
    assert any("scores" in note and "stored" in note for note in own.report().notes)


def test_a_search_that_runs_is_said_to(own: Made) -> None:
    with study_lock(own.files, "s"):
        assert held_for(own.files) == "searched"
        report = own.report()
    assert report.state == "running"
    assert report.notes == ("the search is running: this is how it stands now",)
    assert held_for(own.files) is None
    with study_lock(own.files, "s", "taken apart"):
        assert own.report().state == "ended"


@pytest.mark.parametrize(("states", "trials"), [(("failed",), 1), (("finished",), 1)])
def test_a_study_of_one_trial(tmp_path: Path, states: tuple[str, ...], trials: int) -> None:
    report = made_study(tmp_path, toy_rows(60), trials=trials, states=states, model=False, tested=False).report()
    assert len(report.trials) == 1
    assert report.evidence.tips == ()
    if states == ("failed",):
        assert report.answer.winner is None
        assert report.answer.verdict == "There is no result yet."
        assert any("no trial has a score yet: 1 trial failed" in note for note in report.notes)


def test_a_study_without_any_trial(tmp_path: Path) -> None:
    report = made_study(tmp_path, toy_rows(60), trials=0, model=False, tested=False).report()
    assert report.trials == ()
    assert report.state == "open"


def test_of_a_log_loss_less_is_better(tmp_path: Path) -> None:
    report = made_study(tmp_path, toy_rows(60), trials=5, metric="log_loss").report()
    assert not report.maximize
    assert report.answer.winner is not None
    assert report.answer.winner.trial == 1
    scores = {trial.number: trial.score for trial in report.trials if trial.score is not None}
    assert scores[1] == min(scores.values())
    assert report.evidence.tips[0].conclusion


def test_a_study_that_was_copied_elsewhere_is_reported_alike(own: Made, tmp_path: Path) -> None:
    copy_study(own.url, storage_url(str(tmp_path / "there" / "a.db")), "s")
    before, after = own.report(), Made(tmp_path / "there", own.dataset).report()
    assert before.answer.winner is not None
    assert after.answer.winner is not None
    same = replace(after.answer.winner, latency=before.answer.winner.latency)
    assert replace(after, made=before.made, answer=replace(after.answer, winner=same)) == before


def test_an_ablation_of_the_winner_is_told_as_such(own: Made) -> None:
    winner = own.report().answer.winner
    assert winner is not None
    config = in_multiples(TrainedClassifier.load(own.files / "trials" / "1").config)
    ablation = Ablation(open_storage(own.url).engine, AblationKey("s", own.dataset.fingerprint, config, "accuracy"))
    for change, scores in (("", (0.9, 0.9, 0.92)), ("pooling.name=average", (0.2, 0.21, 0.21))):
        values = {} if not change else {"pooling.name": "average"}
        for seed, score in enumerate(scores, 1):
            run = Config.from_values({**config.values(), **values, "seed": seed})
            ablation.add(run, change, {"score": score, "cause": "finished", "epochs": 3, "epoch_seconds": 0.1})
    evidence = own.report().evidence
    assert evidence.ablation is not None
    assert evidence.ablation.startswith("base: accuracy 0.9067 (3 seeds")
    tip = next(tip for tip in evidence.tips if tip.section == "pooling")
    assert tip.from_ablation
    assert tip.conclusion == "By ablation: matters: name: max -> average costs 0.7000."
    assert (tip.changes[0].certainty, tip.changes[0].seeds) == ("beyond", 3)
