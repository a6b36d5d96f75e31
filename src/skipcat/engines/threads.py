"""Threads on a busy machine: how they wait for each other, and how many there are."""

from collections.abc import MutableMapping


def set_waiting(environment: MutableMapping[str, str]) -> bool:
    """Set how OpenMP's threads wait."""
    return False


def choose_threads() -> str:
    """Use fewer threads where that is faster."""
    return ""
