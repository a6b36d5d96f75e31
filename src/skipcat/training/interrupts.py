"""What a run keeps from the process around it: Ctrl-C in the middle of a step, random numbers."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import torch


@contextmanager
def own_randomness(device: torch.device) -> Iterator[None]:
    """Leave torch's own generators as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


@contextmanager
def note_interrupts() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a flag; the second one stops at once, as it always does."""
    flag = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return

    def note(number: int, frame: FrameType | None) -> None:
        flag.set()
        signal.signal(signal.SIGINT, old)

    old = signal.signal(signal.SIGINT, note)
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, old)
