"""The state of a run after an epoch, in a file: a run that was killed goes on from there as if nothing had been."""

import os
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import lightning.pytorch as pl
import torch
from torch import Tensor

from autotune.config import Config
from autotune.data.dataset import Dataset

FORMAT = 1
SHARE = 0.03
"""At most this share of a run goes into writing its checkpoints: what is cheap to train anew is not worth a file."""
_BYTES_PER_SECOND = 5e8  # before the first was written

State = dict[str, Any]
"""Plain values and tensors: it is read back without running anything that might be in it."""


class Part(Protocol):
    """A part of a run that changes from epoch to epoch."""

    def state_dict(self) -> State: ...

    def load_state_dict(self, state: State) -> None: ...


class Checkpoint:
    """Where one run keeps its state.

    Args:
        path: of the file; it need not be there.
        config: as it was asked for; a file that belongs to another configuration, other data or another torch is not read.
        most_bytes: a state that takes more is not written; None: any is.

    Attributes:
        found: what the file held at the beginning; None: nothing, or nothing of use, and the run begins anew.
    """

    def __init__(self, path: Path, config: Config, dataset: Dataset, most_bytes: int | None = None) -> None:
        self.path = path
        self.most_bytes = most_bytes
        self._key = f"{FORMAT} {torch.__version__} {config.fingerprint} {dataset.fingerprint}"
        self.found = self._read()

    @property
    def seconds(self) -> float:
        """That the run took up to the state that was found."""
        return float(self.found["seconds"]) if self.found is not None else 0.0

    def _read(self) -> State | None:
        try:
            with zipfile.ZipFile(self.path) as archive:  # torch's format; torch does not look at its check sums
                if archive.testzip() is not None:
                    return None
            stored = torch.load(self.path, map_location="cpu", weights_only=True)
            return dict(stored["state"]) if stored["key"] == self._key else None
        except Exception:  # torn, of another format, unreadable: none of it may cost more than the epochs that it held
            return None

    def write(self, state: State) -> None:
        """Puts the state in the place of the last one; a kill in between leaves the last one.

        Raises:
            OSError, RuntimeError: the disk is full or the place cannot be written; torch raises the latter for the former.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            torch.save({"key": self._key, "state": state}, scratch)
            os.replace(scratch, self.path)
        finally:
            scratch.unlink(missing_ok=True)


class CheckpointWriter(pl.Callback):
    """Writes the state of a run after its epochs, as often as `SHARE` allows, and restores it before the first.

    Where the file cannot be written, the run goes on without.

    Args:
        parts: what changes besides weights, optimizer and random numbers.
        config: with the learning rate that the run has.
        remarks: on how it came to it.
        may_thaw: asked after an epoch whether `report` has ended the run, which may go on another day.

    Attributes:
        notes: why writing failed, where it did.
    """

    def __init__(
        self, checkpoint: Checkpoint, parts: Mapping[str, Part], config: Config, remarks: tuple[str, ...], may_thaw: Callable[[], bool]
    ) -> None:
        self._checkpoint = checkpoint
        self._may_thaw = may_thaw
        self._parts = parts
        self._settled = {"config": config.values(), "notes": list(remarks)}
        self._found = checkpoint.found
        self._seconds_before = checkpoint.seconds
        self._started = self._written = time.monotonic()
        self._cost: float | None = None
        self.notes: tuple[str, ...] = ()

    def restore(self, trainer: pl.Trainer, model: pl.LightningModule) -> None:
        """To be called before `Trainer.fit`: everything but what comes to be in it."""
        if self._found is None:
            return
        model.load_state_dict(self._found["model"])
        for name, part in self._parts.items():
            part.load_state_dict(self._found["parts"][name])
        stages = ("ready", "started", "processed", "completed")
        trainer.fit_loop.epoch_progress.current.load_state_dict(dict.fromkeys(stages, self._found["epochs"]))

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Restores the optimizer, which Lightning has made by now, and at last the random numbers."""
        if self._found is None:
            return
        trainer.optimizers[0].load_state_dict(self._found["optimizer"])
        torch.set_rng_state(self._found["random"])
        if module.device.type == "cuda":
            torch.cuda.set_rng_state(self._found["random_cuda"], module.device)
        self._found = self._checkpoint.found = None  # their memory is wanted

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        # The last callback of an epoch: what the others learnt from it is in the state.
        epochs = trainer.current_epoch + 1
        pruned = self._may_thaw()
        if (trainer.should_stop and not pruned) or epochs == trainer.max_epochs or self.notes:
            return
        state = self._state(trainer, module, epochs)
        begun = time.monotonic()
        size = sum(tensor.nbytes for tensor in _tensors(state))
        cost = size / _BYTES_PER_SECOND if self._cost is None else self._cost
        most = self._checkpoint.most_bytes
        too_soon = begun - self._written < cost / SHARE and not pruned
        if too_soon or (most is not None and size > most):
            return
        try:
            self._checkpoint.write(state)
        except (OSError, RuntimeError) as problem:
            self.notes = (f"checkpoints could not be written ({str(problem).splitlines()[0]}): a trial that is killed begins anew",)
        self._written = time.monotonic()
        self._cost = self._written - begun

    def _state(self, trainer: pl.Trainer, module: pl.LightningModule, epochs: int) -> State:
        on_gpu = module.device.type == "cuda"
        return {
            "epochs": epochs,
            "seconds": self._seconds_before + time.monotonic() - self._started,
            **self._settled,
            "model": module.state_dict(),
            "optimizer": trainer.optimizers[0].state_dict(),
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state(module.device) if on_gpu else None,
        }


def _tensors(state: object) -> Iterator[Tensor]:
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, Mapping):
        for part in state.values():
            yield from _tensors(part)
