"""A search on the terminal: one calm live display, or plain lines where there is no terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autotune.config import Config, better
from autotune.reports.words import brief, count, duration
from autotune.search.events import (
    BaselineReady,
    ConfirmationEnded,
    ConfirmationStarted,
    EpochEnded,
    Event,
    Remark,
    SearchStarted,
    TrialEnded,
    TrialLost,
    TrialStarted,
    Watch,
)
from autotune.search.limits import REFUSALS
from autotune.search.plan import SearchPlan


@dataclass
class Running:
    """A trial that is being trained."""

    config: Config
    epoch: int = 0
    rung: int = 0
    value: float | None = None
    best: float | None = None


class Progress:
    """What a watcher needs to know, kept up to date by the events."""

    def __init__(self, plan: SearchPlan, best: tuple[int, float] | None) -> None:
        self.plan = plan
        self.running: dict[int, Running] = {}
        self.configs: dict[int, Config] = {}
        self.ended = 0
        self.pruned = 0
        self.failed = 0
        self.best = best
        self.to_beat: tuple[str, float] | None = None
        self.again: list[ConfirmationEnded] | None = None
        """The finalists' runs so far, once they have begun."""
        self._clock: float | None = None

    def update(self, event: Event) -> None:
        match event:
            case SearchStarted():
                self.ended = event.finished
                self._clock = time.monotonic() - event.searched_seconds
            case BaselineReady():
                value = event.validation[self.plan.metric]
                if self.to_beat is None or better(self.plan.metric, value, self.to_beat[1]):
                    self.to_beat = (event.name, value)
            case TrialStarted():
                self.running[event.number] = Running(event.config)
            case EpochEnded():
                trial = self.running[event.number]
                trial.epoch, trial.value, trial.rung = event.epoch, event.value, event.rung
                if trial.best is None or better(self.plan.metric, event.value, trial.best):
                    trial.best = event.value
            case TrialEnded():
                self.running.pop(event.number, None)
                self.ended += 1
                self.pruned += event.state == "PRUNED"
                self.failed += event.state == "FAIL"
                if event.is_best and event.score is not None:
                    self.best = (event.number, event.score)
            case TrialLost():
                self.running.pop(event.number, None)
            case ConfirmationStarted():
                self.again = []
            case ConfirmationEnded():
                self.again = [*(self.again or []), event]

    @property
    def elapsed(self) -> float:
        """Seconds of searching, over all sessions; the clock starts with the trials, not with the workers."""
        return 0.0 if self._clock is None else time.monotonic() - self._clock

    @property
    def started(self) -> bool:
        """Whether the workers are there."""
        return self._clock is not None

    @property
    def share(self) -> float:
        """How much of the budget is used, 0 to 1: of time or trials, whichever is further."""
        shares = [0.0]
        if self.plan.seconds:
            shares.append(self.elapsed / self.plan.seconds)
        if self.plan.trials:
            shares.append(self.ended / self.plan.trials)
        return min(1.0, max(shares))


@contextmanager
def watching(console: Console, plan: SearchPlan, best: tuple[int, float] | None) -> Iterator[Watch]:
    """A watcher for a search: live on a terminal, plain lines elsewhere."""
    progress = Progress(plan, best)
    if not console.is_terminal:
        yield lambda event: _plain(console, progress, event)
        return
    with Live(console=console, get_renderable=lambda: _picture(progress), refresh_per_second=4, transient=True):

        def watch(event: Event) -> None:
            if isinstance(event, TrialStarted):
                progress.configs[event.number] = event.config
            progress.update(event)
            if isinstance(event, TrialEnded) and (event.is_best or event.state == "FAIL"):
                console.print(_sentence(progress, event), soft_wrap=True)
            if sentence := _told(progress, event):
                console.print(sentence, soft_wrap=True)

        yield watch


def _plain(console: Console, progress: Progress, event: Event) -> None:
    config = progress.running[event.number].config if isinstance(event, TrialEnded) and event.number in progress.running else None
    if config is not None and isinstance(event, TrialEnded):
        progress.configs[event.number] = config
    progress.update(event)
    match event:
        case SearchStarted():
            again = f", {count(event.requeued, 'interrupted trial')} again" if event.requeued else ""
            console.print(f"searching with {count(event.workers, 'worker')}{again}", soft_wrap=True)
        case BaselineReady():
            console.print(f"baseline  {event.name}: {progress.plan.metric} {event.validation[progress.plan.metric]:.4f}", soft_wrap=True)
        case TrialEnded():
            console.print(_sentence(progress, event), soft_wrap=True)
        case ConfirmationEnded():
            console.print(_run_again(progress, event), soft_wrap=True)
    if sentence := _told(progress, event):
        console.print(sentence, soft_wrap=True)


