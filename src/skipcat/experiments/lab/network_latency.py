"""Cost and latency of whole networks as they predict: counted, and timed in turn."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial

import torch
from torch import nn

from skipcat.cost.counting import count_module
from skipcat.engines.latency import time_in_turn
from skipcat.experiments.lab.microbenchmarks import enliven
from skipcat.experiments.lab.network_variants import leave_heads_out
from skipcat.networks.catalogue import build_network, make_spec


def count_prediction(name: str, image_px: int) -> dict[str, int]:
    """Count parameters, MACs, activations and depth of a network as it predicts."""
    with torch.device("meta"):
        return asdict(count_module(_make(name), (3, image_px, image_px)))


def _make(name: str) -> nn.Module:
    if name == "vgg16":
        from torchvision.models import vgg16

        vgg: nn.Module = vgg16()
        return vgg
    return build_network(leave_heads_out(make_spec(name)))


def build_lively(name: str, device: torch.device) -> nn.Module:
    """Build a network as it predicts, with weights that keep its signals alive."""
    with torch.device("meta"):
        network = _make(name)
    network = enliven(network.to_empty(device="cpu")).to(device)
    return network.to(memory_format=torch.channels_last)


def time_networks(
    networks: Mapping[str, tuple[nn.Module, int]], rounds: Mapping[int, int], device: torch.device
) -> dict[str, dict[str, float]]:
    """Time predictions in turn; `networks` come with the side of their images.

    Units: milliseconds for all images, by images at a time (`rounds` has the turns of each).
    """
    found = {}
    for batch, turns in rounds.items():
        generator = torch.Generator().manual_seed(0)
        images = {
            side: torch.randn(batch, 3, side, side, generator=generator)
            .to(device)
            .contiguous(memory_format=torch.channels_last)
            for side in sorted({side for _, side in networks.values()})
        }
        works: dict[str, Callable[[], object]] = {
            label: partial(network, images[side]) for label, (network, side) in networks.items()
        }
        with torch.inference_mode():
            found[str(batch)] = time_in_turn(works, rounds=turns, device=device)
    return found
