"""No configuration is trained twice, a repeat of a leader gets another seed, and a space that is used up ends the search."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import FrozenTrial, TrialState

from autotune.agent.ledger import Ledger
from autotune.agent.proposing.proposals import SEED
from autotune.agent.proposing.tried import Tried
from autotune.config import Config
from autotune.spaces.files import read_space
from autotune.spaces.space import Parameter, SearchSpace
from autotune.storage.engine import open_storage, reading, storage_url
from autotune.storage.leaderboard import read_study
from autotune.storage.reopening import reopen_cut_off
from autotune.storage.shelf import Shelf
from autotune.storage.studies import load_study
from tests.agent.test_ledger import DETAILS, asked, make, plan_of

SIX = SearchSpace(
    "six",
    "",
    (
        Parameter("optimizer.name", "categorical", choices=("adam", "sgd", "adagrad"), default="adam"),
        Parameter("batch_size.initial", "categorical", choices=(16, 32), default=16),
    ),
)


class Insists(optuna.samplers.RandomSampler):
    """Proposes one value, whatever came of it."""

    def __init__(self, value: int) -> None:
        super().__init__(seed=0)
        self._value = value

    def sample_independent(self, *_: object) -> int:
        return self._value


def ledger_of(folder: Path, space: SearchSpace, metric: str = "accuracy", seed: int = 0) -> Ledger:
    return make(folder, replace(plan_of(metric), space=space, seed=seed))


def reopened(folder: Path, ledger: Ledger) -> Ledger:
    return Ledger(load_study(open_storage(storage_url(str(folder / "a.db"))), "s"), ledger.plan, Shelf(folder / "s"))


def trials(folder: Path) -> list[FrozenTrial]:
    return optuna.load_study(study_name="s", storage=open_storage(storage_url(str(folder / "a.db")))).trials


def rest(ledger: Ledger, score: float = 0.5) -> list[Config]:
    """All that the ledger proposes until it has nothing more."""
    configs = []
    while (proposal := ledger.ask()) is not None:
        configs.append(proposal[1])
        ledger.finish(proposal[0], score, "finished", DETAILS)
        assert len(configs) < 200
    return configs


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.integers(0, 6))
def test_a_space_of_six_is_tried_whole_once_and_then_used_up(tmp_path_factory: pytest.TempPathFactory, seed: int, cut: int) -> None:
    folder = tmp_path_factory.mktemp("six")
    ledger = ledger_of(folder, SIX, seed=seed)
    ledger.start()
    first = []
    for _ in range(cut):
        number, config = asked(ledger)
        first.append(config)
        ledger.finish(number, 0.5, "finished", DETAILS)
    ledger = reopened(folder, ledger)
    configs = first + rest(ledger)
    assert len(configs) == len({config.fingerprint for config in configs}) == 6
    assert ledger.used_up is not None
    assert "6 in all" in ledger.used_up
    stored = len(trials(folder))
    assert [ledger.ask() for _ in range(5)] == [None] * 5
    assert len(trials(folder)) == stored  # to ask again costs nothing


def test_skipped_proposals_are_in_no_table_and_in_no_budget(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, SIX)
    rest(ledger)
    skipped = [trial for trial in trials(tmp_path) if trial.state == TrialState.FAIL]
    assert skipped
    assert all(trial.params.keys() == {"optimizer.name", "batch_size.initial"} for trial in skipped)
    assert {trial.user_attrs["autotune:result"]["cause"] for trial in skipped} == {"repeat"}
    assert ledger.finished == reopened(tmp_path, ledger).finished == 6
    assert ledger.causes_of_failure() == []
    with reading(storage_url(str(tmp_path / "a.db"))) as connection:
        study = read_study(connection, "s")
    assert (study.count("COMPLETE"), study.count("FAIL")) == (6, 0)


def test_what_is_being_trained_is_not_proposed_to_another_worker(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, SIX)
    configs = [asked(ledger)[1] for _ in range(6)]
    assert len({config.fingerprint for config in configs}) == 6
    assert ledger.ask() is None


def test_an_interrupted_configuration_comes_again_even_where_all_others_were_tried(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, SIX)
    number, config = asked(ledger)
    rest(ledger)
    assert ledger.used_up is not None
    ledger.interrupt(number)
    assert asked(ledger)[1] == config


def test_what_the_budget_cut_off_goes_on_in_the_next_session(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, SIX)
    number, config = asked(ledger)
    ledger.finish(number, 0.5, "time", DETAILS)
    reopen_cut_off(open_storage(storage_url(str(tmp_path / "a.db"))), "s")
    configs = rest(reopened(tmp_path, ledger))
    assert len(configs) == 6
    assert config in configs


def test_samples_that_stand_for_one_configuration_are_repeats(tmp_path: Path) -> None:
    # The rate is rounded to six digits, so these few samples of a continuous parameter are all one configuration.
    rate = Parameter("learning_rate.relative", "float", low=1.0, high=1.0 + 1e-9, default=1.0)
    ledger = ledger_of(tmp_path, SearchSpace("one", "", (rate,)))
    assert ledger.plan.space.size() is None
    assert len(rest(ledger)) == 1
    assert ledger.used_up is not None
    assert "25 proposals in a row" in ledger.used_up


def test_a_sampler_that_insists_does_not_end_a_large_space(tmp_path: Path) -> None:
    """The draws at random that follow find something new."""
    width = Parameter("encoder.width", "int", low=8, high=4000, default=8)
    ledger = ledger_of(tmp_path, SearchSpace("wide", "", (width,), {"encoder.name": "gru"}))
    number, config = asked(ledger)
    ledger.finish(number, 0.5, "finished", DETAILS)
    ledger._proposals.sampler = lambda seed: Insists(config.encoder.width)
    assert asked(ledger)[1] != config


@pytest.mark.parametrize(("metric", "good", "bad"), [("accuracy", 0.9, 0.1), ("log_loss", 0.1, 0.9)])
def test_a_repeat_of_a_leader_is_trained_with_other_seeds_up_to_three(tmp_path: Path, metric: str, good: float, bad: float) -> None:
    space = SearchSpace("many", "", (Parameter("encoder.width", "int", low=8, high=4000, default=8),), {"encoder.name": "gru"})
    ledger = ledger_of(tmp_path, space, metric, seed=7)
    scores = (bad + (good - bad) * step / 20 for step in count())
    numbers = {}
    for _ in range(10):
        number, config = asked(ledger)
        numbers[config.encoder.width] = number
        ledger.finish(number, next(scores), "finished", DETAILS)
    leader, loser = max(numbers.items(), key=lambda pair: pair[1])[0], min(numbers.items(), key=lambda pair: pair[1])[0]

    def insisting_on(width: int) -> Config:
        ledger._proposals.sampler = lambda seed: Insists(width)
        number, config = asked(ledger)
        ledger.finish(number, next(scores), "finished", DETAILS)
        return config

    assert insisting_on(loser).encoder.width != loser
    again = [insisting_on(leader) for _ in range(2)]
    assert [(config.encoder.width, config.seed) for config in again] == [(leader, 8), (leader, 9)]
    assert insisting_on(leader).encoder.width != leader
    same = [trial for trial in trials(tmp_path) if trial.params["encoder.width"] == leader and trial.state == TrialState.COMPLETE]
    assert len({trial.user_attrs["fingerprint"] for trial in same}) == 1
    assert [trial.user_attrs["autotune:result"]["seed"] for trial in same] == [7, 8, 9]


def test_an_interrupted_repeat_keeps_its_seed(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, SIX, seed=7)
    number, config = asked(ledger)
    ledger.finish(number, 0.5, "finished", DETAILS)
    ledger._proposals.queue(trials(tmp_path)[number].params, {SEED: 8})
    number, again = asked(ledger)
    assert (again.seed, again.optimizer) == (8, config.optimizer)
    ledger.interrupt(number)
    assert asked(ledger)[1] == again
    killed = reopened(tmp_path, ledger)
    assert killed.recover() == 1
    assert asked(killed)[1] == again


def test_the_same_seed_gives_the_same_proposals(tmp_path: Path) -> None:
    runs = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        runs.append(rest(ledger_of(tmp_path / name, read_space("dropout").fix({"dropout.head": "0", "dropout.embedding": "0"}), seed=3)))
    assert runs[0] == runs[1]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(list(SIX.samples())), st.integers(0, 2))))
def test_tried_is_a_set_of_configurations_with_seeds(steps: list[tuple[bool, dict[str, str], int]]) -> None:
    tried, model = Tried(SIX, 0), set()
    for add, sample, seed in steps:
        fingerprint = SIX.config(sample, seed=0).fingerprint
        (tried.add if add else tried.forget)(fingerprint, seed)
        (model.add if add else model.discard)((fingerprint, seed))
        assert tried.seeds(fingerprint) == {known for name, known in model if name == fingerprint}
        assert tried.new_seed(fingerprint) not in tried.seeds(fingerprint)
    names = {name for name, _ in model}
    assert len(tried) == len(names)
    left = tried.untried()
    assert (left is None) == (len(names) == 6)
    assert left is None or SIX.config(left, seed=0).fingerprint not in names
