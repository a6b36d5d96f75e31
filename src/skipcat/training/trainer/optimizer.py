"""The optimizer: SGD with Nesterov momentum; weight decay spares norms and biases."""

from collections.abc import Mapping

import torch
from torch import nn

from skipcat.training.recipe import Recipe


def build_optimiser(
    network: nn.Module, recipe: Recipe, shares: Mapping[str, float] | None = None
) -> torch.optim.SGD:
    """Build SGD with Nesterov momentum; norms and biases (all vectors) are not decayed.

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
