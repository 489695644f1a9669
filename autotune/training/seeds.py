"""The same seed, data, configuration and machine give the same weights."""

import random

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Sets the global generators of Python, NumPy and torch (all devices)."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
