"""The part of training_speed.py that needs a CUDA device."""

import multiprocessing
import statistics
import time
from collections.abc import Iterator

import torch
from bare_loop import BIG, WALL, BareLoop, against_fit, median_ratio, network, spent

from autotune.data.dataset import Dataset
from autotune.training.fit import fit

WORKERS = (1, 4, 8, 16)
FITS = 3  # of each worker


def report(dataset: Dataset, epochs: int) -> Iterator[str]:
    """Lines on steps, numbers of half the width, workers and memory; one line where there is no GPU."""
    if not torch.cuda.is_available():
        yield "no GPU here: not measured"
        return
    yield torch.cuda.get_device_name()
    for encoder in ("cnn", "gru", "none"):
        config = network(encoder, BIG, epochs)
        torch.cuda.reset_peak_memory_stats()
        pairs = against_fit(config, dataset, "cuda")
        megabytes = torch.cuda.max_memory_allocated() / 2**20
        bare = BareLoop(config, dataset, "cuda")
        halved = []
        for _ in range(epochs):
            halved.append((spent(lambda loop=bare: loop.train(autocast=True)), spent(bare.train)))
        yield (
            f"{encoder:<5} fit / bare loop {median_ratio(pairs, WALL):.2f} (wanted: at most 1.30)   "
            f"bare loop, bf16 / without {median_ratio(halved[1:], WALL):.2f}   peak, both together {megabytes:.0f} MB"
        )
        rates = {workers: _trials_a_minute(workers, encoder, dataset) for workers in WORKERS}
        yield f"{encoder:<5} trials a minute, workers on this GPU: " + "   ".join(f"{n}: {rate:.1f}" for n, rate in rates.items())


def _trials_a_minute(workers: int, encoder: str, dataset: Dataset) -> float:
    context = multiprocessing.get_context("spawn")
    ready, begin = context.Barrier(workers + 1), context.Queue()
    processes = [context.Process(target=_train, args=(encoder, dataset, ready, begin)) for _ in range(workers)]
    for process in processes:
        process.start()
    ready.wait()
    started = time.perf_counter()
    seconds = [begin.get() for _ in processes]
    for process in processes:
        process.join()
    assert statistics.mean(seconds) <= time.perf_counter() - started
    return workers * FITS / max(seconds) * 60


def _train(encoder: str, dataset: Dataset, ready, done) -> None:  # type: ignore[no-untyped-def]
    torch.set_num_threads(1)
    config = network(encoder, BIG, 2)
    fit(config, dataset, device="cuda")  # warm
    ready.wait()
    started = time.perf_counter()
    for _ in range(FITS):
        fit(config, dataset, device="cuda")
    done.put(time.perf_counter() - started)
