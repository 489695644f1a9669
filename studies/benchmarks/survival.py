"""A search that nothing can lose: is it so, and what does it cost?

    .venv/bin/python studies/benchmarks/survival.py            # what survival.txt holds; twenty minutes on two free cores
    .venv/bin/python studies/benchmarks/survival.py --quick    # fewer kills, minutes and trials; some minutes
    .venv/bin/python studies/benchmarks/survival.py --parts large,overhead

Real processes of the real command, on texts made for it, in a temporary folder. Each line says what was measured and, after "wanted", the
aim; a line that misses it ends in "missed".

kills       one search with two workers, of which the whole session of processes is killed (SIGKILL) at random moments and resumed.
together    four workers and short trials, a dashboard that is asked every second, and `autotune studies` every other second.
leaks       300 trials in one search: open files, threads and memory of the coordinator at the end against those at trial 50.
large       a study of 10,000 trials: looking at it, and going on with it until a proposal is whole and given to a worker.
overhead    trials of three seconds on two workers: the share of the workers' time in which none of them is in `fit`.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import large_study
from real_search import FINISHED, SMALL, STUDY, Command, Stored, fixed, stored, study_attributes, write_texts

PORT = 8931
MB = 2**20


class Place:
    """A temporary folder to search in."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self.folder, self.quick = folder, quick
        self.database = folder / "studies" / "autotune.db"
        self.files = folder / "studies" / STUDY

    def search(self, rows: int, *options: str, values: dict[str, Any], program: tuple[str, ...] | None = None) -> Command:
        """A search that has begun."""
        write_texts(self.folder / "texts.csv", rows)
        arguments = ("search", "--data", "texts.csv", "--study", STUDY, *options, *fixed({**SMALL, **values}))
        return Command(*arguments, folder=self.folder, **({} if program is None else {"program": program}))

    def begun(self) -> bool:
        """Whether there is a study."""
        return "autotune:plan" in study_attributes(self.database)

    def trials(self) -> list[Stored]:
        """What is stored."""
        return stored(self.database)


def _line(what: str, value: str, wanted: str, good: bool) -> str:
    return f"{what:<58} {value:<28} wanted {wanted}{'' if good else '   missed'}"


def kills(place: Place) -> Iterator[str]:
    """Lines on what was left after so many kills."""
    times, trials, seconds = (4, 20, 120) if place.quick else (20, 90, 300)
    draw = random.Random(0)
    budget = ("--trials", str(trials), "--budget", f"{seconds}s", "--workers", "2")
    command = place.search(600, *budget, values={"encoder.name": "gru", "encoder.width": 50, "batch_size.initial": 16})
    finished: dict[int, tuple[str, dict[str, Any]]] = {}
    changed: list[int] = []
    in_training = survivors = 0
    moments: list[str] = []
    watched = 0.0
    for kill in range(times):
        while kill % 4 and command.said("searching") is None and command.running:
            time.sleep(0.01)
        time.sleep(draw.uniform(0.0, 8.0 if kill % 4 else 4.0))
        if not command.running:
            raise SystemExit(f"the search was over before it was killed:\n{command.err}")
        command.kill()
        began = command.said("searching")
        watched += 0.0 if began is None else time.monotonic() - began
        moments.append("start" if began is None else "search")
        time.sleep(0.2)
        survivors += len(command.processes())
        after = place.trials()
        in_training += sum(trial.state == "RUNNING" for trial in after)
        now = {trial.number: (trial.state, trial.result) for trial in after if trial.state in FINISHED}
        changed += [number for number in finished if now.get(number) != finished[number]]
        finished = now
        again = ("resume", STUDY) if place.begun() else ("search", "--data", "texts.csv", "--study", STUDY, *budget)
        command = Command(*again, folder=place.folder)
    command.wait()
    began = command.said("searching")
    assert began is not None
    watched += time.monotonic() - began
    last = place.trials()
    changed += [trial.number for trial in last if trial.number in finished and finished[trial.number] != (trial.state, trial.result)]
    doubled = [key for key, often in _trained(last).items() if often > 1]
    open_trials = Counter(trial.state for trial in last if trial.state not in FINISHED)
    attributes = study_attributes(place.database)
    scores = {trial.number: trial.result["score"] for trial in last if "score" in trial.result}
    best = min(scores, key=lambda number: (-scores[number], number))
    left = [path.relative_to(place.files) for path in place.files.rglob("*") if path.name.startswith(".") or "checkpoints/" in str(path)]
    models = sorted(path.name for path in (place.files / "trials").iterdir())
    when = f"{moments.count('start')} while it started, {moments.count('search')} while it searched"
    yield f"{times} kills, {when}; {in_training} times a trial was in training"
    yield _line("processes alive after a kill", str(survivors), "0", not survivors)
    yield _line(f"of {len(finished)} trials finished at the last kill, lost or changed", str(len(changed)), "0", not changed)
    yield _line("configurations trained twice", str(len(doubled)), "0", not doubled)
    yield _line("trials still open at the end", str(sum(open_trials.values())), "0", not open_trials)
    yield _line("trials that count", str(len(_counted(last))), f"at most {trials}", len(_counted(last)) <= trials)
    searched = attributes["autotune:searched_seconds"]
    value = f"{searched:.0f} ({watched:.0f} by the watch)"
    yield _line("seconds searched, as stored", value, f"at most {seconds}", searched <= seconds)
    chosen = attributes["autotune:final"]["trial"]
    yield _line(
        "the best by SQL and by autotune", f"trial {best} and {chosen}", "the same", best == chosen and f"trial {best}" in command.out
    )
    yield _line("checkpoints and half-written files left over", str(len(left)), "0", not left)
    yield _line("models on the disk", str(len(models)), "3", len(models) == 3)


