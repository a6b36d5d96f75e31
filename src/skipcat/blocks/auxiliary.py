"""Auxiliary classifiers: small heads on a middle row, for training (and for early answers).

GoogLeNet's two: Szegedy et al. 2014, arXiv 1409.4842, §5. Inception v3's one: Szegedy et al. 2015,
arXiv 1512.00567, §4, with batch normalisation and the geometry of its published code. Their pooling
is made adaptive, so that every accepted size trains.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from skipcat.blocks.convolution import Convolution

PoolRule = Literal["windows", "adaptive"]


def pool_to_grid(x: Tensor, grid: int, rule: PoolRule = "windows") -> Tensor:
    """Average a grid of any size to ``grid x grid``.

    "windows" takes equal windows at equal steps, ``stride = n // grid`` and
    ``kernel = n - (grid - 1) * stride``: from 14 to 4 and from 17 to 5 this is the papers' 5x5
    average at stride 3. "adaptive" is torch's rule, whose windows from 14 to 4 are 4 and 5 wide.
    A grid smaller than asked for is repeated, by torch's rule.

    Shapes:
        x ``(N, C, H, W)`` -> ``(N, C, grid, grid)``.
    """
    height, width = x.shape[-2:]
    if rule == "adaptive" or min(height, width) < grid:
        return functional.adaptive_avg_pool2d(x, grid)
    stride = (height // grid, width // grid)
    kernel = (height - (grid - 1) * stride[0], width - (grid - 1) * stride[1])
    return functional.avg_pool2d(x, kernel, stride)


class GoogLeNetHead(nn.Module):
    """Classify from a 4x4 average: 1x1 convolution, hidden layer, dropout, linear.

    Shapes:
        x ``(N, in_width, H, W)`` -> logits ``(N, classes)``.
    """

    def __init__(
        self,
        in_width: int,
        classes: int,
        *,
        widths: tuple[int, int],
        dropout: float,
        pool_rule: PoolRule,
        norm_eps: float | None,
    ) -> None:
        super().__init__()
        project, hidden = widths
        self.pool_rule: PoolRule = pool_rule
        self.project = Convolution(in_width, project, norm_eps=norm_eps)
        self.hidden = nn.Linear(project * 4 * 4, hidden)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the head's logits."""
        x = torch.flatten(self.project(pool_to_grid(x, 4, self.pool_rule)), 1)
        x = functional.relu(self.hidden(x), inplace=True)
        logits: Tensor = self.linear(self.dropout(x))
        return logits


class InceptionV3Head(nn.Module):
    """Classify from a 5x5 average: 1x1 convolution, 5x5 convolution, linear.

    Shapes:
        x ``(N, in_width, H, W)`` -> logits ``(N, classes)``.
    """

    def __init__(
        self, in_width: int, classes: int, *, widths: tuple[int, int], norm_eps: float
    ) -> None:
        super().__init__()
        project, spread = widths
        self.project = Convolution(in_width, project, norm_eps=norm_eps)
        self.spread = Convolution(project, spread, 5, padding=0, norm_eps=norm_eps)
        self.linear = nn.Linear(spread, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the head's logits."""
        x = torch.flatten(self.spread(self.project(pool_to_grid(x, 5))), 1)
        logits: Tensor = self.linear(x)
        return logits
