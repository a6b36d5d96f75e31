"""Threads on a busy machine: how they wait for each other, and how many there are.

torch computes with OpenMP, whose threads spin while they wait for one another. Where another
program has taken a core they spin for a thread that does not run, and training falls to a third of
its speed (`benchmarks/busy.py`). So they sleep after a short spin, and there are fewer of them
where cores are taken. `set_waiting` is for a process that is skipcat's own, before torch is
imported.
"""

import os
from collections.abc import MutableMapping

from skipcat.reporting import Tell
from skipcat.text.translation import Message

# Spins before a waiting thread sleeps: GNU's runtime (torch's on Linux), and the milliseconds of
# LLVM's and Intel's (macOS, Windows: by their documentation, not run).
WAITING = {"GOMP_SPINCOUNT": "5000", "KMP_BLOCKTIME": "0"}
# With any of these the user has decided how threads wait, or how many there are.
DECIDES_WAITING = ("OMP_WAIT_POLICY", *WAITING)
DECIDES_NUMBER = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
# For so long others' use of the processors is watched; a core counts as taken from this share on.
WATCHED_SECONDS, TAKEN = 0.3, 0.6


def set_waiting(environment: MutableMapping[str, str]) -> None:
    """Set a short spin before waiting threads sleep, unless the environment decides on that."""
    if not any(name in environment for name in DECIDES_WAITING):
        environment.update(WAITING)


def choose_threads(begun_with: int | None = None) -> str:
    """Use fewer threads where other programs have taken cores; return what to tell, or "".

    A run that goes on keeps the number that it was begun with (`begun_with`): other numbers give
    other last digits. What the user has set stays, and where a graphics card computes nothing is
    changed.
    """
    import torch

    threads = torch.get_num_threads()
    if begun_with is not None:
        if begun_with < threads:
            torch.set_num_threads(begun_with)
        return ""
    elsewhere = torch.cuda.is_available() or torch.backends.mps.is_available()
    if threads == 1 or elsewhere or any(name in os.environ for name in DECIDES_NUMBER):
        return ""
    shares = watch_cores()
    # A program moves from core to core while it is watched: the sum counts.
    taken = int(sum(shares) + 1 - TAKEN)
    fewer = max(1, len(shares) - taken)
    if threads <= fewer:
        return ""
    torch.set_num_threads(fewer)
    return Message(
        "Other programs use {taken} of {cores} cores: training with {n} thread (set "
        "OMP_NUM_THREADS to decide it yourself).",
        "Other programs use {taken} of {cores} cores: training with {n} threads (set "
        "OMP_NUM_THREADS to decide it yourself).",
        n=fewer,
        taken=taken,
        cores=len(shares),
    )


def tell_of_threads(tell: Tell, begun_with: int | None = None) -> None:
    """Choose the threads, and tell if they are fewer."""
    if said := choose_threads(begun_with):
        tell(said)


def watch_cores() -> list[float]:
    """Return the share of each core of this process that is in use, watched for a moment."""
    import psutil

    shares = [percent / 100 for percent in psutil.cpu_percent(WATCHED_SECONDS, percpu=True)]
    if not hasattr(os, "sched_getaffinity"):  # macOS, Windows
        return shares
    return [share for core, share in enumerate(shares) if core in os.sched_getaffinity(0)]
