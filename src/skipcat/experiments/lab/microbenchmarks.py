"""Microbenchmarks: weights that keep signals alive, mean times, ratios of times."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from skipcat.experiments.lab.statistics import Mean, average, compare
from skipcat.text.translation import Message


@torch.no_grad()
def enliven(module: nn.Module, seed: int = 0) -> nn.Module:
    """Fill a module with weights that keep its signals alive; return it in evaluation mode.

    With weights of no meaning a deep network's signals die out into denormal numbers, which take a
    CPU a hundred times as long, or grow beyond all bounds.
    """
    generator = torch.Generator().manual_seed(seed)
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(part.weight, generator=generator)
            if part.bias is not None:
                part.bias.normal_(0, 0.1, generator=generator)
        elif isinstance(part, nn.BatchNorm2d):
            state = part.state_dict()  # shares its memory with the module
            state["weight"].uniform_(0.5, 1.5, generator=generator)
            state["bias"].normal_(0, 0.3, generator=generator)
            state["running_mean"].normal_(0, 0.3, generator=generator)
            state["running_var"].uniform_(0.5, 2.0, generator=generator)
    return module.eval()


def average_times(values: Sequence[float]) -> Mean:
    """Compute the geometric mean of one time for each repetition; its interval is above 0."""
    mean = average([math.log(one) for one in values])
    low_high = mean.interval and (math.exp(mean.interval[0]), math.exp(mean.interval[1]))
    return Mean(math.exp(mean.value), low_high, mean.seeds)


def compare_times(ours: Sequence[float], theirs: Sequence[float]) -> Mean:
    """Compute the logarithm of the ratio of our times to theirs, paired by repetition."""
    return compare([math.log(one) for one in ours], [math.log(one) for one in theirs])


def describe_ratio(ratio: Mean) -> Message:
    """Return "2.10 (2.01 … 2.27)", a ratio of times, of its logarithm."""
    ends = ratio.interval and (math.exp(ratio.interval[0]), math.exp(ratio.interval[1]))
    return Mean(math.exp(ratio.value), ends, ratio.seeds).describe(digits=2)