def _counted(trials: list[Stored]) -> list[Stored]:
    return [trial for trial in trials if trial.state in FINISHED and trial.result.get("cause") not in ("repeat", "interrupted", "retried")]


def _trained(trials: list[Stored]) -> Counter[tuple[str, Any]]:
    """How often each configuration was trained with each seed."""
    return Counter((trial.fingerprint, trial.result.get("seed")) for trial in _counted(trials))


def together(place: Place) -> Iterator[str]:
    """Lines on a search that others look at."""
    seconds = 45 if place.quick else 300
    program = (sys.executable, __file__, "--timed", str(place.folder / "reports"))
    values = {"encoder.name": "none", "early_stopping.max_epochs": 6}
    command = place.search(300, "--budget", f"{seconds}s", "--workers", "4", values=values, program=program)
    while command.said("searching") is None and command.running:
        time.sleep(0.1)
    dashboard = Command("dashboard", "--port", str(PORT), folder=place.folder)
    problems: list[str] = []
    answers, listings = _look(place, command, problems)
    command.wait()
    dashboard.kill()
    problems += [line for _, line in [*dashboard.lines, *command.lines] if "locked" in line or "error" in line]
    log = place.files / "worker.log"
    problems += [line for line in log.read_text().splitlines() if "locked" in line] if log.exists() else []
    last = place.trials()
    told, counted = command.told(), [trial.number for trial in _counted(last)]
    waiting = sum(trial.state == "WAITING" and not trial.result for trial in last)  # for more time, without an epoch yet
    asked = f"{answers} answers of the dashboard, {listings} of `autotune studies`"
    yield f"{len(counted)} trials in {seconds} s, {waiting} put back at the end; {asked}"
    yield _line("errors, of locks or others", str(len(problems)), "0", not problems)
    yield from (f"    {problem}" for problem in problems[:5])
    lost = set(told) ^ set(counted) | {trial.number for trial in last if trial.state == "RUNNING"}
    yield _line("trials lost: told or stored alone, or running", str(len(lost)), "0", not lost)
    doubled = len(told) - len(set(told)) + sum(often - 1 for often in _trained(last).values())
    yield _line("trials doubled: told twice, or trained twice", str(doubled), "0", not doubled)
    for where, what in (("coordinator", "from a report to its answer"), ("worker", "a worker's wait, the queue before it included")):
        taken = sorted(float(line) for line in (place.folder / f"reports.{where}").read_text().split())
        p50, p99, most = (1000 * taken[min(len(taken) - 1, int(share * len(taken)))] for share in (0.5, 0.99, 1.0))
        value = f"{p99:.0f} ms (median {p50:.0f}, most {most:.0f})"
        line = _line(f"p99 of {len(taken):,} reports, {what}", value, "below 100 ms", p99 < 100)
        yield line if where == "coordinator" else line.partition("wanted")[0].rstrip()


