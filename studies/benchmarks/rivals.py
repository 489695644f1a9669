"""Real searches at equal wall time: autotune, and what people would use instead, on real data with test texts that nobody has seen.

    pip install -r studies/benchmarks/rivals_requirements.txt
    .venv/bin/python studies/benchmarks/rivals.py --budget 5m --results rivals.jsonl                 # seven hours; goes on where it stopped
    .venv/bin/python studies/benchmarks/rivals.py --budget 5m --results rivals.jsonl --only autotune,tfidf --sets mr,trec
    .venv/bin/python studies/benchmarks/rivals.py --budget 5m --results rivals.jsonl --table

Every search is a process of its own with the same file to train on, the same cores and the same seconds from its start on, loading and
imports included. Nothing else should run meanwhile; the load of the machine before each search is in its row. Where there is an official
test file it is the test, else a fixed tenth of the data. Everybody holds out texts to compare on from the training file as is usual there.
Test texts are read when everything is chosen; that is outside the time for the rivals, within it for autotune.

autotune is started as a user starts it, with its default space and with `full`; the rivals that train networks search `--space`. Its own
budget does not count its start and its end, so it is given `--overhead` less; the table shows the seconds that everybody took.
A result is added to the file as soon as it is there, and a search that is in the file is not run again.
"""

import argparse
import csv
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from real_search import STUDY, study_attributes
from rivals_table import OURS, show

from autotune.cli.options import seconds as in_seconds

SETS = (
    *("mr", "subj", "trec", "sst2", "search_snippets", "tweeteval_irony", "germeval2018", "thucnews_title", "zh_hotel"),
    "dbpedia14_14k",
)
RIVALS = ("tfidf", "fasttext", "random", "optuna", "hyperband", "ray-asha", "one-epoch")
NEEDS = {"fasttext": "fasttext", "ray-asha": "ray"}
"""The package that a rival imports, where autotune does not come with it."""
NETWORKS = ("random", "optuna", "hyperband", "ray-asha", "one-epoch")
TEST_SHARE = 0.1
_QUIET = 0.5
"""With a load above that, somebody else is at work on the machine."""


@dataclass(frozen=True)
class Search:
    """One search that is wanted. Its fields are what a row of the results is found by."""

    data: str
    rival: str
    budget: float
    seed: int
    space: str

    def key(self) -> dict[str, Any]:
        """As stored."""
        return {"set": self.data, "rival": self.rival, "budget": self.budget, "seed": self.seed, "space": self.space}


def files_of(folder: Path, name: str, scratch: Path) -> tuple[Path, Path]:
    """The file to train on and the file to test on; the same texts at every call."""
    if (folder / name / "test.csv").exists():
        return folder / name / "train.csv", folder / name / "test.csv"
    from autotune.data.files import read_table
    from autotune.data.rows import with_texts
    from autotune.data.splits import near_key, split_rows

    rows = with_texts(read_table(folder / name / "all.csv", "text", "label"), name)
    numbers = [sorted(set(rows.labels)).index(label) for label in rows.labels]
    parts = split_rows([near_key(text) for text in rows.texts], numbers, TEST_SHARE, seed=0)
    paths = (scratch / f"{name}_train.csv", scratch / f"{name}_test.csv")
    for path, part in zip(paths, parts, strict=True):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("text", "label"))
            writer.writerows((rows.texts[row], rows.labels[row]) for row in part)
    return paths


def run(search: Search, train: Path, test: Path, scratch: Path, overhead: float) -> dict[str, Any]:
    """Runs one search to its end. Returns what came out, or `problem`.

    Args:
        overhead: seconds that autotune takes beyond its budget.
    """
    result, database, log = scratch / "result.json", scratch / "autotune.db", scratch / "log.txt"
    began = time.monotonic()
    common = ["--test", str(test), "--seed", str(search.seed), "--space", search.space]
    if search.rival in OURS:
        command = ["-m", "autotune", "search", "--data", str(train), *common, "--budget", f"{search.budget - overhead:g}s"]
        command += ["--study", STUDY, "--storage", str(database)]
    else:
        command = [str(Path(__file__).with_name("rival_process.py")), search.rival, "--train", str(train), *common]
        command += ["--began", str(began), "--seconds", str(search.budget), "--to", str(result)]
    problem = _run(command, scratch, log, 3 * search.budget + 300)
    wall = time.monotonic() - began
    if problem is not None:
        return {"seconds": round(wall, 1), "problem": problem, "log": log.read_text(encoding="utf-8", errors="replace")[-2000:]}
    return {"seconds": round(wall, 1), **_stored(database)} if search.rival in OURS else json.loads(result.read_text(encoding="utf-8"))


