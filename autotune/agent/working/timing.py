"""How long an epoch of each encoder takes on this machine, measured before a search, in a process of its own."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from autotune.agent.plan import cores, visible_gpus
from autotune.agent.working.apart import helper
from autotune.config import Config
from autotune.data.dataset import Dataset
from autotune.errors import FailureError
from autotune.spaces.space import SearchSpace


@dataclass(frozen=True)
class EncoderTime:
    """What a run with one encoder costs, everything else at the space's defaults.

    Args:
        config: the configuration timed.
        epoch: seconds of an epoch, training and validation; None: it could not be timed.
        preparation: seconds before the first epoch, to encode the texts above all.
        problem: why it could not be timed.
    """

    config: Config
    epoch: float | None
    preparation: float
    problem: str | None = None

    @property
    def encoder(self) -> str:
        """The encoder's name."""
        return self.config.encoder.name


def encoders(space: SearchSpace) -> list[Config]:
    """The default configuration of a space with each encoder that it offers, in the space's order."""
    offered = next((parameter.choices for parameter in space.parameters if parameter.path == "encoder.name"), None)
    if offered is None:
        return [space.config(space.defaults())]
    return [space.config(space.sample({"encoder.name": name})) for name in offered]


def encoder_times(space: SearchSpace, dataset: Dataset, workers: int, before: Callable[[], None]) -> Iterator[EncoderTime]:
    """Times each encoder of the space for about a second, with the threads or the GPU that a trial would have.

    Args:
        workers: processes that would train side by side.
        before: called in this process while the texts are encoded over there; the timing begins when it returns, so that nothing
            runs beside it.

    Raises:
        FailureError: the process died.
    """
    configs, gpus = encoders(space), visible_gpus()
    threads = max(1, cores() // workers)
    with helper(_answer, dataset, configs[0], threads, gpus[0] if gpus else None) as (process, connection):
        before()
        for config in configs:
            try:
                connection.send(config)
                answer = connection.recv()
            except (EOFError, OSError):
                process.join()
                raise FailureError(
                    f"the process that times the encoder {config.encoder.name} died (exit code {process.exitcode})",
                    "free some memory, or take the encoder out of the search space",
                ) from None
            assert isinstance(answer, EncoderTime)
            yield answer


def _answer(connection: Connection, dataset: Dataset, first: Config, threads: int, gpu: str | None) -> None:
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu  # before CUDA starts, which is when it is read

    import torch

    from autotune.agent.working.worker import die_with_parent
    from autotune.training.encoding import encoded
    from autotune.training.epoch_time import epoch_time

    die_with_parent()
    torch.set_num_threads(threads)
    started = time.perf_counter()
    encoded(dataset, first.text)  # the same for all, unless a condition of the space says otherwise
    preparation = time.perf_counter() - started
    while True:
        try:
            config = connection.recv()
        except EOFError:
            return
        try:
            found = epoch_time(config, dataset)
            connection.send(EncoderTime(config, found.seconds, preparation + found.preparation))
        except Exception as problem:  # of this encoder alone, such as too little memory
            connection.send(
                EncoderTime(config, None, preparation, str(problem).splitlines()[0] if str(problem) else type(problem).__name__)
            )
