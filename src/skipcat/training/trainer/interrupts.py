"""Ctrl-C and SIGTERM in the middle of a training: they wait until a step is done and saved."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C; what clusters and containers send
# `timeout` sends its signal twice, to the process and to its group; a person presses again later.
SAME_WITHIN_SECONDS = 1.0


class Interrupts:
    """Signals that wait for `deliver`, which gives them to the handlers that the process had.

    A second one, later than a moment, waits for nothing.
    """

    def __init__(self) -> None:
        found = {number: signal.getsignal(number) for number in STOPPING}
        # None is a handler that is not Python's: it could not be put back.
        unheard = (signal.SIG_IGN, None)
        self._former = {n: handler for n, handler in found.items() if handler not in unheard}
        self._number: int | None = None
        self._since = 0.0

    @property
    def has_come(self) -> bool:
        """Whether a signal waits."""
        return self._number is not None

    def install(self) -> None:
        """Take the signals."""
        for number in self._former:
            signal.signal(number, self._note)

    def restore(self) -> None:
        """Put the process' own handlers back."""
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._number is None:
            self._number, self._since = number, time.monotonic()
        elif time.monotonic() - self._since > SAME_WITHIN_SECONDS:
            self.deliver()

    def deliver(self) -> None:
        """Do what the process would have done: by default Ctrl-C raises and SIGTERM ends it.

        Where its handler returns, as one does that only takes note, training goes on.
        """
        if self._number is None:
            return
        number, self._number = signal.Signals(self._number), None
        handler = self._former[number]
        if callable(handler):
            handler(number, None)
            return
        now = signal.signal(number, handler)
        signal.raise_signal(number)
        signal.signal(number, now)  # a container's first process lives on


@contextmanager
def note_interrupts() -> Iterator[Interrupts]:
    """Let Ctrl-C and SIGTERM wait for `deliver` while the block lasts, in the main thread."""
    interrupts = Interrupts()
    if current_thread() is not main_thread():
        yield interrupts
        return
    try:
        interrupts.install()
        yield interrupts
    finally:
        interrupts.restore()
        interrupts.deliver()
