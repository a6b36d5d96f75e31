"""Filter concatenation: Szegedy et al. 2014, arXiv 1409.4842, Fig. 2.

Here: parallel branches whose outputs are concatenated. It nests, so Inception v3's forks inside a
branch (arXiv 1512.00567, Fig. 7) are made of it as well. Which branches there are is each
network's table.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class Concatenation(nn.Module):
    """Run named branches on one input and concatenate their channels in order.

    Shapes:
        x ``(N, C, H, W)`` -> ``(N, sum of the branches' widths, H', W')``.
    """

    def __init__(self, branches: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, branch in branches.items():
            self.add_module(name, branch)

    def forward(self, x: Tensor) -> Tensor:
        """Return all branches' channels."""
        return torch.cat([branch(x) for branch in self.children()], 1)
