"""Residual networks for ImageNet.

He, Zhang, Ren, Sun 2016, "Deep residual learning for image recognition", arXiv 1512.03385. Here:
the five columns of Table 1 with projection shortcuts where shapes change (option B). Not here:
plain twins, options A and C at this size, the CIFAR networks (in `resnet_cifar.py`).
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from torch import nn

from skipcat.blocks.initialisation import he_normal
from skipcat.blocks.residual import (
    Residual,
    StridePlace,
    basic_branch,
    bottleneck_branch,
    projection_shortcut,
    zero_padded_shortcut,
)
from skipcat.networks.network import Network
from skipcat.networks.rows import Conv, GlobalPool, Linear, MaxPool

PAPER = "He et al. 2016, Deep residual learning for image recognition, arXiv 1512.03385"

Block = Literal["basic", "bottleneck"]


@dataclass(frozen=True)
class ResidualStage:
    """Residual units at one grid and width: `[3x3, 64; 3x3, 64] x 2`."""

    block: Block
    width: int
    units: int
    stride: int = 1
    stride_place: StridePlace = "3x3"
    shortcut: Literal["A", "B"] = "B"
    kind: Literal["residual_stage"] = "residual_stage"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        units = nn.Sequential()
        for index in range(self.units):
            stride = self.stride if index == 0 else 1
            units.append(self._build_unit(in_width, stride, spec.norm_eps))
            in_width = self.out_width
        return units, self.out_width

    def _build_unit(self, in_width: int, stride: int, norm_eps: float) -> Residual:
        place, shortcut = self.stride_place, zero_padded_shortcut(in_width, self.out_width, stride)
        if self.block == "basic":
            branch = basic_branch(in_width, self.width, stride, norm_eps)
        else:
            branch = bottleneck_branch(in_width, self.width, stride, norm_eps, stride_place=place)
        if self.shortcut == "B":
            shortcut = projection_shortcut(in_width, self.out_width, stride, norm_eps)
        return Residual(branch, shortcut)

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
        return f"[{unit}] x{self.units}{stride}"


# fmt: off
RESNET_TABLE_1: dict[str, tuple[Block, tuple[int, int, int, int]]] = {
    #                   units in conv2_x, conv3_x, conv4_x, conv5_x
    "resnet18":  ("basic",      (2,       2,       2,       2)),
    "resnet34":  ("basic",      (3,       4,       6,       3)),
    "resnet50":  ("bottleneck", (3,       4,       6,       3)),
    "resnet101": ("bottleneck", (3,       4,      23,       3)),
    "resnet152": ("bottleneck", (3,       8,      36,       3)),
}
# fmt: on

ResNetRow = Conv | MaxPool | ResidualStage | GlobalPool | Linear


@dataclass(frozen=True)
class ResNetSpec:
    """A residual network in plain values."""

    name: str
    rows: tuple[tuple[str, ResNetRow], ...]
    classes: int = 1000
    channels: int = 3
    stem_reduction: int = 4
    norm_eps: float = 1e-5
    auxiliary_weight: ClassVar[float] = 0.0  # no auxiliary heads
    smallest_px: int = 8
    kind: Literal["resnet"] = "resnet"


def resnet_spec(name: str, column: str, stride_place: StridePlace) -> ResNetSpec:
    """Give the spec of a column of Table 1."""
    block, units = RESNET_TABLE_1[column]
    stages = [
        (f"conv{2 + i}_x", ResidualStage(block, 64 * 2**i, units[i], min(i + 1, 2), stride_place))
        for i in range(4)
    ]
    stem = (
        ("conv1", Conv(kernel=7, width=64, stride=2)),
        # The table lists this pool as the first line of conv2_x.
        ("pool1", MaxPool(kernel=3, stride=2, padding=1)),
    )
    return ResNetSpec(name, (*stem, *stages, ("pool5", GlobalPool()), ("fc", Linear())))


RESNETS = {
    # Deviation: the stride in the 3x3, not in the first 1x1; torchvision's weights need it.
    **{name: resnet_spec(name, name, "3x3") for name in RESNET_TABLE_1},
    **{
        f"{name}_2015": resnet_spec(f"{name}_2015", name, "first_1x1")
        for name in ("resnet50", "resnet101", "resnet152")
    },
}


def build_resnet(spec: ResNetSpec) -> Network:
    """Build the network of a spec."""
    return Network(spec, paper=PAPER, initialise=he_normal)
