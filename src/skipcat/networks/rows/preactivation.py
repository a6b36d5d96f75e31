"""Rows of the pre-activation networks, narrow and wide.

He et al. 2016, arXiv 1603.05027; Zagoruyko and Komodakis 2016, arXiv 1605.07146. Their tables
stand in `preact_resnet.py` and `wide_resnet.py`.
"""

from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from skipcat.blocks.preactivation import (
    NormReLU,
    PreActivationUnit,
    basic_layers,
    bottleneck_layers,
    build_identity_shortcut,
    preactivation_branch,
)
from skipcat.blocks.residual import StridePlace, Widths
from skipcat.networks.rows.convolution import Width


@dataclass(frozen=True)
class PreActivationStage:
    """Pre-activation units at one grid and width.

    The first unit of a stage activates before it splits, both ways (the appendix of the paper and
    the authors' code); in the network's first stage, conv1 has done that ("before").
    """

    block: Literal["basic", "bottleneck"]
    width: Width
    units: int
    stride: int = 1
    stride_place: StridePlace = "3x3"
    shortcut: Literal["A", "B"] = "B"
    first_activation: Literal["shared", "before"] = "shared"
    kind: Literal["preactivation_stage"] = "preactivation_stage"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        units = nn.Sequential()
        for index in range(self.units):
            units.append(self.build_unit(in_width, index, spec.norm_eps))
            in_width = self.out_width
        return units, self.out_width

    def build_unit(
        self, in_width: int, index: int, norm_eps: float, inner: Widths = ()
    ) -> PreActivationUnit:
        """Give one unit; ``inner`` has the widths inside its branch where these are its own."""
        stride = self.stride if index == 0 else 1
        if self.block == "basic":
            layers = basic_layers(in_width, self.width, stride)
        else:
            layers = bottleneck_layers(in_width, self.width, stride, self.stride_place)
        widths, kernels, strides = layers
        branch = preactivation_branch(
            (in_width, *(inner or widths[1:-1]), widths[-1]),
            kernels,
            strides,
            norm_eps=norm_eps,
            activate_first=index > 0,
        )
        way = build_identity_shortcut(self.shortcut, in_width, self.out_width, stride)
        shared = index == 0 and self.first_activation == "shared"
        return PreActivationUnit(branch, way, NormReLU(in_width, norm_eps) if shared else None)

    @property
    def out_width(self) -> int:
        """Give the stage's output width."""
        return 4 * self.width if self.block == "bottleneck" else self.width

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return -(-grid_px // self.stride)

    def __str__(self) -> str:
        stride = f" /{self.stride}" if self.stride > 1 else ""
        if self.block == "basic":
            unit = f"3x3 {self.width}, 3x3 {self.width}"
        else:
            unit = f"1x1 {self.width}, 3x3 {self.width}, 1x1 {self.out_width}"
        return f"[{unit}, activated first] x{self.units}{stride}"


@dataclass(frozen=True)
class Activation:
    """The norm and the ReLU after the last sum."""

    kind: Literal["activation"] = "activation"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        return NormReLU(in_width, spec.norm_eps), in_width

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return grid_px

    def __str__(self) -> str:
        return "batch norm, ReLU"
