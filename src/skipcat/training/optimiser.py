"""The optimiser, its rate over the run, and the moving average of the weights."""

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from skipcat.training.recipe import Recipe

BATCH_OF_RATE = 64


def build_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.SGD:
    """Give SGD with Nesterov momentum; norms and biases (all vectors) are not decayed."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=0.0, momentum=recipe.momentum, nesterov=recipe.momentum > 0)


def rate_at(progress: float, peak_rate: float, recipe: Recipe) -> float:
    """Give the learning rate at `progress` (0 to 1): a linear rise, then a cosine to nothing."""
    peak = peak_rate * recipe.batch / BATCH_OF_RATE
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
