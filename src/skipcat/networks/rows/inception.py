"""A row that is a figure: parallel branches of layers, for the later Inceptions.

Szegedy et al. 2015, arXiv 1512.00567, and 2017, arXiv 1602.07261, draw their modules as figures;
here a figure is written as its branches, each a tuple of layers from the input upwards.
"""

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, ClassVar, Literal

from torch import nn

from skipcat.blocks.convolution import Convolution, Size, same_padding
from skipcat.blocks.inception import Concatenation
from skipcat.blocks.residual import Residual
from skipcat.networks.rows.convolution import out_channels
from skipcat.networks.rows.row import BuildContext, Row, Width

Edge = Literal["same", "valid"]
LastUnit = Literal["alike", "bare"]


@dataclass(frozen=True)
class Layer(Row):
    """A convolution of a branch; a kernel is one figure or (height, width)."""

    kernel: Size
    width: Width
    stride: int = 1
    edge: Edge = "same"
    kind: Literal["layer"] = "layer"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        padding = same_padding(self.kernel) if self.edge == "same" else 0
        size = (in_width, self.width, self.kernel, self.stride)
        return Convolution(*size, padding=padding, norm_eps=context.norm_eps), self.width

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        largest = self.kernel if isinstance(self.kernel, int) else max(self.kernel)
        lost = 0 if self.edge == "same" else largest - 1
        return (grid_px - lost - 1) // self.stride + 1

    def read(self, module: nn.Module) -> "Layer":
        """Return the layer that describes a cut module."""
        return replace(self, width=out_channels(module))

    def __str__(self) -> str:
        height, width = (self.kernel,) * 2 if isinstance(self.kernel, int) else self.kernel
        return f"{height}x{width} {self.width}" + (" /2" if self.stride == 2 else "")


@dataclass(frozen=True)
class Pool(Row):
    """A 3x3 pool of a branch; ``padding`` says whether an average counts the zeros around."""

    what: Literal["average", "max"]
    stride: int = 1
    edge: Edge = "same"
    padding: Literal["counted", "left_out"] = "counted"
    kind: Literal["pool"] = "pool"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        around = 1 if self.edge == "same" else 0
        if self.what == "max":
            return nn.MaxPool2d(3, self.stride, around), in_width
        counted = self.padding == "counted"
        return nn.AvgPool2d(3, self.stride, around, count_include_pad=counted), in_width

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        if self.edge == "same":
            return -(-grid_px // self.stride)
        return (grid_px - 3) // self.stride + 1

    def __str__(self) -> str:
        return f"{self.what} pool" + (" /2" if self.stride == 2 else "")


@dataclass(frozen=True)
class Fork(Row):
    """Two layers side by side at the end of a branch."""

    left: Layer
    right: Layer
    kind: Literal["fork"] = "fork"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        left, left_width = self.left.build(in_width, context)
        right, right_width = self.right.build(in_width, context)
        return Concatenation({"left": left, "right": right}), left_width + right_width

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        return self.left.grid_after(grid_px)

    def read(self, module: Any) -> "Fork":
        """Return the layers that describe a cut module."""
        return Fork(self.left.read(module.left), self.right.read(module.right))

    def __str__(self) -> str:
        return f"({self.left} + {self.right})"


Branch = tuple[Layer | Pool | Fork, ...]
NamedBranches = tuple[tuple[str, Branch], ...]


@dataclass(frozen=True)
class Branches(Row):
    """Named branches on one input, concatenated; ``figure`` is the paper's word for the module."""

    figure: str
    branches: NamedBranches
    kind: Literal["branches"] = "branches"
    is_module: ClassVar[bool] = True

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        built: dict[str, nn.Module] = {}
        total = 0
        for name, branch in self.branches:
            width = in_width
            modules: list[nn.Module] = []
            for layer in branch:
                module, width = layer.build(width, context)
                modules.append(module)
            built[name] = nn.Sequential(*modules)
            total += width
        return Concatenation(built), total

    @property
    def reduction(self) -> int:
        """Return the factor by which the grid shrinks."""
        return max(layer.reduction for _, branch in self.branches for layer in branch)

    def without_stride(self) -> "Branches":
        """Return the row for small images."""

        def give_way(layer: Layer | Pool | Fork) -> Layer | Pool | Fork:
            return layer if isinstance(layer, Fork) else replace(layer, stride=1)

        slow = tuple((name, tuple(map(give_way, branch))) for name, branch in self.branches)
        return replace(self, branches=slow)

    def read(self, module: nn.Module) -> "Branches":
        """Return the row that describes a cut module; branches that are gone are left out."""
        kept = dict(module.named_children())
        branches = []
        for name, branch in self.branches:
            if name in kept:
                pairs = zip(branch, kept[name].children(), strict=True)
                branches.append((name, tuple(layer.read(built) for layer, built in pairs)))
        return replace(self, branches=tuple(branches))

    def is_stem(self) -> bool:
        """Return whether the paper counts the module to its stem."""
        return self.figure == "stem"

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        return min(
            reduce(lambda grid, layer: layer.grid_after(grid), branch, grid_px)
            for _, branch in self.branches
        )

    def __str__(self) -> str:
        texts = [" - ".join(str(layer) for layer in branch) for _, branch in self.branches]
        return f"{self.figure}: " + " | ".join(texts)


@dataclass(frozen=True)
class ResidualBranches(Row):
    """Units that add their branches to their input: ``y = relu(x + scale * W [branches])``.

    Szegedy et al. 2017, Fig. 10 to 13 and 16 to 19: the branches are concatenated, a 1x1
    convolution without norm and ReLU brings them to the input's width. A "bare" last unit is
    neither scaled nor rectified.
    """

    figure: str
    branches: NamedBranches
    units: int
    scale: float
    last: LastUnit = "alike"
    kind: Literal["residual_branches"] = "residual_branches"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        units = nn.Sequential()
        for index in range(self.units):
            branch = nn.Sequential()
            inner, width = Branches(self.figure, self.branches).build(in_width, context)
            branch.add_module("branches", inner)
            branch.add_module("up", Convolution(width, in_width, norm_eps=None, relu=False))
            bare = self.last == "bare" and index == self.units - 1
            scale = 1.0 if bare else self.scale
            units.append(Residual(branch, nn.Identity(), scale=scale, relu=not bare))
        return units, in_width

    def __str__(self) -> str:
        return f"[{Branches(self.figure, self.branches)}; 1x1, times {self.scale}] x{self.units}"
