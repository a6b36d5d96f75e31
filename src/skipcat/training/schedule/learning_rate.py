"""The learning-rate schedule: linear warmup, then a cosine to nothing.

Loshchilov & Hutter 2017, arXiv 1608.03983, eq. (5), without restarts.
"""

import math

from skipcat.training.recipe import Recipe

BATCH_OF_RATE = 64


def rate_at(progress: float, peak_rate: float, recipe: Recipe) -> float:
    """Return the learning rate at `progress`, 0 to 1; `peak_rate` is that of a batch of 64."""
    peak = peak_rate * recipe.batch_size / BATCH_OF_RATE
    if progress < recipe.warmup:
        return peak * (0.1 + 0.9 * progress / recipe.warmup)
    fall = (progress - recipe.warmup) / (1 - recipe.warmup)
    return peak * 0.5 * (1 + math.cos(math.pi * fall))
