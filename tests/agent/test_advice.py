from pathlib import Path

from autotune.agent.ledger import Ledger
from autotune.agent.proposing.advice import ADVICE, EVERY
from tests.agent.test_ledger import DETAILS, again, asked, make

OVERFITTED = {**DETAILS, "best_epoch": 4, "epochs": 7, "train_loss": 0.1, "validation": {"log_loss": 0.6}}


def started(ledger: Ledger) -> Ledger:
    """Without a portfolio: after it there would be advice at once."""
    ledger.start()
    ledger._proposals._openings = ledger._proposals._openings[:1]
    return ledger


def test_the_trials_are_looked_at_every_four_and_a_resumed_search_gets_the_same_advice(tmp_path: Path) -> None:
    def searched(folder: Path, stops: set[int]) -> list[tuple[str, str | None]]:
        folder.mkdir()
        ledger = started(make(folder))
        found = []
        for step in range(14):
            if step in stops:
                ledger = started(again(folder))
            number, config = asked(ledger)
            found.append((config.fingerprint, ledger._stored()[number].user_attrs.get(ADVICE)))
            ledger.finish(number, 0.5 + 0.01 * (step % 5), "patience", OVERFITTED)
        return found

    undisturbed = searched(tmp_path / "a", set())
    advised = [step for step, (_, rule) in enumerate(undisturbed) if rule is not None]
    assert advised == [EVERY, 2 * EVERY, 3 * EVERY]
    assert searched(tmp_path / "b", {3, 4, 9}) == undisturbed


def test_advice_goes_beyond_a_bound_and_is_said(tmp_path: Path) -> None:
    ledger = started(make(tmp_path))
    for _ in range(EVERY):
        number, _ = asked(ledger)
        ledger.finish(number, 0.5, "patience", {**OVERFITTED, "train_loss": 0.45})
    (bound,) = (float(item.high or 0) for item in ledger.plan.space.parameters if item.path == "learning_rate.relative")
    ledger._proposals.queue({**ledger.plan.space.defaults(), "learning_rate.relative": bound})
    number, _ = asked(ledger)
    ledger.finish(number, 0.9, "patience", {**OVERFITTED, "train_loss": 0.45})
    ledger.take_decisions()
    _, config = asked(ledger)
    assert config.learning_rate.relative == 2 * bound
    (decision,) = ledger.take_decisions()
    assert decision.kind == "diagnosis"
    assert "at a bound of [0.3, 5.0]: learning_rate.relative 5 -> 10 (tip 2)" in decision.evidence
    after = again(tmp_path)
    assert after._proposals._space.parameters != after.plan.space.parameters
