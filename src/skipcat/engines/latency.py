"""How long one answer takes, on this machine."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from skipcat.engines.engine import Engine, open_engine
from skipcat.errors import DeviceError
from skipcat.networks.network import Network


@dataclass(frozen=True)
class Latency:
    """Times from a batch in the machine's memory to its logits there, after a warm-up.

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

    The network is timed in eval mode; it is left as it was. `engine`: see `engines/engine.py`.

    Raises:
        DeviceError: no such engine or device.
        NetworkError: the network does not accept that size.
    """
    (found,) = measure_latencies((net,), image_px, batch, engine, seconds=seconds, device=device)
    return found


def measure_latencies(
    nets: Sequence[Network],
    image_px: int = 224,
    batch: int = 1,
    engine: str = "torch",
    *,
    seconds: float = 2.0,
    device: str = "auto",
) -> tuple[Latency, ...]:
    """Time several networks in turns, so that whatever else the machine does meets all alike.

    Each is timed as `measure_latency` does, for about `seconds`.

    Raises:
        DeviceError: no such engine or device.
        NetworkError: a network does not accept that size.
    """
    if batch < 1:
        raise DeviceError(f"A batch of {batch} cannot be timed; 1 or more is needed.")
    if image_px < 1:
        raise DeviceError(f"Images of {image_px} px cannot be timed; 1 or more is needed.")
    opened = [open_engine(engine, net, device=device) for net in nets]
    generator = torch.Generator().manual_seed(0)
    size = (batch, nets[0].spec.channels, image_px, image_px)
    images = torch.randn(size, generator=generator).numpy()
    found = []
    for one, times in zip(opened, _time_runs(opened, images, seconds), strict=True):
        p50, p95 = map(float, np.percentile(times, [50, 95]))
        runs, place, threads = len(times), one.device, one.threads
        found.append(Latency(p50, p95, runs, batch, image_px, engine, place, threads))
    return tuple(found)


def _time_runs(engines: Sequence[Engine], images: np.ndarray, seconds: float) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in engines]
    for one in engines:
        for _ in range(2):  # the first passes allocate, choose kernels and compile
            one.run(images)
    end = time.perf_counter() + seconds * len(engines)
    while len(times[0]) < 5 or time.perf_counter() < end:
        for one, own in zip(engines, times, strict=True):
            start = time.perf_counter()
            one.run(images)
            own.append(1000 * (time.perf_counter() - start))
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
            wait(device)
            if number:
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: float(np.median(taken)) for name, taken in times.items()}


def wait(device: torch.device) -> None:
    """Wait until a device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
