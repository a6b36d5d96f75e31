"""The optimiser, its rate over the run, and the moving average of the weights."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from skipcat.training.recipe import Recipe

BATCH_OF_RATE = 64


def build_optimiser(
    network: nn.Module, recipe: Recipe, shares: Mapping[str, float] | None = None
) -> torch.optim.SGD:
    """Give SGD with Nesterov momentum; norms and biases (all vectors) are not decayed.

    `shares` gives parameters' rates, by name, as shares of the rate; all of it where it is None.
    """
    decay = recipe.weight_decay or 0.0
    # Their order is the network's and no figure's of the recipe, since checkpoints count by it.
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        share = shares[name] if shares else 1.0
        groups.setdefault((share, parameter.ndim > 1), []).append(parameter)
    return torch.optim.SGD(
        [
            {"params": p, "weight_decay": decay if decays else 0.0, "share": share}
            for (share, decays), p in groups.items()
        ],
        lr=0.0,
        momentum=recipe.momentum,
        nesterov=recipe.momentum > 0,
    )


def set_rate(optimiser: torch.optim.SGD, rate: float) -> None:
    """Set the rate of the next step."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["share"]


def rate_at(progress: float, peak_rate: float, recipe: Recipe) -> float:
    """Give the learning rate at `progress` (0 to 1): a linear rise, then a cosine to nothing."""
    peak = peak_rate * recipe.batch_size / BATCH_OF_RATE
    if progress < recipe.warmup:
        return peak * (0.1 + 0.9 * progress / recipe.warmup)
    fall = (progress - recipe.warmup) / (1 - recipe.warmup)
    return peak * 0.5 * (1 + math.cos(math.pi * fall))


def average_weights(network: nn.Module, recipe: Recipe) -> AveragedModel:
    """Give an exponential moving average of weights and batch-norm statistics.

    The decay starts low, (1 + n) / (10 + n) after n steps, so that a run of a few steps is not
    judged by its first weights.
    """

    def blend(
        averages: Sequence[torch.Tensor], current: Sequence[torch.Tensor], count: torch.Tensor | int
    ) -> None:
        decay = min(recipe.ema_decay, (1 + int(count)) / (10 + int(count)))
        for average, now in zip(averages, current, strict=True):
            if average.is_floating_point():
                average.lerp_(now, 1 - decay)
            else:
                average.copy_(now)

    return AveragedModel(network, multi_avg_fn=torch.no_grad()(blend), use_buffers=True)
