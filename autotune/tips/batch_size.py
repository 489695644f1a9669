"""Tip 12, batch size: texts per step."""

from autotune.config import BatchSize


def batch_size(config: BatchSize, rows: int) -> int:
    """How many texts make a step: 1 learns on-line, `full` takes all.

    Args:
        config: the section `batch_size`.
        rows: how many training texts there are, at least 1; no batch is larger.
    """
    return rows if config.initial == "full" else min(config.initial, rows)