def _look(place: Place, command: Command, problems: list[str]) -> tuple[int, int]:
    """Asks the dashboard every second and lists the studies every other, as long as the search lives; how many answers each gave."""
    answers = listings = turn = 0
    listing: Command | None = None
    while command.running:
        next_turn = time.monotonic() + 1
        for path in ("api/studies", "api/studies/1?after=0"):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{path}", timeout=20) as answer:
                    json.load(answer)
                answers += 1
            except OSError as problem:
                if answers:  # it may not listen yet
                    problems.append(f"dashboard: {path}: {problem}")
        if turn % 2 == 0 and (listing is None or not listing.running):
            if listing is not None:
                listings += 1
                if listing.process.returncode or listing.err:
                    problems.append(f"studies: {listing.err}")
            listing = Command("studies", folder=place.folder)
        turn += 1
        time.sleep(max(0.0, next_turn - time.monotonic()))
    if listing is not None:
        listing.wait()
    return answers, listings


def leaks(place: Place) -> Iterator[str]:
    """A line for each resource."""
    early, late = (20, 60) if place.quick else (50, 300)
    values = {"encoder.name": "none", "early_stopping.max_epochs": 1}
    command = place.search(120, "--trials", str(late), "--workers", "2", values=values)
    taken: dict[int, tuple[float, ...]] = {}
    for moment in (early, late):
        while len(command.told()) < moment and command.running:
            time.sleep(0.005)
        taken[moment] = (command.files(), command.threads(), command.memory())
    command.wait()
    for what, before, after in zip(("open files", "threads", "resident MB"), taken[early], taken[late], strict=True):
        value = f"{before:.0f} -> {after:.0f} ({after / before - 1:+.1%})"
        yield _line(f"{what} at trials {early} and {late}", value, "within 10 %", after <= 1.1 * before)


def large(place: Place) -> Iterator[str]:
    """Lines on a study of many trials."""
    trials = 1_000 if place.quick else 10_000
    place.search(600, "--trials", "1", "--workers", "2", "--space", "full", values={"early_stopping.max_epochs": 3}).wait()
    plan = {**study_attributes(place.database)["autotune:plan"], "trials": trials + 12}
    database = place.folder / "large" / "a.db"
    large_study.build(database, trials, plan, large_study.drawn_from(plan["space"]))
    shutil.copytree(place.files / "trials" / "0", next((database.parent / "large" / "trials").iterdir()), dirs_exist_ok=True)
    for looking in (("studies",), ("studies", "show", "large")):
        runs = [large_study.measure(database, looking) for _ in range(3)]
        seconds, memory = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
        name = f"{' '.join(looking)}, {trials:,} trials: processor seconds"
        yield _line(name, f"{seconds:.2f} ({memory:.0f} MB)", "below 1.5", seconds < 1.5)
    command = Command("resume", "large", "--storage", str(database), folder=place.folder)
    while not any(trial.state == "RUNNING" and trial.fingerprint for trial in stored(database)) and command.running:
        time.sleep(0.1)
    until_first = time.monotonic() - command.began
    processor, memory = command.processor_seconds(), command.memory("VmHWM")
    yield _line(
        "resume, until the first proposal runs: seconds", f"{until_first:.1f} ({processor:.1f} processor)", "below 10", until_first < 10
    )
    yield _line("    most memory of the coordinator until then: MB", f"{memory:.0f}", "below 600", memory < 600)
    before = len([trial for trial in stored(database) if trial.state in FINISHED])
    used = processor
    while command.running:
        with_luck = _most_memory(command)
        memory, used = with_luck or (memory, used)
        time.sleep(0.1)
    command.wait()
    ended = len([trial for trial in stored(database) if trial.state in FINISHED]) - before
    yield _line(f"    and to the end, {ended} trials later: MB", f"{memory:.0f}", "below 600", memory < 600)
    yield f"processor seconds of the coordinator for each of these trials: {(used - processor) / ended:.2f}"


def _most_memory(command: Command) -> tuple[float, float] | None:
    try:
        return command.memory("VmHWM"), command.processor_seconds()
    except (OSError, KeyError):  # it ended
        return None


