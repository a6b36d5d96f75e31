"""Engines: whatever runs a network, behind one protocol that knows no torch.

A new engine is a file beside `torch_engine.py`, and its name here.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from skipcat.errors import DeviceError, did_you_mean

if TYPE_CHECKING:
    from torch import nn

# torch as it is; with pixels' channels last in memory; and compiled by inductor.
ENGINES = ("torch", "channels_last", "compiled")


class Engine(Protocol):
    """A network, ready to answer: from pixels in the machine's memory to logits there."""

    @property
    def device(self) -> str:
        """Return the kind of device: "cpu", "cuda", "mps"."""

    @property
    def threads(self) -> int:
        """Return the number of threads that compute."""

    def run(self, pixels: np.ndarray) -> np.ndarray:
        """Return the logits of a batch.

        Shapes: `pixels` (N, C, H, W), the result (N, classes) float32.
        Units: `pixels` uint8, or float32 normalised already.
        """


def open_engine(
    name: str,
    network: "nn.Module",
    threads: int | None = None,
    *,
    mean: Sequence[float] = (),
    std: Sequence[float] = (),
    device: str | None = None,
) -> Engine:
    """Open an engine for a network, which answers in evaluation mode and is left as it is.

    `mean` and `std` normalise uint8 pixels, channel by channel. `device` is where the network lies
    if none is given.

    Raises:
        DeviceError: no such engine or device.
    """
    if name not in ENGINES:
        raise DeviceError(
            f"No engine is called '{name}'.{did_you_mean(name, ENGINES)} "
            f"Engines: {', '.join(ENGINES)}."
        )
    from skipcat.engines.torch_engine import TorchEngine

    return TorchEngine(name, network, threads, mean=mean, std=std, device=device)
