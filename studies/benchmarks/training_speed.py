"""How much does `fit` cost beside a loop written by hand, and what makes its steps cheaper?

    .venv/bin/python studies/benchmarks/training_speed.py            # all parts: half an hour on two free cores
    .venv/bin/python studies/benchmarks/training_speed.py --quick    # fewer repeats, texts and networks; some minutes
    .venv/bin/python studies/benchmarks/training_speed.py --parts steps,optimizers --data FOLDER

FOLDER holds mr/all.csv and dbpedia14_14k/all.csv. Everything is a ratio of two things that took turns in this run, and the median of
several turns; below 1 the first is faster. `cpu` is processor time of all threads and the figure to go by, `wall` is the clock on the
wall, which tells as much about what else the machine did meanwhile. "wanted" is the aim; a line that misses it on `cpu` ends in "missed".

steps       an epoch of `fit` on 3,200 texts in batches of 32 (and 32 texts to validate on, which the bare loop is spared) against the
            epoch of bare_loop.py: same model, batches, optimizer and allocator. Big is vectors and width of 100, tiny of 32.
validation  from the end of an epoch's last step to the report of its score, Lightning's loop and all scores included, against the same by
            hand. Without epochs whose weights are the best so far: copying them is early stopping's work. The last figure is the
            difference: Lightning's loop takes about a millisecond, however few the texts and small the network.
start       milliseconds of a `fit` of two epochs outside of them, the process warm and the texts encoded.
optimizers  a step on 20,000 x 100 token vectors of which 3 in 100 have a gradient, against torch's plain one; in `zeros` 7 of 10 were
            never touched, as after max pooling.
memory      an epoch of the bare loop in a process that keeps its freed memory (as `fit` does) against one that does not.
threads     trials a minute of two processes with a thread each, divided by those of one process with two threads.
gpu         steps against the bare loop, bf16, workers on one GPU; only where there is one.
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import gpu_speed
import torch
from bare_loop import (
    BIG,
    CPU,
    TINY,
    WALL,
    BareLoop,
    Times,
    against_fit,
    median_ratio,
    network,
    now,
    one_step,
    part,
    since,
    spent,
    validation_against_fit,
)
from torch import nn, optim

from autotune.config import Config
from autotune.data.dataset import Dataset, DataSource, load_dataset
from autotune.sections import Optimizer, OptimizerName
from autotune.tips.optimizer import build_optimizer
from autotune.training.fit import fit
from autotune.training.memory import freed_memory_kept

SETS = ("mr", "dbpedia14_14k")
ENCODERS = ("cnn", "gru", "none")
PLAIN: dict[str, Callable[[list[nn.Parameter]], optim.Optimizer]] = {
    "sgd": lambda p: optim.SGD(p, lr=0.01, momentum=0.9, foreach=False),
    "adagrad": lambda p: optim.Adagrad(p, lr=0.01, foreach=False),
    "adadelta": lambda p: optim.Adadelta(p, lr=0.01, foreach=False),
    "adam": lambda p: optim.Adam(p, lr=0.01, foreach=False),
    "adamax": lambda p: optim.Adamax(p, lr=0.01, foreach=False),
    "nadam": lambda p: optim.NAdam(p, lr=0.01, foreach=False),
    "adamw": lambda p: optim.AdamW(p, lr=0.01, weight_decay=0.0, foreach=False),
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.9, foreach=False),
}


class Measuring:
    """What to measure on, and how long."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self.folder, self.quick = folder, quick
        self.sets = SETS[:1] if quick else SETS
        self.rows = 640 if quick else 3200
        self.repeats = 3 if quick else 7

    def load(self, name: str) -> Dataset:
        """All of a data set."""
        return load_dataset(DataSource(str(self.folder / name / "all.csv")))


