"""What training_speed.py compares with: a loop written by hand, on the same model, batches and optimizer, without Lightning."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from autotune.config import Config
from autotune.data.batches import Batches
from autotune.data.dataset import Dataset, Split
from autotune.metrics import scores
from autotune.tips.shuffling import EpochOrder
from autotune.training.fit import fit
from autotune.training.setup import Device, set_up

BIG: dict[str, Any] = {"pretraining.dimension": 100, "encoder.width": 100}
TINY: dict[str, Any] = {"pretraining.dimension": 32, "encoder.width": 32}
CPU, WALL = 0, 1
Times = tuple[float, float]
"""Processor and wall time, in seconds."""


def now() -> Times:
    """Both clocks."""
    return time.process_time(), time.perf_counter()


def since(start: Times) -> Times:
    """What has passed on both."""
    end = now()
    return end[CPU] - start[CPU], end[WALL] - start[WALL]


def spent(work: Callable[[], object]) -> Times:
    """What `work` takes."""
    start = now()
    work()
    return since(start)


def median_ratio(pairs: list[tuple[Times, Times]], clock: int) -> float:
    """The median over pairs of the first's time divided by the second's."""
    return statistics.median(one[clock] / other[clock] for one, other in pairs)


def network(encoder: str, size: dict[str, Any], epochs: int, **more: Any) -> Config:
    """A configuration that trains `epochs` epochs. Every word gets a vector, so that a part of the texts has a whole vocabulary."""
    fixed = {"encoder.name": encoder, "early_stopping.max_epochs": epochs, "early_stopping.patience": epochs, "text.minimum_frequency": 1}
    return Config.from_values({**size, **fixed, **more})


def part(dataset: Dataset, train: int, validation: int) -> Dataset:
    """So many texts of each side, the same at every call."""

    def pick(split: Split, rows: int) -> Split:
        chosen = np.random.default_rng(0).permutation(len(split))[:rows]
        return Split([split.texts[row] for row in chosen], split.labels[chosen])

    return replace(
        dataset,
        train=pick(dataset.train, train),
        validation=pick(dataset.validation, validation),
        fingerprint=f"{dataset.fingerprint} {train} {validation}",
    )


def one_step(dataset: Dataset, train: int, validation: int) -> Dataset:
    """As `part`, but all training texts end to end in one: an epoch of a single step, with the same vocabulary."""
    cut = part(dataset, train, validation)
    text = Split([" ".join(cut.train.texts)], cut.train.labels[:1])
    return replace(cut, train=text, fingerprint=f"{cut.fingerprint} one step")


class BareLoop:
    """Training and validation as one would write them by hand for one model."""

    def __init__(self, config: Config, dataset: Dataset, device: Device = "cpu") -> None:
        setup = set_up(config, dataset, device)
        assert isinstance(config.batch_size.initial, int)
        self.model = setup.model.to(setup.place)
        self.optimizer = self.model.configure_optimizers()
        self.batches = setup.train_batches(config.batch_size.initial, EpochOrder(True, len(dataset.train), config.seed))
        self.validation = Batches(setup.data.validation, setup.data.validation_labels, 256, device=setup.place)
        self.labels = dataset.validation.labels
        self.epochs_done = 0

    def train(self, autocast: bool = False) -> float:
        """One epoch; its mean loss."""
        model, optimizer, steps = self.model.train(), self.optimizer, len(self.batches)
        total, rows = torch.zeros((), device=model.device), 0
        for done, batch in enumerate(self.batches):
            with torch.autocast(model.device.type, torch.bfloat16, enabled=autocast):
                loss = nn.functional.cross_entropy(model(*batch.inputs), batch.labels)
            optimizer.zero_grad()
            loss.backward()
            for group in optimizer.param_groups:
                group["lr"] = model.schedule.rate(self.epochs_done + (done + 0.5) / steps)
            optimizer.step()
            total += loss.detach() * len(batch.labels)
            rows += len(batch.labels)
        self.epochs_done += 1
        return total.item() / rows

    @torch.inference_mode()
    def validate(self) -> dict[Any, float]:
        """Every metric on the validation texts."""
        self.model.eval()
        parts = [(batch.rows, self.model(*batch.inputs).log_softmax(dim=1)) for batch in self.validation]
        rows, logs = (torch.cat(tensors).cpu() for tensors in zip(*parts, strict=True))
        probabilities = logs[rows.argsort()].exp().numpy()
        return scores(probabilities, self.labels)


def against_fit(config: Config, dataset: Dataset, device: Device = "cpu") -> list[tuple[Times, Times]]:
    """Epochs of `fit` and of the bare loop's training in turns: (fit's, the bare loop's) for each epoch but the first.

    The bare loop runs inside `report`, where the run waits for it.
    """
    bare = BareLoop(config, dataset, device)
    pairs: list[tuple[Times, Times]] = []
    left: list[Times] = []

    def report(epoch: int, value: float) -> bool:
        ours = since(left.pop()) if left else None
        theirs = spent(bare.train)
        if ours is not None:
            pairs.append((ours, theirs))
        left.append(now())
        return False

    fit(config, dataset, report, device=device)
    return pairs


def validation_against_fit(config: Config, dataset: Dataset) -> list[tuple[Times, Times]]:
    """Validations of `fit` and of the bare loop in turns: (fit's, the bare loop's) for each epoch without a new best score.

    Those of `fit` last from the end of the epoch's last step, after which it asks whether to stop, until it reports the score. An epoch
    with a new best score is left out, since in between its weights are copied, which is early stopping's work. Before each validation,
    of either, comes an epoch of training, which leaves the caches in like state.
    """
    bare = BareLoop(config, dataset)
    pairs: list[tuple[Times, Times]] = []
    stepped: list[Times] = []
    values: list[float] = []

    def stop() -> bool:
        stepped[:] = [now()]
        return False

    def report(epoch: int, value: float) -> bool:
        ours = since(stepped[0])
        bare.train()
        theirs = spent(bare.validate)
        if value <= max(values, default=-1.0):
            pairs.append((ours, theirs))
        values.append(value)
        return False

    fit(config, dataset, report, stop=stop)
    return pairs