def overhead(place: Place) -> Iterator[str]:
    """Lines on the time that is not spent in training."""
    trials = 12 if place.quick else 40
    # Warm-up to the end: no trial is judged, and all take about as long.
    values = {"encoder.name": "gru", "encoder.width": 50, "batch_size.initial": 16, "early_stopping.max_epochs": 8}
    values |= {"early_stopping.patience": 8, "learning_rate.warmup_epochs": 8, "pooling.name": "average"}
    command = place.search(1700, "--trials", str(trials), "--workers", "2", values=values)
    processor = before = 0.0
    while command.running:
        try:
            processor = command.processor_seconds()
        except OSError:
            break
        if command.said("searching") is None:
            before = processor
        time.sleep(0.1)
    command.wait()
    ended = sorted((trial for trial in place.trials() if "score" in trial.result), key=lambda trial: trial.ended)
    trained = [trial.result["seconds"] for trial in ended]
    starts = [trial.ended - trial.result["seconds"] - trial.began for trial in sorted(ended, key=lambda trial: trial.began)[:2]]
    # Each worker's own span: from when its first trial was in `fit` to the end of its last.
    span = (
        sum(trial.ended for trial in ended[-2:])
        - sum(trial.began for trial in sorted(ended, key=lambda trial: trial.began)[:2])
        - sum(starts)
    )
    share = 1 - sum(trained) / span
    yield f"{len(ended)} trials of {statistics.median(trained):.1f} s (median); a worker's start to its first epoch: {max(starts):.1f} s"
    yield _line("share of the workers' time outside of training", f"{share:.1%}", "below 5 %", share < 0.05)
    each = 1000 * (span - sum(trained)) / len(ended)
    used = (processor - before) / len(ended)
    core = 2 * used * len(ended) / span
    yield f"milliseconds a trial: {each:.0f} of a worker's time, {1000 * used:.0f} of the coordinator's processor ({core:.1%} of a core)"


PARTS: dict[str, Callable[[Place], Iterator[str]]] = {
    "kills": kills,
    "together": together,
    "leaks": leaks,
    "large": large,
    "overhead": overhead,
}


def _time_reports(to: str, where: str) -> None:
    """Has this process, coordinator or worker, write down what each report of an epoch takes."""

    def timed(work: Callable[..., Any], wanted: Callable[..., bool] = lambda *arguments: True) -> Callable[..., Any]:
        def run(*arguments: Any, **more: Any) -> Any:
            began = time.perf_counter()
            answer = work(*arguments, **more)
            if wanted(*arguments):
                with open(f"{to}.{where}", "a", encoding="utf-8") as file:
                    file.write(f"{time.perf_counter() - began}\n")
            return answer

        return run

    if where == "coordinator":
        from autotune.agent.working.messages import EpochDone
        from autotune.agent.working.sitting import Sitting

        handle = Sitting._handle
        Sitting._handle = timed(handle, lambda sitting, worker, reply: isinstance(reply, EpochDone))  # type: ignore[method-assign]
    else:
        from autotune.agent.working import worker

        fit = worker.fit
        worker.fit = lambda config, dataset, report, **more: fit(config, dataset, timed(report), **more)


def main() -> None:
    """Measures and prints line by line."""
    if sys.argv[1:2] == ["--timed"]:
        from autotune.cli.app import main as autotune

        to = sys.argv[2]
        os.environ["AUTOTUNE_REPORTS"] = to
        sys.argv[1:3] = []
        _time_reports(to, "coordinator")
        autotune()
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer kills, minutes and trials")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of: %(default)s")
    given: Any = parser.parse_args()
    if unknown := set(given.parts.split(",")) - set(PARTS):
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    torch = subprocess.run([sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, check=True)
    print(f"torch {torch.stdout.strip()}, {os.cpu_count()} cores{', quick' if given.quick else ''}")
    for name in given.parts.split(","):
        print(f"\n{name}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            for line in PARTS[name](Place(Path(folder), given.quick)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
elif "AUTOTUNE_REPORTS" in os.environ:  # a worker, which imports the module of its parent
    _time_reports(os.environ["AUTOTUNE_REPORTS"], "worker")