def _line(what: str, pairs: list[tuple[Times, Times]], wanted: float | None = None) -> str:
    cpu = median_ratio(pairs, CPU)
    aim = f"   wanted {wanted:.2f}{'   missed' if cpu > wanted else ''}" if wanted else ""
    return f"{what:<42} cpu {cpu:5.2f}   wall {median_ratio(pairs, WALL):5.2f}{aim}"


def steps(measuring: Measuring) -> Iterator[str]:
    """One line for each network, data set and number of threads."""
    for name in measuring.sets:
        dataset = part(measuring.load(name), measuring.rows, 32)
        for threads in (1,) if measuring.quick else (1, 2):
            torch.set_num_threads(threads)
            for size, values, wanted in (("big", BIG, 1.1), ("tiny", TINY, 1.5)):
                for encoder in ENCODERS:
                    pairs = against_fit(network(encoder, values, measuring.repeats + 1), dataset)
                    yield _line(f"{name}, {encoder}, {size}, threads {threads}", pairs, wanted)
    torch.set_num_threads(1)


def validation(measuring: Measuring) -> Iterator[str]:
    """One line for each network and data set."""
    for name in measuring.sets:
        dataset = one_step(measuring.load(name), measuring.rows, 10**6)
        for encoder in ENCODERS:
            pairs = validation_against_fit(network(encoder, BIG, 4 * measuring.repeats), dataset)
            more = 1000 * statistics.median(ours[CPU] - bare[CPU] for ours, bare in pairs)
            yield _line(f"{name}, {encoder}, big, {len(dataset.validation)} texts", pairs, 1.2) + f"   {more:+.1f} ms"


def start(measuring: Measuring) -> Iterator[str]:
    """One line for each network and data set."""
    for name in measuring.sets:
        dataset = one_step(measuring.load(name), measuring.rows, 1)
        for encoder in ENCODERS:
            taken = [_around_epochs(network(encoder, BIG, 3), dataset) for _ in range(3 * measuring.repeats)][1:]
            cpu, wall = (1000 * statistics.median(times[clock] for times in taken) for clock in (CPU, WALL))
            yield (
                f"{name}, {encoder}, big".ljust(42) + f" cpu {cpu:5.0f}   wall {wall:5.0f} ms   wanted 60{'   missed' if cpu > 60 else ''}"
            )


def _around_epochs(config: Config, dataset: Dataset) -> Times:
    """What a run of three epochs takes besides them, if the first took as long as the other two on average."""
    ends: list[Times] = []
    began = now()
    fit(config, dataset, lambda epoch, value: ends.append(now()) or False)
    whole = since(began)
    return tuple(whole[clock] - 1.5 * (ends[-1][clock] - ends[0][clock]) for clock in (CPU, WALL))  # type: ignore[return-value]


def optimizers(measuring: Measuring) -> Iterator[str]:
    """Two lines for each optimizer."""
    with freed_memory_kept():
        for seen, share in (("seen", 1.0), ("zeros", 0.3)):
            for name in get_args(OptimizerName):
                yield _line(f"{name}, {seen}", _against_plain(name, share, 5 * measuring.repeats))


def _against_plain(name: OptimizerName, share: float, repeats: int) -> list[tuple[Times, Times]]:
    config = Optimizer(name=name)
    generator = torch.Generator().manual_seed(0)
    beginning = torch.randn(20_000, 100, generator=generator)
    weights = [[nn.Parameter(beginning.clone())] for _ in range(2)]
    rules = build_optimizer(config, 0.01, weights[0]), PLAIN[name](weights[1])
    pairs = []
    touched = torch.rand(beginning.shape, generator=generator) < share
    for repeat in range(repeats + 2):
        rows = touched if repeat == 0 else touched & (torch.rand(20_000, 1, generator=generator) < 0.03)
        gradient = torch.randn(beginning.shape, generator=generator) * 1e-3 * rows
        for (weight,) in weights:
            weight.grad = gradient.clone()
        pairs.append((spent(rules[0].step), spent(rules[1].step)))
    torch.testing.assert_close(weights[0][0], weights[1][0], rtol=1e-4, atol=1e-5)
    return pairs[2:]


