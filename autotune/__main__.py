"""The entry of the command, also as `python -m autotune`."""

import os
import signal
from typing import NoReturn


def main() -> None:
    """Loads the command and runs it; Ctrl-C while it is loaded, when there is nothing yet to end in good order, ends the process."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # `nohup` and shell scripts may have it ignored
        signal.signal(signal.SIGINT, _leave)
    from autotune.cli.app import main as run

    run()


def _leave(number: int, frame: object) -> NoReturn:
    # Not by an exception: imports run callbacks in which Python drops those, and prints them.
    os.write(2, b"interrupted\n")
    os._exit(130)


if __name__ == "__main__":
    main()
