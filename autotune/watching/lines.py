"""A search in plain lines, one for each thing that is worth one."""

from autotune.agent.events import (
    BaselineReady,
    ConfirmationEnded,
    ConfirmationStarted,
    Event,
    FinalTestStarted,
    Remark,
    SearchStarted,
    TrialEnded,
    TrialLost,
)
from autotune.agent.limits import REFUSALS
from autotune.watching.progress import Progress
from autotune.words import brief, count, duration


def line(progress: Progress, event: Event) -> str | None:
    """What is said of an event where nothing else is to be seen; None: nothing."""
    match event:
        case SearchStarted():
            again = f", {count(event.requeued, 'interrupted trial')} again" if event.requeued else ""
            return f"searching with {count(event.workers, 'worker')}{again}"
        case BaselineReady():
            return f"baseline  {event.name}: {progress.plan.metric} {event.validation[progress.plan.metric]:.4f}"
        case TrialEnded():
            return trial_line(progress, event)
        case ConfirmationEnded():
            return run_line(progress, event)
        case FinalTestStarted():
            return f"{duration(progress.elapsed):>7}  testing on {count(event.rows, 'text')}"
        case _:
            return lasting_line(progress, event)


def lasting_line(progress: Progress, event: Event) -> str | None:
    """What is said of an event beside a picture too, to stay when it has gone; None: nothing."""
    match event:
        case TrialEnded() if event.is_best or event.state == "FAIL":
            return trial_line(progress, event)
        case TrialLost():
            return f"{duration(progress.elapsed):>7}  trial {event.number:<4} lost: {event.cause}; it goes on from its last checkpoint"
        case Remark():
            return f"note: {event.text}"
        case ConfirmationStarted():
            finalists = ", ".join(map(str, event.finalists))
            splits = " and splits" if event.resplit else ""
            which = f"trials {finalists}" if len(event.finalists) > 1 else f"trial {finalists}"
            return f"{duration(progress.elapsed):>7}  the best again, {count(event.runs, 'time')} with other seeds{splits}: {which}"
    return None


def run_line(progress: Progress, event: ConfirmationEnded) -> str:
    """A finalist's run that is over."""
    score = "failed" if event.score is None else f"{progress.plan.metric} {event.score:.4f}"
    return f"{duration(progress.elapsed):>7}  trial {event.trial:<4} again, run {event.run}: {score}  {event.seconds:.1f}s"


def trial_line(progress: Progress, event: TrialEnded) -> str:
    """A trial that is over."""
    number = f"{duration(progress.elapsed):>7}  trial {event.number:<4}"
    config = progress.configs.get(event.number)
    words = brief(config) if config else ""
    if event.score is None:
        kind = "" if event.cause.startswith(REFUSALS) else "diverged: " if event.cause == "diverged" else "failed: "
        return f"{number} {kind}{event.cause}  {words}"
    how = {"pruned": "pruned", "time": "out of time", "trial timeout": "timeout", "diverged": "diverged"}.get(event.cause, "complete")
    star = "  <- best so far" if event.is_best else ""
    return (
        f"{number} {progress.plan.metric} {event.score:.4f}  {how:<8} {count(event.epochs, 'epoch')}, {event.seconds:.1f}s  {words}{star}"
    )
