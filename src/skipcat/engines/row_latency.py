"""How long each row of a network takes, on this machine."""

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import torch
from torch import nn

from skipcat.engines.device import pick_device
from skipcat.engines.latency import wait
from skipcat.networks.modes import evaluating
from skipcat.networks.network import Network
from skipcat.text.translation import ngettext

LEAST_ROUNDS = 5
SETTLING_IMAGES = 4


@dataclass(frozen=True)
class RowLatency:
    """Medians of one image's way through each row, and through the whole network at once.

    Rows and the whole were timed in turn, so that whatever else the machine did struck all alike.

    Units: milliseconds.
    """

    rows: Mapping[str, float]
    whole_ms: float
    rounds: int
    image_px: int
    device: str
    threads: int

    @property
    def sum_ms(self) -> float:
        """Return the rows' sum."""
        return sum(self.rows.values())

    def to_dict(self) -> dict[str, object]:
        """Return the figures as JSON takes them."""
        return {**asdict(self), "sum_ms": self.sum_ms, "batch": 1}

    def __str__(self) -> str:
        return ngettext(
            "ms: measured on this machine ({device}, {n} thread), one image at a time, median of "
            "{rounds} rounds; the whole network at once took {whole_ms:,.2f} ms, its rows "
            "{sum_ms:,.2f} ms.",
            "ms: measured on this machine ({device}, {n} threads), one image at a time, median of "
            "{rounds} rounds; the whole network at once took {whole_ms:,.2f} ms, its rows "
            "{sum_ms:,.2f} ms.",
            self.threads,
            device=self.device,
            rounds=self.rounds,
            whole_ms=self.whole_ms,
            sum_ms=self.sum_ms,
        )


def measure_rows(
    net: Network, image_px: int = 224, *, seconds: float = 2.0, device: str = "auto"
) -> RowLatency:
    """Time each row of `net` on a random image for about `seconds`, at least five times.

    The network is timed in eval mode and left as it was.

    Raises:
        DeviceError: no such device.
        NetworkError: the network does not accept that size.
    """
    place = pick_device(device)
    home = next(net.parameters()).device
    generator = torch.Generator().manual_seed(0)
    image = torch.randn((1, net.spec.channels, image_px, image_px), generator=generator).to(place)
    net.check_input(image)
    try:
        with evaluating(net.to(place)):
            rounds = _time_rounds(net, image, seconds)
    finally:
        net.to(home)
    rows, wholes = zip(*rounds, strict=True)
    return RowLatency(
        {name: statistics.median(one[name] for one in rows) for name in net.row_names},
        statistics.median(wholes),
        len(rounds),
        image_px,
        place.type,
        torch.get_num_threads(),
    )


def _time_rounds(
    net: Network, image: torch.Tensor, seconds: float
) -> list[tuple[dict[str, float], float]]:
    """Return of each round the times of the rows and of the whole."""
    rounds = list[tuple[dict[str, float], float]]()
    with torch.inference_mode():
        for _ in range(2):  # the first passes allocate and choose kernels
            net(image)
        end = time.perf_counter() + seconds
        while len(rounds) < LEAST_ROUNDS or time.perf_counter() < end:
            if len(rounds) % 2:  # in both orders, so that neither always comes after a pause
                whole = _time_whole(net, image)
                rounds.append((_time_rows(net, image), whole))
            else:
                rounds.append((_time_rows(net, image), _time_whole(net, image)))
    return rounds


def _time_rows(net: Network, image: torch.Tensor) -> dict[str, float]:
    times = {}
    for name, stage in net.stages():
        start = time.perf_counter()
        image = stage(image)
        wait(image.device)
        times[name] = 1000 * (time.perf_counter() - start)
    return times


def _time_whole(net: Network, image: torch.Tensor) -> float:
    start = time.perf_counter()
    net(image)
    wait(image.device)
    return 1000 * (time.perf_counter() - start)


def settle_norms(net: Network, image_px: int) -> None:
    """Give fresh norms the statistics that random images make.

    A network of random weights is then as lively as a trained one: with statistics that fit
    nothing, values grow or fade from row to row, and arithmetic with the tiniest is slow.
    """
    generator = torch.Generator().manual_seed(1)
    size = (SETTLING_IMAGES, net.spec.channels, image_px, image_px)
    was_training = net.training
    with torch.no_grad(), _momentum_of_one(net):
        net.train()(torch.randn(size, generator=generator))
    net.train(was_training)


@contextmanager
def _momentum_of_one(net: nn.Module) -> Iterator[None]:
    """Let norms take the statistics of one batch whole."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum
