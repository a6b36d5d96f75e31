"""The entry point of `skipcat` and `python -m skipcat`.

Signals are caught before anything slow is imported: Ctrl-C in the first moments is no traceback.
"""

import os
import signal
from types import FrameType


def main() -> None:
    """Run the command of this process and end it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` or a shell's `&` asks for
            signal.signal(number, _quit)
    from skipcat.cli.app import main
    from skipcat.engines.threads import set_waiting

    set_waiting(os.environ)
    main()


def _quit(number: int, frame: FrameType | None) -> None:
    """End at once; no exception, which what is half imported may swallow or print."""
    try:
        os.write(2, b"Stopped.\n")
    finally:
        os._exit(128 + number)


if __name__ == "__main__":
    main()
