"""Signals that ask a long job to stop in good order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT, SIGTERM or SIGHUP sets; the second signal interrupts at once."""
    stop = threading.Event()
    previous: dict[int, object] = {}

    def handle(number: int, frame: object) -> None:
        stop.set()
        _restore(previous)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # `nohup` means it
                previous[number] = signal.signal(number, handle)
    try:
        yield stop
    finally:
        _restore(previous)


def _restore(previous: dict[int, object]) -> None:
    for number, handler in previous.items():
        signal.signal(number, handler)  # type: ignore[arg-type]
