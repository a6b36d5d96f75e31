"""Rows that the papers' tables share: convolutions and pools.

Rows without a kernel stand in `heads.py`.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from torch import nn

from skipcat.blocks.convolution import Convolution, separable_convolution
from skipcat.networks.rows.row import BuildContext, Row, Width


def out_channels(module: Any) -> int:
    """Return the output width of a convolution, with its norm or bare."""
    conv = module.conv if isinstance(module, Convolution) else module
    return int(conv.out_channels)


@dataclass(frozen=True)
class Conv(Row):
    """A convolution; ``reduce`` is the 1x1 in front of it, with GoogLeNet's "#3x3 reduce"."""

    kernel: int
    width: Width
    stride: int = 1
    padding: int | None = None
    reduce: Width = 0
    kind: Literal["conv"] = "conv"
    is_plain: ClassVar[bool] = True

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        size, eps = (self.width, self.kernel, self.stride), context.norm_eps
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        if self.reduce:
            layers["reduce"] = Convolution(in_width, self.reduce, norm_eps=eps)
        width = self.reduce or in_width
        layers["conv"] = Convolution(width, *size, padding=self.padding, norm_eps=eps)
        return nn.Sequential(layers) if self.reduce else layers["conv"], self.width

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        padding = self.kernel // 2 if self.padding is None else self.padding
        return (grid_px + 2 * padding - self.kernel) // self.stride + 1

    def read(self, module: Any) -> "Conv":
        """Return the row that describes a cut module."""
        if not self.reduce:
            return replace(self, width=out_channels(module))
        return replace(self, reduce=out_channels(module.reduce), width=out_channels(module.conv))

    def __str__(self) -> str:
        stride = f" /{self.stride}" if self.stride > 1 else ""
        front = f"1x1 {self.reduce} - " if self.reduce else ""
        return f"{front}{self.kernel}x{self.kernel} {self.width}{stride}"


@dataclass(frozen=True)
class SeparableConv(Row):
    """``multiplier`` filters on each input channel alone, then a 1x1 over all of them."""

    kernel: int
    width: Width
    stride: int
    multiplier: int
    kind: Literal["separable_conv"] = "separable_conv"
    is_plain: ClassVar[bool] = True

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        size = (in_width, self.width, self.kernel, self.stride)
        depth = self.multiplier
        return separable_convolution(*size, multiplier=depth, norm_eps=context.norm_eps), self.width

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        return (grid_px + 2 * (self.kernel // 2) - self.kernel) // self.stride + 1

    def read(self, module: Any) -> "SeparableConv":
        """Return the row that describes a cut module."""
        return replace(self, width=out_channels(module.pointwise))

    def __str__(self) -> str:
        stride = f" /{self.stride}" if self.stride > 1 else ""
        return (
            f"separable {self.kernel}x{self.kernel} x{self.multiplier} - 1x1 {self.width}{stride}"
        )


@dataclass(frozen=True)
class MaxPool(Row):
    """A maximum over windows; "up" lets the last window hang over the edge, as Caffe does."""

    kernel: int
    stride: int
    padding: int = 0
    rounding: Literal["down", "up"] = "down"
    kind: Literal["max_pool"] = "max_pool"
    is_plain: ClassVar[bool] = True

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        ceil = self.rounding == "up"
        return nn.MaxPool2d(self.kernel, self.stride, self.padding, ceil_mode=ceil), in_width

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        steps = grid_px + 2 * self.padding - self.kernel
        if self.rounding == "down":
            return steps // self.stride + 1
        last = -(-steps // self.stride)
        if last * self.stride >= grid_px + self.padding:  # a window must start inside
            last -= 1
        return last + 1

    def without_stride(self) -> "LeftOut":
        """Return the row for small images."""
        return LeftOut(str(self))

    def __str__(self) -> str:
        return f"max pool {self.kernel}x{self.kernel} /{self.stride}"


@dataclass(frozen=True)
class LeftOut(Row):
    """A stem's pool that gave way to small images."""

    row: str
    kind: Literal["left_out"] = "left_out"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        return nn.Identity(), in_width

    def __str__(self) -> str:
        return f"{self.row}, left out for small images"
