"""Ctrl-C, `kill` and a closed terminal: the three signals that ask a command to end, and the three answers to them."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from autotune.errors import Interrupted

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """While it lasts, the first signal raises `Interrupted` wherever the main thread is, the second ends the process at once."""
    former_hook = sys.unraisablehook

    def handle(number: int, frame: object) -> None:
        for each in STOP_SIGNALS:
            if signal.getsignal(each) == handle:
                signal.signal(each, signal.SIG_DFL)
        raise Interrupted

    def hook(dropped: "sys.UnraisableHookArgs") -> None:
        if not isinstance(dropped.exc_value, Interrupted):
            former_hook(dropped)
            return
        # It came in the middle of a destructor, where Python drops exceptions; imports run many. Again in a moment.
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.05)

    sys.unraisablehook = hook
    try:
        with _handled_by(handle):
            yield
    finally:
        sys.unraisablehook = former_hook


@contextmanager
def stop_requested() -> Iterator[threading.Event]:
    """An event that the first signal sets, for work that wants to end in good order; the second means what it meant outside."""
    stop = threading.Event()

    def handle(number: int, frame: object) -> None:
        stop.set()
        restore()

    with _handled_by(handle) as restore:
        yield stop


@contextmanager
def deaf() -> Iterator[None]:
    """Processes started inside never hear these signals; the caller hears those that came meanwhile when it ends.

    A terminal and a batch system signal all processes of a group at once, and those that only serve another one must not go first.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _handled_by(handle: Callable[[int, object], None]) -> Iterator[Callable[[], None]]:
    """Installs a handler, except where a signal is ignored, since `nohup` means it; yields what puts the former ones back."""
    former: dict[signal.Signals, object] = {}

    def restore() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    if threading.current_thread() is threading.main_thread():  # the only one that may
        for number in STOP_SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                former[number] = signal.signal(number, handle)
    try:
        yield restore
    finally:
        restore()
