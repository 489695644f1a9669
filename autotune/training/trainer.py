"""Lightning's Trainer with everything off that is done elsewhere or by nobody."""

import torch
from lightning.pytorch import Callback, Trainer


def quiet_trainer(epochs: int, callbacks: list[Callback], place: torch.device) -> Trainer:
    """A trainer for so many epochs at most, on one device."""
    return Trainer(
        accelerator="gpu" if place.type == "cuda" else "cpu",
        devices=1,
        max_epochs=epochs,
        callbacks=callbacks,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
