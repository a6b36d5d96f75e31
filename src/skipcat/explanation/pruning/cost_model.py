"""How much work a network is, and how much of it each channel: what a removal saves."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import nn

from skipcat.blocks.convolution import Convolution
from skipcat.blocks.inception import Concatenation
from skipcat.blocks.residual import SkippableUnit
from skipcat.explanation.pruning.prunable import Site
from skipcat.networks.network import Network

# Normalising and rectifying one value takes about as long as so many multiply-adds (28 to 41, and
# 20 to 64 at the extremes, for 64 images of 8 to 32 px on one core with AVX-512).
MACS_PER_VALUE = 35.0
# A convolution works out so many channels at a time: 24 take as long as 32.
LANES = 16

_Tag = tuple[str, int]  # a site, "" for channels that stay; how many channels of it in a row


@dataclass(frozen=True)
class Work:
    """The work of each convolution for one image, by its path.

    Units: multiply-adds; channels count in sixteens, a value that is put out as 35.
    """

    layers: dict[str, float]

    @property
    def total(self) -> float:
        """The work of all of them."""
        return sum(self.layers.values())


def count_work(net: Network, image_px: int) -> Work:
    """Count the work of every convolution and linear layer, from one image sent through."""
    layers: dict[str, float] = {}

    def note(name: str, module: nn.Module, y: torch.Tensor) -> None:
        weight: torch.Tensor = module.weight  # type: ignore[assignment]
        places = y[0].numel() / y.shape[1]
        per_channel = weight.numel() / y.shape[1]
        full = LANES * -(-y.shape[1] // LANES)
        layers[name] = places * (per_channel * full + MACS_PER_VALUE * y.shape[1])

    with ExitStack() as hooks, torch.inference_mode():
        for name, module in net.named_modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                hook = module.register_forward_hook(lambda m, _, y, name=name: note(name, m, y))
                hooks.enter_context(hook)
        net(torch.zeros(1, net.spec.channels, image_px, image_px))
    return Work(layers)


def price_channels(net: Network, work: Work, sites: Sequence[Site]) -> dict[str, float]:
    """Return the work that one channel of each site makes: its own, and that of who reads it."""
    names = {site.name for site in sites}
    prices = dict.fromkeys(names, 0.0)
    tags: list[_Tag] = [("", net.spec.channels)]

    def charge(name: str, conv: nn.Conv2d, path: str, given: list[_Tag]) -> list[_Tag]:
        cost = work.layers.get(path, 0.0)
        for site, _ in given:
            if site:
                prices[site] += cost / sum(count for _, count in given)
        if name in names:
            prices[name] += cost / conv.out_channels
        return [(name if name in names else "", conv.out_channels)]

    def walk(name: str, module: nn.Module, given: list[_Tag]) -> list[_Tag]:
        if isinstance(module, Convolution):
            return charge(name, module.conv, f"{name}.conv", given)
        if isinstance(module, nn.Conv2d):
            return charge(name, module, name, given)
        if isinstance(module, Concatenation):
            branches = module.named_children()
            return [tag for child, one in branches for tag in walk(f"{name}.{child}", one, given)]
        if isinstance(module, SkippableUnit):
            walk(f"{name}.branch", module.branch, [("", 1)])
            return [("", 1)]
        if isinstance(module, nn.Sequential):
            for child, one in module.named_children():
                given = walk(f"{name}.{child}", one, given)
        return given

    for name, stage in net.stages():
        tags = walk(name, stage, tags)
    return prices
