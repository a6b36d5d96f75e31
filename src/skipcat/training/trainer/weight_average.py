"""The exponential moving average (EMA) of weights and batch-norm statistics."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from skipcat.training.recipe import Recipe


def average_weights(network: nn.Module, recipe: Recipe) -> AveragedModel:
    """Build the exponential moving average of weights and batch-norm statistics.

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