def _told(progress: Progress, event: Event) -> str | None:
    """What is said of an event wherever it is watched."""
    match event:
        case TrialLost():
            return _loss(progress, event)
        case Remark():
            return f"note: {event.text}"
        case ConfirmationStarted():
            finalists = ", ".join(map(str, event.finalists))
            splits = " and splits" if event.resplit else ""
            which = f"trials {finalists}" if len(event.finalists) > 1 else f"trial {finalists}"
            return f"{duration(progress.elapsed):>7}  the best again, {count(event.runs, 'time')} with other seeds{splits}: {which}"
    return None


def _run_again(progress: Progress, event: ConfirmationEnded) -> str:
    score = "failed" if event.score is None else f"{progress.plan.metric} {event.score:.4f}"
    return f"{duration(progress.elapsed):>7}  trial {event.trial:<4} again, run {event.run}: {score}  {event.seconds:.1f}s"


def _sentence(progress: Progress, event: TrialEnded) -> str:
    number = f"{duration(progress.elapsed):>7}  trial {event.number:<4}"
    config = progress.configs.pop(event.number, None)
    words = brief(config) if config else ""
    if event.score is None:
        kind = "" if event.cause.startswith(REFUSALS) else "diverged: " if event.cause == "diverged" else "failed: "
        return f"{number} {kind}{event.cause}  {words}"
    how = {"pruned": "pruned", "time": "out of time", "trial timeout": "timeout", "diverged": "diverged"}.get(event.cause, "complete")
    star = "  <- best so far" if event.is_best else ""
    return (
        f"{number} {progress.plan.metric} {event.score:.4f}  {how:<8} {count(event.epochs, 'epoch')}, {event.seconds:.1f}s  {words}{star}"
    )


def _loss(progress: Progress, event: TrialLost) -> str:
    return f"{duration(progress.elapsed):>7}  trial {event.number:<4} lost: {event.cause}; it goes on from its last checkpoint"


def _picture(progress: Progress) -> Group:
    if not progress.started:
        return Group(Text("starting the workers ..."))
    plan = progress.plan
    left = f"{duration(max(0.0, plan.seconds - progress.elapsed))} left" if plan.seconds else f"{duration(progress.elapsed)} gone"
    trials = f"{progress.ended}/{plan.trials} trials" if plan.trials else count(progress.ended, "trial")
    head = Text(f"{trials}, {progress.pruned} pruned, {progress.failed} failed, {left}", overflow="ellipsis", no_wrap=True)
    best = Text(overflow="ellipsis", no_wrap=True)
    if progress.best is not None:
        best.append(f"best {plan.metric} {progress.best[1]:.4f}", style="bold")
        best.append(f" (trial {progress.best[0]})")
    else:
        best.append("no result yet")
    if progress.to_beat is not None:
        best.append(f"; to beat {progress.to_beat[1]:.4f}, {progress.to_beat[0]}")
    if progress.again is not None:
        return Group(
            head, bar(progress.share), best, Text("the finalists again"), *(Text(_run_again(progress, run)) for run in progress.again[-6:])
        )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column, width in (("trial", 5), ("epoch", 6), ("rung", 4), (plan.metric, len(plan.metric)), ("best", 6)):
        table.add_column(column, justify="right", no_wrap=True, min_width=width)
    table.add_column("configuration", overflow="ellipsis", no_wrap=True)
    for number, trial in sorted(progress.running.items()):
        value = "" if trial.value is None else f"{trial.value:.4f}"
        peak = "" if trial.best is None else f"{trial.best:.4f}"
        epoch = f"{trial.epoch}/{trial.config.early_stopping.max_epochs}"
        table.add_row(str(number), epoch, str(trial.rung), value, peak, brief(trial.config))
    return Group(head, bar(progress.share), best, table)


def bar(share: float) -> Table:
    """A progress bar on a line of its own, for a share of 0 to 1."""
    line = Table.grid(expand=True)  # a bar by itself does not end its line
    line.add_row(ProgressBar(total=1.0, completed=share, width=None))
    return line
