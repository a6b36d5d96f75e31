"""Run a network on pixels with torch: as it is, channels last in memory, or compiled."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from skipcat.engines.device import pick_device
from skipcat.errors import DeviceError
from skipcat.networks.modes import evaluating
from skipcat.networks.network import Network
from skipcat.networks.torch_private import is_compiler_error
from skipcat.networks.twins import share_weights

BATCH = 64


class TorchEngine:
    """A network behind torch, eager or compiled: `engine.Engine`."""

    def __init__(
        self,
        name: str,
        network: torch.nn.Module,
        threads: int | None = None,
        *,
        mean: Sequence[float] = (),
        std: Sequence[float] = (),
        device: str | None = None,
    ) -> None:
        lies = next(network.parameters()).device
        self._place = pick_device(device or str(lies))
        self._name = name
        self._mean, self._std = mean, std
        self._threads = threads
        # A copy of the modules only: the caller's may go on training in the meantime.
        self._network = share_weights(network, self._place).eval()
        self._compiled = torch.compile(self._network) if name == "compiled" else None

    @property
    def device(self) -> str:
        """Return the kind of device."""
        return self._place.type

    @property
    def threads(self) -> int:
        """Return the number of threads that compute."""
        return self._threads or torch.get_num_threads()

    def run(self, pixels: np.ndarray) -> np.ndarray:
        """Return the logits of a batch.

        Shapes: `pixels` (N, C, H, W), the result (N, classes) float32.
        Units: `pixels` uint8, or float32 normalised already.

        Raises:
            DeviceError: pixels of bytes have no mean, or the network cannot be compiled here.
            NetworkError: the network does not accept such images.
        """
        images = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._place)
        with torch.inference_mode(), _threads(self._threads):
            if images.dtype == torch.uint8:
                if not self._mean:
                    raise DeviceError("Pixels of bytes need an engine with a mean and a std.")
                images = normalise(images, self._mean, self._std)
            if self._name == "channels_last":
                images = images.contiguous(memory_format=torch.channels_last)
            run = self._network if self._compiled is None else self._run_compiled
            return _to_numpy(run(images))

    def _run_compiled(self, images: torch.Tensor) -> torch.Tensor:
        assert self._compiled is not None
        if isinstance(self._network, Network):  # a compiled one does not look at its images
            self._network.check_input(images)
        try:
            logits: torch.Tensor = self._compiled(images)
        except RuntimeError as error:
            if not is_compiler_error(error):
                raise
            why = str(error).strip().splitlines()[0].rstrip(".")[:200]
            raise DeviceError(
                f"torch cannot compile the network here: {why}. Engine 'torch' runs it."
            ) from error
        return logits


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """Let torch compute with so many threads, None: with those that it has."""
    before = torch.get_num_threads()
    if number is None or number == before:
        yield
        return
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def normalise(pixels: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Subtract the mean and divide by the standard deviation, channel by channel.

    Shapes: (N, C, S, S) in and out; `mean` and `std` (C,).
    Units: `pixels` uint8, or floats scaled to 0..1.
    """
    values = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels
    centre, spread = (
        torch.tensor(v, dtype=torch.float32, device=pixels.device).view(1, -1, 1, 1)
        for v in (mean, std)
    )
    return (values - centre) / spread


def run_network(
    network: torch.nn.Module, pixels: np.ndarray, mean: Sequence[float], std: Sequence[float]
) -> np.ndarray:
    """Return the logits of uint8 pixels, in batches, wherever the network lies.

    The network answers in eval mode, whatever mode it is in, and is left in its own.

    Shapes: `pixels` (N, C, S, S), the result (N, classes) float32.
    """
    place = next(network.parameters()).device
    if place.type == "cpu":
        pick_device("cpu")  # flushes denormals
    answers = []
    with evaluating(network), torch.inference_mode():
        for start in range(0, len(pixels), BATCH):
            batch = torch.from_numpy(np.ascontiguousarray(pixels[start : start + BATCH]))
            images = normalise(batch.to(place), mean, std)
            answers.append(_to_numpy(network(images.contiguous(memory_format=torch.channels_last))))
    return np.concatenate(answers)


def _to_numpy(logits: torch.Tensor) -> np.ndarray:
    return logits.float().cpu().numpy()
