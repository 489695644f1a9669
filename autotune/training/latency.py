"""How long a classifier takes for one text."""

import time
from collections.abc import Sequence
from itertools import cycle
from statistics import median

import torch

from autotune.training.trained import TrainedClassifier

SECONDS = 0.2
"""Of processor time for a measurement; more only where three texts take more."""
_TEXTS = 15
_FEWEST = 3


def latency(classifier: TrainedClassifier, texts: Sequence[str]) -> float:
    """Seconds from a text to its class probabilities, one text at a time on one thread: the median over texts of all lengths.

    It is processor time: on a machine that trains beside it, the clock would count the others' turns too, dozens of times as much.
    What they cost all the same, by pushing each other out of the caches, only ever adds to a time, so that the fastest of several
    counts for each text. The same classifier does not give the same number twice: some percent lie between two measurements on a
    quiet machine, and a busy one measures up to about half as much again.

    Args:
        texts: at least one; measured on fifteen, evenly spread over their lengths, those of medium length first.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        chosen = _spread(texts)
        classifier.probabilities(chosen[:1])  # the first call is slower than all others
        fastest: dict[int, float] = {}
        begun = time.process_time()
        for done, (number, text) in enumerate(cycle(enumerate(chosen))):
            started = time.process_time()
            if done >= _FEWEST and started - begun > SECONDS:
                break
            classifier.probabilities([text])
            took = time.process_time() - started
            fastest[number] = min(took, fastest.get(number, took))
        return median(fastest.values())
    finally:
        torch.set_num_threads(threads)


def _spread(texts: Sequence[str]) -> list[str]:
    """The middle text of each of fifteen classes of length, as many as there are, those of medium length first."""
    ordered = sorted(texts, key=len)
    number = min(_TEXTS, len(ordered))
    places = [(2 * place + 1) * len(ordered) // (2 * number) for place in range(number)]
    return [ordered[place] for place in sorted(places, key=lambda place: abs(2 * place - len(ordered)))]