def memory(measuring: Measuring) -> Iterator[str]:
    """One line for each network and data set."""
    for name in measuring.sets:
        for encoder in ENCODERS:
            pairs = []
            for _ in range(2 if measuring.quick else 4):
                kept, plain = (_child(measuring, f"{how}-epoch", name, encoder, 1)[0] for how in ("kept", "plain"))
                pairs.append((kept, plain))
            yield _line(f"{name}, {encoder}, big", pairs)


def threads(measuring: Measuring) -> Iterator[str]:
    """One line for each network; of both figures the inverse, so that above 1 two processes are better."""
    for encoder in ENCODERS:
        pairs = []
        for _ in range(2 if measuring.quick else 5):
            # A trial is three epochs; of two side by side each counts for half of the time.
            together = _child(measuring, "trials", "mr", encoder, 1, 2)
            alone = _child(measuring, "trials", "mr", encoder, 2)[0]
            apart = statistics.mean(times[CPU] for times in together), max(times[WALL] for times in together) / 2
            pairs.append((alone, apart))
        yield _line(f"mr, {encoder}, big", pairs)


def _child(measuring: Measuring, what: str, name: str, encoder: str, threads: int, processes: int = 1) -> list[Times]:
    """What each of so many processes at once measures."""
    order = [what, str(measuring.folder), name, encoder, str(threads), str(measuring.rows)]
    command = [sys.executable, __file__, "--child", json.dumps(order)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(processes)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    return [tuple(json.loads(child.communicate()[0])) for child in children]  # type: ignore[misc]


def _as_child(what: str, folder: str, name: str, encoder: str, threads: str, rows: str) -> None:
    torch.set_num_threads(int(threads))
    dataset = part(Measuring(Path(folder), True).load(name), int(rows), 32)
    config = network(encoder, BIG, 3)
    loop = BareLoop(config, dataset)

    def measured() -> Times:
        loop.train()
        print("ready", flush=True)
        sys.stdin.readline()
        if what == "trials":
            return spent(lambda: [fit(config, dataset) for _ in range(2)])
        return spent(lambda: [loop.train() for _ in range(2)])

    if what == "kept-epoch":
        with freed_memory_kept():
            print(json.dumps(measured()))
    else:
        if what == "trials":
            fit(config, dataset)
        print(json.dumps(measured()))


def gpu(measuring: Measuring) -> Iterator[str]:
    """See gpu_speed.py."""
    yield from gpu_speed.report(part(measuring.load("mr"), measuring.rows, 32), measuring.repeats + 1)


PARTS: dict[str, Callable[[Measuring], Iterator[str]]] = {
    "steps": steps,
    "validation": validation,
    "start": start,
    "optimizers": optimizers,
    "memory": memory,
    "threads": threads,
    "gpu": gpu,
}


def main() -> None:
    """Measures and prints line by line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data", help="folder of data sets")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, texts and networks")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of: %(default)s")
    parser.add_argument("--child", type=json.loads, help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    if given.child:
        _as_child(*given.child)
        return
    missing = [str(given.data / name / "all.csv") for name in SETS if not (given.data / name / "all.csv").is_file()]
    if missing:
        raise SystemExit(f"not there: {', '.join(missing)}: say --data FOLDER")
    if unknown := set(given.parts.split(",")) - set(PARTS):
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    torch.set_num_threads(1)
    measuring = Measuring(given.data, given.quick)
    allocator = "glibc" if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt") else "another C library, keeps nothing"
    print(f"torch {torch.__version__}, {os.cpu_count()} cores, {allocator}{', quick' if given.quick else ''}")
    for name in given.parts.split(","):
        print(f"\n{name}", flush=True)
        for line in PARTS[name](measuring):
            print(line, flush=True)


if __name__ == "__main__":
    main()
