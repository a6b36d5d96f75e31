"""How long a training step takes here, measured before a run that has to end on time."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import torch

from skipcat.cost.counting import measure_cost
from skipcat.networks.catalogue import Spec, build_network
from skipcat.networks.network import Network
from skipcat.networks.rows import paper_reduction, possible_reductions
from skipcat.training.loss import NetworkWithLoss
from skipcat.training.recipe import Recipe

PROBE_SECONDS = 3.0


def allowed_reductions(spec: Spec) -> tuple[int, ...]:
    """Give the stem reductions that a plan may take: the spec's own, then larger ones."""
    return tuple(r for r in possible_reductions(spec.rows) if r >= spec.stem_reduction) or (
        paper_reduction(spec.rows),
    )


def measure_step_time(
    spec: Spec, image_px: int, recipe: Recipe, device: torch.device
) -> Callable[[int, int], float]:
    """Measure training steps at one size; give seconds per image at any (size, reduction).

    Between sizes, time is taken to be proportional to MACs: a plan that is off is mended on the
    way, once epochs have been measured.
    """
    network = build_network(spec).to(device).to(memory_format=torch.channels_last)
    measured = _time_steps(network, image_px, recipe, device)
    count = _mac_counter(spec)
    base = count(image_px, spec.stem_reduction)
    return lambda side_px, reduction: measured * count(side_px, reduction) / base


def smallest_size(spec: Spec, reduction: int) -> int:
    """Give the smallest image that the network accepts with this stem."""
    return _on_meta(spec, reduction).smallest_px


def _time_steps(network: Network, image_px: int, recipe: Recipe, device: torch.device) -> float:
    model = NetworkWithLoss(network, recipe.label_smoothing).train()
    images = torch.randn(recipe.batch, network.spec.channels, image_px, image_px, device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    targets = torch.arange(recipe.batch, device=device) % network.spec.classes
    times: list[float] = []
    with torch.random.fork_rng(devices=[]):
        while len(times) < 3 or (sum(times) < PROBE_SECONDS and len(times) < 20):
            start = time.perf_counter()
            model(images, targets).backward()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            times.append(time.perf_counter() - start)
    # The fastest step: what another program disturbs now, the run itself may be spared, and a
    # plan that hoped for too much is mended on the way.
    return min(times) / recipe.batch


def _mac_counter(spec: Spec) -> Callable[[int, int], int]:
    @cache
    def count(side_px: int, reduction: int) -> int:
        return measure_cost(_on_meta(spec, reduction), image_px=side_px).macs

    return count


def _on_meta(spec: Spec, reduction: int) -> Network:
    with torch.device("meta"):
        return build_network(replace(spec, stem_reduction=reduction))