def _run(command: list[str], folder: Path, log: Path, most: float) -> str | None:
    """Why it failed, or None. Threads are left to the programs: what their defaults are on these cores."""
    environment = {name: value for name, value in os.environ.items() if name not in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=most)
        except subprocess.TimeoutExpired:
            return f"it had not ended after {most:.0f} s"
        finally:
            _kill_session(process.pid)  # what it left behind would disturb the next one
            process.wait()
    return None if code == 0 else f"exit code {code}"


def _kill_session(leader: int) -> None:
    """Kills every process of a session: Ray's workers have process groups of their own."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has ended meanwhile
                if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[3]) == leader:
                    os.kill(int(entry.name), signal.SIGKILL)


def _stored(database: Path) -> dict[str, Any]:
    """What a search of autotune has stored of its winner."""
    attributes = study_attributes(database)
    final, confirmed = attributes["autotune:final"], attributes.get("autotune:confirmed")
    ensemble = final["ensemble"]
    return {
        "validation": None if confirmed is None else confirmed["score"],
        "interval": None if confirmed is None else [confirmed["low"], confirmed["high"]],
        "test": final["test"]["accuracy"],
        "test_texts": final["rows"],
        "ensemble": None if ensemble is None else ensemble["test"]["accuracy"],
        "details": {
            "trial": final["trial"],
            "baselines": {name: scores["accuracy"] for name, scores in final["baselines"].items()},
            **({} if ensemble is None else {"networks": ensemble["networks"], "linear_weight": ensemble["linear_weight"]}),
        },
    }


def read_results(path: Path) -> list[dict[str, Any]]:
    """The rows of a results file; none where there is none yet."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def wanted(given: argparse.Namespace) -> list[Search]:
    """The searches that were asked for and can be run: set by set, so that the table fills evenly."""
    names = given.only.split(",") if given.only else [*OURS, *RIVALS]
    if unknown := [name for name in names if name not in (*OURS, *RIVALS)]:
        raise SystemExit(f"--only: no rival '{unknown[0]}'; there are {', '.join((*OURS, *RIVALS))}")
    missing = [name for name, package in NEEDS.items() if importlib.util.find_spec(package) is None]
    for name in [name for name in names if name in missing and not given.table]:
        print(f"{name} is left out: the package {NEEDS[name]} is missing; pip install -r studies/benchmarks/rivals_requirements.txt")
        names.remove(name)
    sets = [name for name in given.sets.split(",") if (given.data / name).is_dir()]
    if not sets:
        raise SystemExit(f"no data sets in {given.data}: say --data FOLDER")
    spaces = {**dict.fromkeys(NETWORKS, given.space), **OURS}
    budget, seeds = in_seconds(given.budget), range(given.seeds)
    assert budget is not None
    return [Search(data, name, budget, seed, spaces.get(name, "full")) for seed in seeds for data in sets for name in names]


def main() -> None:
    """Runs what is not in the results yet, or prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data", help="folder of data sets")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--only", help=f"some of {','.join((*OURS, *RIVALS))}")
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--seeds", type=int, default=1, help="so many searches of each kind")
    parser.add_argument("--space", default="full", help="of the rivals that train networks")
    parser.add_argument("--cores", type=int, default=2, help="that every search may use")
    parser.add_argument("--overhead", type=float, default=5.0, help="seconds that autotune takes beyond its budget")
    parser.add_argument("--results", type=Path, required=True, help="JSON lines; what is in it is not run again")
    parser.add_argument("--table", action="store_true", help="print what is in the results and run nothing")
    given = parser.parse_args()
    searches = wanted(given)
    if given.table:
        keys = [search.key() for search in searches]
        show([row for row in read_results(given.results) if any(key.items() <= row.items() for key in keys)])
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by an exception, which ends the search that is running
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])
    for search in searches:
        if any(search.key().items() <= row.items() for row in read_results(given.results)):
            continue
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory() as scratch:
            train, test = files_of(given.data, search.data, Path(scratch))
            found = run(search, train.resolve(), test.resolve(), Path(scratch), given.overhead)
        with given.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**search.key(), "cores": given.cores, "load": round(load, 1), **found}) + "\n")
        said = f"failed: {found['problem']}; delete its line to run it again" if "problem" in found else f"test {found['test']:.4f}"
        busy = "" if load < _QUIET else f"; the machine was busy before it (load {load:.1f})"
        print(f"{search.data:16} {search.rival:14} {found['seconds']:6.0f} s  {said}{busy}", flush=True)


if __name__ == "__main__":
    main()
