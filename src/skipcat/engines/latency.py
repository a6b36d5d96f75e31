"""How long one answer takes, on this machine."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from skipcat.engines.device import pick_device
from skipcat.errors import DeviceError, did_you_mean
from skipcat.networks.network import Network

ENGINES = ("torch",)


@dataclass(frozen=True)
class Latency:
    """Times of one forward pass over a batch, after a warm-up.

    Units: milliseconds for the whole batch.
    """

    p50_ms: float
    p95_ms: float
    runs: int
    batch: int
    image_px: int
    engine: str
    device: str
    threads: int


def measure_latency(
    net: Network,
    image_px: int = 224,
    batch: int = 1,
    engine: str = "torch",
    *,
    seconds: float = 2.0,
    device: str = "auto",
) -> Latency:
    """Time `net` on random images for about `seconds`, at least five times.

    The network is timed in eval mode and left in the mode, on the device, that it was in.

    Raises:
        DeviceError: no such engine or device.
        NetworkError: the network does not accept that size.
    """
    if engine not in ENGINES:
        raise DeviceError(
            f"No engine is called '{engine}'.{did_you_mean(engine, ENGINES)} "
            f"Engines: {', '.join(ENGINES)}."
        )
    if batch < 1:
        raise DeviceError(f"A batch of {batch} cannot be timed; 1 or more is needed.")
    if image_px < 1:
        raise DeviceError(f"Images of {image_px} px cannot be timed; 1 or more is needed.")
    place = pick_device(device)
    home, was_training = next(net.parameters()).device, net.training
    generator = torch.Generator().manual_seed(0)
    size = (batch, net.spec.channels, image_px, image_px)
    images = torch.randn(size, generator=generator).to(place)
    net.to(place).eval()
    try:
        times = _time_runs(net, images, seconds)
    finally:
        net.to(home).train(was_training)
    p50, p95 = np.percentile(times, [50, 95])
    return Latency(
        float(p50), float(p95), len(times), batch, image_px, engine, place.type,
        torch.get_num_threads(),
    )  # fmt: skip


def _time_runs(net: Network, images: torch.Tensor, seconds: float) -> list[float]:
    times: list[float] = []
    with torch.inference_mode():
        for _ in range(2):  # the first passes allocate and choose kernels
            net(images)
        end = time.perf_counter() + seconds
        while len(times) < 5 or time.perf_counter() < end:
            start = time.perf_counter()
            net(images)
            _wait(images.device)
            times.append(1000 * (time.perf_counter() - start))
    return times


def time_in_turn(
    works: Mapping[str, Callable[[], object]], *, rounds: int, device: torch.device
) -> dict[str, float]:
    """Time pieces of work in turn, round after round, after a warm-up of each; give the medians.

    What slows the machine for a while slows all of them alike, which one after the other would not.

    Units: milliseconds.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            _wait(device)
            if number:
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: float(np.median(taken)) for name, taken in times.items()}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
