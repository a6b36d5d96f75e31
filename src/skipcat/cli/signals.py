"""Ctrl-C and SIGTERM: a command that is stopped ends in one sentence, with 130 or 143."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from skipcat.training.trainer.interrupts import SAME_WITHIN_SECONDS, STOPPING


@contextmanager
def raise_on_signals(came: list[int]) -> Iterator[None]:
    """Raise KeyboardInterrupt on the first signal, whose number `came` gets.

    Another one a moment later is the same; after that the process' own handler has it, so that
    nobody needs to wait. Handlers are left as they were.
    """
    if current_thread() is not main_thread():
        yield
        return
    first = 0.0
    former = {number: signal.getsignal(number) for number in STOPPING}

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if not came:
            came.append(number)
            first = time.monotonic()
            raise KeyboardInterrupt
        handler = former[signal.Signals(number)]
        if time.monotonic() - first > SAME_WITHIN_SECONDS and callable(handler):
            handler(number, frame)

    own = [number for number in STOPPING if former[number] not in (signal.SIG_IGN, None)]
    try:
        for number in own:
            signal.signal(number, stop)
        yield
    finally:
        for number in own:
            signal.signal(number, former[number])
