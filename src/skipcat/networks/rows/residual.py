"""The row of a residual network: units at one grid and width.

He, Zhang, Ren, Sun 2016, arXiv 1512.03385, Table 1. The tables stand in `resnet.py` and
`resnet_cifar.py`; units with widths of their own are in `pruned.py`.
"""

from dataclasses import dataclass
from typing import Literal

from torch import nn

from skipcat.blocks import residual
from skipcat.networks.rows.row import BuildContext
from skipcat.networks.rows.stage import Stage


@dataclass(frozen=True)
class ResidualStage(Stage):
    """Residual units at one grid and width: `[3x3, 64; 3x3, 64] x 2`.

    ``width`` is that of the 3x3; a bottleneck ends in ``expansion`` times as many channels.
    """

    shortcut: residual.Shortcut = "B"
    expansion: int = 4
    groups: int = 1
    kind: Literal["residual_stage"] = "residual_stage"

    def build_unit(
        self, in_width: int, index: int, context: BuildContext, inner: residual.Widths = ()
    ) -> nn.Module:
        """Build one unit; ``inner`` has the widths inside its branch where these are its own."""
        norm_eps = context.norm_eps
        stride = self.stride if index == 0 else 1
        if self.block == "basic":
            branch = residual.basic_branch(in_width, self.width, stride, norm_eps, inner=inner)
        else:
            branch = residual.bottleneck_branch(
                in_width,
                self.width,
                self.out_width,
                stride,
                norm_eps=norm_eps,
                stride_place=self.stride_place,
                groups=self.groups,
                inner=inner,
            )
        if self.shortcut == "none":
            return residual.Plain(branch)
        if self.shortcut == "scaled":
            way = residual.build_shortcut("A", in_width, self.out_width, stride, norm_eps)
            half = residual.CONSTANT_SCALE
            return residual.Residual(branch, residual.ScaledShortcut(way, half), scale=half)
        way = residual.build_shortcut(self.shortcut, in_width, self.out_width, stride, norm_eps)
        return residual.Residual(branch, way)
