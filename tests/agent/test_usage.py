"""What training costs, measured on work of known size."""

import time

import numpy as np
import torch

from autotune.agent.working.usage import Meter

_MANY = 300 * 2**20  # bytes, of which nothing else here takes as many


def test_the_peak_of_memory_is_that_of_this_trial_alone() -> None:
    before = Meter()
    block = np.ones(_MANY // 8)
    during = before.read().peak_memory
    assert during is not None
    del block
    meter = Meter()
    after = meter.read().peak_memory
    assert after is not None
    assert after < during - 0.9 * _MANY
    block = np.ones(_MANY // 8)
    del block
    again = meter.read().peak_memory  # a peak that is over counts
    assert again is not None
    assert again > after + 0.9 * _MANY


def test_waiting_takes_seconds_and_no_processor() -> None:
    meter = Meter()
    time.sleep(0.3)
    used = meter.read(7)
    assert used.seconds >= 0.3
    assert used.processor_seconds < 0.2
    assert (used.parameters, used.threads) == (7, torch.get_num_threads())
    while meter.read().processor_seconds < 0.3:
        pass
    assert meter.read().seconds >= 0.4


def test_a_trial_without_a_gpu_says_so() -> None:
    used = Meter().read()
    on_gpu = torch.cuda.is_available()
    assert (used.device == "cpu") is not on_gpu
    assert used.parameters is None
    if not on_gpu:
        assert used.peak_gpu_memory is None
