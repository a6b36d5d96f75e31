"""Where a network runs: the device, and what makes it honest and fast there."""

import torch

from skipcat.errors import DeviceError

DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(wanted: str = "auto") -> torch.device:
    """Return the device asked for; "auto" takes CUDA, then MPS, then the CPU.

    On the CPU denormal numbers are flushed to zero: deep networks with small activations make
    them, and each costs a hundred ordinary ones.

    Raises:
        DeviceError: no such device, or this machine lacks it.
    """
    kind = wanted.split(":", maxsplit=1)[0]
    if kind not in DEVICES:
        raise DeviceError(f"No device is called '{wanted}'; allowed: {', '.join(DEVICES)}.")
    have = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if kind == "auto":
        kind = wanted = next((name for name, there in have.items() if there), "cpu")
    if not have.get(kind, True):
        raise DeviceError(f"This machine has no device '{kind}'; 'cpu' always works.")
    if kind == "cpu":
        torch.set_flush_denormal(True)
    try:
        return torch.device(wanted)
    except RuntimeError as error:
        raise DeviceError(f"'{wanted}' names no device; try 'auto'.") from error
