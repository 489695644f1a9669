"""What the ledger decides is told once, with the evidence it was decided on."""

from pathlib import Path

import optuna
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState

from autotune.agent.ledger import Ledger
from autotune.agent.proposing.rungs import RungPruner
from autotune.storage.records import Decision
from tests.agent.test_ledger import DETAILS, again, asked, make
from tests.agent.test_repeats import SIX, ledger_of, rest


def kinds(decisions: list[Decision]) -> list[tuple[int | None, str]]:
    return [(decision.trial, decision.kind) for decision in decisions]


def trained(ledger: Ledger, *values: float) -> int:
    """A trial with these values after its epochs, stopped where it is told to."""
    number, _ = asked(ledger)
    stopped = any(ledger.report(number, epoch, value) for epoch, value in enumerate(values, 1))
    ledger.finish(number, max(values), "pruned" if stopped else "finished", DETAILS)
    return number


def test_a_trial_that_is_stopped_at_a_rung_is_told_with_the_value_that_it_needed(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    for value in (0.7, 0.8, 0.9):
        trained(ledger, 0.1, value)
    assert ledger.take_decisions() == []
    last = trained(ledger, 0.625, 0.5)
    (decision,) = ledger.take_decisions()
    assert (decision.trial, decision.kind) == (last, "pruned")
    assert (
        decision.evidence
        == "best accuracy 0.6250 after 2 epochs, 0.8000 needed to be near the better half of the 4 trials that came as far"
    )
    assert ledger.take_decisions() == []


@settings(max_examples=15)
@given(st.lists(st.integers(0, 20), min_size=3, max_size=8), st.booleans())
def test_with_the_value_that_it_needed_a_trial_would_have_gone_on(values: list[int], maximize: bool) -> None:
    study = optuna.create_study(direction="maximize" if maximize else "minimize", pruner=(pruner := RungPruner()))
    for value in values[:-1]:
        study.add_trial(optuna.trial.create_trial(state=TrialState.PRUNED, intermediate_values={2: value}))
    trial = study.ask()
    trial.report(values[-1], 2)
    if not trial.should_prune():
        assert pruner.verdict is None
        return
    assert pruner.verdict is not None
    assert (pruner.verdict.epoch, pruner.verdict.value, pruner.verdict.rivals) == (2, values[-1], len(values))
    study.tell(trial, state=TrialState.FAIL)  # counts for nobody
    other = study.ask()
    other.report(pruner.verdict.needed, 2)
    assert not other.should_prune()


def test_what_comes_again_is_told_with_its_reason(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    number, _ = asked(ledger)
    ledger.report(number, 1, 0.5)
    ledger.retry(number, "the worker died (SIGKILL)")
    second, _ = asked(ledger)
    ledger.report(second, 1, 0.5)
    ledger.interrupt(second)
    decisions = ledger.take_decisions()
    assert kinds(decisions) == [(number, "retried"), (second, "queued again")]
    assert decisions[0].evidence == "the worker died (SIGKILL): it goes on from its last checkpoint, once"
    assert "(epochs done: 1)" in decisions[1].evidence


def test_a_trial_that_a_dead_process_left_running_is_told_by_the_next(tmp_path: Path) -> None:
    number, _ = asked(make(tmp_path))
    ledger = again(tmp_path)
    assert ledger.recover() == 1
    assert kinds(ledger.take_decisions()) == [(number, "queued again")]


def test_a_repeat_is_told_with_the_trial_that_it_repeats(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, SIX)
    rest(ledger)
    decisions = ledger.take_decisions()
    assert decisions
    assert {decision.kind for decision in decisions} == {"resampled"}
    number, _, words = decisions[0].evidence.removeprefix("the configuration of trial ").partition(" ")
    assert words == "again: another one is proposed"
    assert int(number) < (decisions[0].trial or 0)


def test_a_leader_that_is_trained_again_is_told_with_its_seed(tmp_path: Path) -> None:
    ledger = make(tmp_path)
    for score in range(12):
        number, _ = asked(ledger)
        ledger.finish(number, score / 20, "finished", DETAILS)
    ledger.take_decisions()
    best = ledger._stored()[number]
    ledger._proposals.queue(best.params)
    asked(ledger)
    (decision,) = ledger.take_decisions()
    assert decision.kind == "another seed"
    assert decision.evidence.startswith(f"the configuration of trial {number} again: one of the best, it is trained with seed 1 too")
