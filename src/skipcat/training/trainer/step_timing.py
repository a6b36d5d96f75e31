"""How long a training step takes here, measured before a run that has to end on time."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from skipcat.cost.counting import measure_cost
from skipcat.networks.catalogue import build_network
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.training.augmentation.augment import Augmentation, augment_batch
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.image_sizes import build_on_meta
from skipcat.training.trainer.loss import NetworkWithLoss
from skipcat.training.trainer.optimizer import build_optimiser
from skipcat.training.trainer.weight_average import average_weights

PROBE_SECONDS = 1.5
PROBED = Augmentation(mirror=True, area=0.5, light=0.2)


def measure_step_time(
    spec: Spec,
    probed: tuple[tuple[int, int], tuple[int, int]],
    recipe: Recipe,
    device: torch.device,
) -> Callable[[int, int], float]:
    """Measure whole training steps at two (size, reduction); return seconds per image at any.

    With MACs the time grows linearly, from a share that no MAC explains: small images keep a
    processor less busy. A plan that is off is mended on the way.
    """
    count = _mac_counter(spec)
    (low, fast), (high, slow) = (
        (count(*one), time_steps(replace(spec, stem_reduction=one[1]), one[0], recipe, device))
        for one in probed
    )
    slope = fit_slope(low, fast, high, slow)
    base = slow - slope * high
    return lambda side_px, reduction: base + slope * count(side_px, reduction)


def fit_slope(low: int, fast: float, high: int, slow: float) -> float:
    """Return the seconds that one MAC more takes, from two measurements that noise may have turned.

    Between a quarter of the time and all of it is in proportion to MACs, whatever was measured;
    all of it, where both measurements are of one size.
    """
    measured = (slow - fast) / (high - low) if high > low else math.inf
    return min(slow / high, max(0.25 * slow / high, measured))


def time_steps(
    spec: Spec,
    image_px: int,
    recipe: Recipe,
    device: torch.device,
    *,
    seconds: float = PROBE_SECONDS,
) -> float:
    """Return seconds per image of a step with all that belongs to it."""
    with torch.random.fork_rng(devices=[]):  # dropout draws; the run's own draws stay as they are
        times = _time_steps(build_network(spec).to(device), image_px, recipe, seconds)
    # The fastest step: what another program disturbs now, the run itself may be spared, and a
    # plan that hoped for too much is mended on the way.
    return min(times) / recipe.batch_size


def _time_steps(network: Network, image_px: int, recipe: Recipe, seconds: float) -> list[float]:
    network = network.to(memory_format=torch.channels_last)
    device = next(network.parameters()).device
    model = NetworkWithLoss(network, recipe.label_smoothing).train()
    optimiser, average = build_optimiser(network, recipe), average_weights(network, recipe)
    shape = (recipe.batch_size, network.spec.channels, image_px, image_px)
    pixels = torch.randint(0, 255, shape, dtype=torch.uint8, device=device)
    targets = torch.arange(recipe.batch_size, device=device) % network.spec.classes
    rows = np.arange(recipe.batch_size)
    times: list[float] = []
    while len(times) < 2 or (sum(times) < seconds and len(times) < 20):
        start = time.perf_counter()
        images = augment_batch(
            pixels, np.ones(recipe.batch_size), rows,
            augmentation=PROBED, seed=0, epoch=len(times), side_px=image_px,
        )  # fmt: skip
        loss = model(images.contiguous(memory_format=torch.channels_last), targets)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        average.update_parameters(network)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return times


def _mac_counter(spec: Spec) -> Callable[[int, int], int]:
    @cache
    def count(side_px: int, reduction: int) -> int:
        return measure_cost(build_on_meta(spec, reduction), image_px=side_px).macs

    return count
