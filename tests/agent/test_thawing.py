from dataclasses import replace
from pathlib import Path

import pytest

from autotune.agent.ledger import Ledger
from autotune.agent.proposing.thawing import THAWED
from autotune.storage.trials import as_written
from tests.agent.test_ledger import DETAILS, again, asked, make, plan_of


def run(ledger: Ledger, *values: float) -> tuple[int, bool]:
    """A trial with these scores after its epochs, as far as it comes; its checkpoint is there."""
    number, _ = asked(ledger)
    for epoch, value in enumerate(values, 1):
        if ledger.report(number, epoch, value):
            ledger.shelf.checkpoint(number).parent.mkdir(parents=True, exist_ok=True)
            ledger.shelf.checkpoint(number).write_text(f"state of {number}")
            ledger.finish(number, max(values[:epoch]), "pruned", {**DETAILS, "epochs": epoch})
            return number, True
    ledger.finish(number, max(values), "finished", DETAILS)
    return number, False


def searched(folder: Path) -> tuple[Ledger, int]:
    """Two good trials, a fair one that was stopped, and bad ones, so that the fair one would not be stopped any more."""
    ledger = make(folder)
    for value in (0.9, 0.91):
        assert run(ledger, value, value, value) == (ledger.finished - 1, False)
    fair, stopped = run(ledger, 0.8, 0.85, 0.9)
    assert stopped
    for _ in range(6):
        run(ledger, 0.5, 0.5)
    ledger.take_decisions()
    ledger.start()
    ledger._proposals._openings = []
    return ledger, fair


def test_a_stopped_trial_goes_on_when_it_would_not_be_stopped_any_more(tmp_path: Path) -> None:
    ledger, fair = searched(tmp_path)
    epochs = ledger.epochs
    number, config = asked(ledger)
    assert config == ledger.plan.space.config(as_written(ledger.plan.space, ledger._stored()[fair].params))
    assert ledger.shelf.checkpoint(number).read_text() == f"state of {fair}"
    assert not ledger.shelf.checkpoint(fair).exists()
    decision = ledger.take_decisions()[-1]
    assert (decision.kind, decision.trial) == ("thawed", number)
    assert f"trial {fair}, stopped after 2 epochs with 0.8500" in decision.evidence
    assert ledger.epochs == epochs
    assert not ledger.report(number, 3, 0.95)
    ledger.finish(number, 0.95, "finished", {**DETAILS, "epochs": 3})
    assert ledger.epochs == epochs + 1
    stored = ledger._stored()[number]
    assert stored.intermediate_values == {1: 0.8, 2: 0.85, 3: 0.95}
    assert stored.user_attrs[THAWED] == fair
    assert again(tmp_path).epochs == epochs + 1
    _, other = asked(ledger)
    assert other.fingerprint != config.fingerprint  # once


@pytest.mark.parametrize("strategy", ["tpe", "random"])
def test_other_strategies_have_no_second_chance(tmp_path: Path, strategy: str) -> None:
    ledger = make(tmp_path, replace(plan_of(), strategy=strategy))  # type: ignore[arg-type]
    ledger.start()
    for value in (0.9, 0.91, 0.92):
        run(ledger, value, value, value)
    number, stopped = run(ledger, 0.8, 0.85)
    assert stopped
    assert not ledger.shelf.checkpoint(number).exists()
    for _ in range(8):
        run(ledger, 0.5, 0.5)
    assert not any(THAWED in trial.user_attrs for trial in ledger._stored())


def test_when_the_search_is_over_no_checkpoint_is_left(tmp_path: Path) -> None:
    ledger, fair = searched(tmp_path)
    assert ledger.shelf.checkpoint(fair).exists()
    assert len(list((tmp_path / "s" / "checkpoints").iterdir())) == 3
    ledger.close()
    assert list((tmp_path / "s" / "checkpoints").iterdir()) == []
