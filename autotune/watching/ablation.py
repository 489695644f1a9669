"""An ablation on the terminal: a live display, or plain lines where there is no terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from autotune.agent.ablation import AblationEvent, AblationPlan, AblationStarted, Run, RunEnded, RunEpoch, RunStarted, WatchAblation
from autotune.reports.ablation import change_words
from autotune.watching.live import bar
from autotune.words import count, duration


@dataclass
class Running:
    """A run that is being trained."""

    run: Run
    epoch: int = 0
    value: float | None = None


class Progress:
    """What a watcher needs to know, kept up to date by the events."""

    def __init__(self, plan: AblationPlan) -> None:
        self.plan = plan
        self.running: dict[int, Running] = {}
        self.done = 0
        self.failed = 0
        self.workers = 0
        self._clock = time.monotonic()

    def update(self, event: AblationEvent) -> None:
        match event:
            case AblationStarted():
                self.done, self.workers = event.done, event.workers
                self._clock = time.monotonic() - event.spent
            case RunStarted():
                self.running[event.number] = Running(event.run)
            case RunEpoch():
                run = self.running[event.number]
                run.epoch, run.value = event.epoch, event.value
            case RunEnded():
                self.running.pop(event.number, None)
                self.done += 1
                self.failed += "score" not in event.result

    @property
    def elapsed(self) -> float:
        """Seconds spent, over all sittings."""
        return time.monotonic() - self._clock

    @property
    def share(self) -> float:
        """How much is used, 0 to 1: of the time or of the runs, whichever is further."""
        return min(1.0, max(self.elapsed / self.plan.seconds, self.done / len(self.plan.runs)))


@contextmanager
def watching(console: Console, plan: AblationPlan) -> Iterator[WatchAblation]:
    """A watcher for an ablation: live on a terminal, plain lines elsewhere."""
    progress = Progress(plan)
    if not console.is_terminal:

        def tell(event: AblationEvent) -> None:
            progress.update(event)
            if isinstance(event, AblationStarted):
                console.print(f"training with {count(event.workers, 'worker')}", soft_wrap=True)
            elif isinstance(event, RunEnded):
                console.print(_sentence(progress, event), soft_wrap=True)

        yield tell
        return
    last: list[str] = []
    with Live(console=console, get_renderable=lambda: _picture(progress, last), refresh_per_second=4, transient=True):

        def watch(event: AblationEvent) -> None:
            progress.update(event)
            if isinstance(event, RunEnded):
                last[:] = [*last, _sentence(progress, event)][-_LINES:]

        yield watch


_LINES = 8
"""So many of the last results stand above the bar on a terminal: hundreds would push everything else out of sight."""


def _sentence(progress: Progress, event: RunEnded) -> str:
    run = progress.plan.runs[event.number]
    what = f"{_words(run)}, seed {run.config.seed}"
    if "score" not in event.result:
        return f"{duration(progress.elapsed):>7}  {event.result['cause']}: {what}"
    difference = "" if event.difference is None else f" ({event.difference:+.4f})"
    return f"{duration(progress.elapsed):>7}  {progress.plan.metric} {event.result['score']:.4f}{difference}  {what}"


def _words(run: Run) -> str:
    return "base" if run.change is None else change_words(run.change)


def _picture(progress: Progress, last: list[str]) -> Group:
    if not progress.workers:
        return Group(Text("starting", overflow="ellipsis", no_wrap=True))
    plan = progress.plan
    failed = f", {progress.failed} failed" if progress.failed else ""
    left = duration(max(0.0, plan.seconds - progress.elapsed))
    head = Text(f"{progress.done}/{count(len(plan.runs), 'run')}{failed}, {left} left", overflow="ellipsis", no_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column, width in (("epoch", 6), (plan.metric, len(plan.metric)), ("seed", 4)):
        table.add_column(column, justify="right", no_wrap=True, min_width=width)
    table.add_column("change", overflow="ellipsis", no_wrap=True)
    for _, running in sorted(progress.running.items()):
        config = running.run.config
        value = "" if running.value is None else f"{running.value:.4f}"
        table.add_row(f"{running.epoch}/{config.early_stopping.max_epochs}", value, str(config.seed), _words(running.run))
    lines = [Text(line, overflow="ellipsis", no_wrap=True) for line in last]
    return Group(*lines, head, bar(progress.share), table)
