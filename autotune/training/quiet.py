"""Silence for a library that talks: hints, banners and adverts that nobody who tunes wants between the lines."""

import logging
import warnings


def silence_lightning() -> None:
    """Keeps Lightning's log lines and its hints about data loaders off the terminal; real errors still raise."""
    for name in ("lightning", "lightning.pytorch", "lightning.fabric", "pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # Batches are cut in memory, where worker processes for loading would only cost time.
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*LeafSpec.*")
    warnings.filterwarnings("ignore", message=".*isinstance\\(treespec.*")
    warnings.filterwarnings("ignore", message=".*GPU available but not used.*")
