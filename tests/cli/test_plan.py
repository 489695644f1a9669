"""`autotune plan`"""

import multiprocessing
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.agent.outlook import outlook
from autotune.agent.plan import SearchPlan
from autotune.agent.working.timing import EncoderTime, encoder_times, encoders
from autotune.baselines import linear_model
from autotune.cli.plan import plan_lines, span
from autotune.data.dataset import DataSource, load_dataset
from autotune.errors import FailureError
from autotune.spaces.files import read_space
from tests.cli.test_interrupts import started
from tests.cli.test_mistakes import refused
from tests.conftest import Answer, shell, write_toy

Run = Callable[..., Answer]
QUICK = read_space("quick")


def planned(seconds: float | None, trials: int | None = None, test_rows: int = 0, space: str = "quick") -> SearchPlan:
    return SearchPlan(DataSource("builtin"), "", read_space(space), "accuracy", trials, seconds, 0, 1, finalists=0).with_reserve(test_rows)


def test_it_tells_the_card_the_baselines_the_encoders_and_the_plan_and_stores_nothing(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.delenv("AUTOTUNE_STORAGE", raising=False)
    more = ("--set", "pretraining.method=word2vec", "--set", "pretraining.dimension=50")
    answer = shell("plan", "--data", str(toy), "--budget", "5m", "--workers", "1", "--metric", "macro_f1", *more, folder=tmp_path)
    assert answer.code == 0, answer.err
    assert "Warning" not in answer.err

    card, baselines, times, plan, end = answer.out.split("\n\n")
    assert card.startswith("data toy\n  texts          ")
    assert "classes        3, even: " in card
    source = DataSource(str(toy))
    dataset = load_dataset(source)
    assert f"{len(dataset.train)} to train on, {len(dataset.validation)} to compare on, about {dataset.test_rows} to test on" in card
    linear = linear_model(dataset, "macro_f1")
    assert baselines.splitlines()[0] == "to beat (macro_f1 on the texts to compare on)"
    assert baselines.splitlines()[2].split() == [*linear.name.split(), f"{linear.validation['macro_f1']:.4f}"]
    assert re.fullmatch(r"one epoch with each encoder \(1 worker .*\)(\n  (none|cnn|gru) +[\d.]+s){3}", times)
    assert plan.startswith("plan\n  5m: ")
    assert re.search(r"enough for about [\d,]+ trials \([\d,]+ if all were \w+, [\d,]+ if all were \w+\)", plan)
    assert end == "`autotune search` with the same options does it\n"

    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "toy.csv"]
    assert list(cache.iterdir()) == []


def test_the_plan_of_a_time() -> None:
    times = [EncoderTime(config, seconds, 0.0) for config, seconds in zip(encoders(QUICK), (1, 2, 6), strict=True)]
    plan = planned(600, test_rows=700)
    lines = plan_lines(plan, outlook(plan, times))
    assert lines[0].startswith("10m: 9m 59s for trials, 1s for the test; 1 worker ")
    assert lines[1:] == [
        "trials are compared after epochs 2 and 6 of at most 12, and the better half goes on: about 5.5 epochs a trial",
        "the time is enough for about 33 trials (15 if all were gru, 106 if all were none)",
    ]
    short = planned(30)
    assert plan_lines(short, outlook(short, times))[2:] == [
        "the time is enough for no whole trial (0 if all were gru, 3 if all were none)",
        "that is little to choose from: give more time, or add --set encoder.name=none",
    ]


def test_the_plan_of_a_number_of_trials() -> None:
    times = [EncoderTime(config, 3.0, 0.0) for config in encoders(QUICK)]
    plan = planned(None, trials=7)
    first, _, *last = plan_lines(plan, outlook(plan, times))
    assert first.startswith("no limit of time; 1 worker ")
    assert last == ["7 trials take about 2m 34s"]


def test_time_for_finalists_is_told() -> None:
    plan = SearchPlan(DataSource("builtin"), "", QUICK, "accuracy", None, 600, 0, 1).with_reserve(0)
    kept = f"{span(plan.confirming)} to train the best {plan.finalists} again"
    assert plan.confirming > 0
    assert kept in plan_lines(plan, outlook(plan, []))[0]


@pytest.mark.parametrize(("seconds", "words"), [(0.0412, "0.041s"), (1.24, "1.2s"), (9.97, "10s"), (12.4, "12s"), (125, "2m 05s")])
def test_times_are_as_short_as_they_are_sure(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_the_encoders_are_timed_after_what_comes_before(toy: Path) -> None:
    dataset = load_dataset(DataSource(str(toy)))
    done: list[str] = []
    for time in encoder_times(QUICK, dataset, 1, before=lambda: done.append("before")):
        assert time.epoch is not None
        assert time.epoch > 0
        assert time.problem is None
        done.append(time.encoder)
    assert done == ["before", "none", "cnn", "gru"]


def test_an_encoder_that_cannot_be_timed_costs_the_others_nothing(toy: Path) -> None:
    def leave_little_memory() -> None:
        (process,) = multiprocessing.active_children()
        assert process.pid is not None
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + 2**28
        resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))

    space = QUICK.fix({"encoder.width": "4096", "encoder.layers": "8"})
    none, cnn, gru = encoder_times(space, load_dataset(DataSource(str(toy))), 1, before=leave_little_memory)
    assert (none.problem, none.epoch is None) == (None, False)
    assert (cnn.problem, cnn.epoch) == (gru.problem, gru.epoch) == ("out of memory", None)


def test_a_process_that_dies_is_told_in_a_line(toy: Path) -> None:
    def kill() -> None:
        (process,) = multiprocessing.active_children()
        process.kill()

    with pytest.raises(FailureError, match=r"the process that times the encoder none died \(exit code -9\)"):
        list(encoder_times(QUICK, load_dataset(DataSource(str(toy))), 1, before=kill))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "nowhere.csv"), "--data: no such file: nowhere.csv"),
        (("--budget", "soon"), "--budget: 'soon' is not a time"),
        (("--space", "qiuck"), "qiuck"),
        (("--set", "optimizer.nam=adam"), "did you mean 'optimizer.name'?"),
        (("--unlabeled", "toy.csv"), "--unlabeled: no configuration of the search space 'quick'"),
        (("--label", "lable"), "did you mean 'label'?"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(autotune: Run, toy: Path, arguments: tuple[str, ...], words: str) -> None:
    answer = autotune("plan", *(() if "--data" in arguments else ("--data", toy.name)), *arguments)
    refused(answer, words)
    assert answer.out == ""


def test_ctrl_c_ends_it_calmly(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy.csv", rows=2000)
    with started("plan", "--data", "toy.csv", folder=tmp_path) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("one epoch"):
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=100)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err


def test_it_needs_no_torch() -> None:
    modules = ("cli.plan", "agent.working.timing", "agent.outlook", "agent.working.apart", "agent.ending.simple_models")
    program = f"import sys, {', '.join(f'autotune.{module}' for module in modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
