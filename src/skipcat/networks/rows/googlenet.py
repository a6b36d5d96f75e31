"""The row of GoogLeNet: its Inception module.

Szegedy et al. 2014, arXiv 1409.4842. The table stands in `papers/googlenet.py`.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from torch import nn

from skipcat.blocks.convolution import Convolution
from skipcat.blocks.inception import Concatenation
from skipcat.networks.rows.convolution import out_channels
from skipcat.networks.rows.row import BuildContext, Row, Width


@dataclass(frozen=True)
class Inception(Row):
    """An Inception module: Fig. 2(b). The widths stand in Table 1's order.

    A branch of width 0 is not there.
    """

    conv1x1: Width
    reduce3x3: Width
    conv3x3: Width
    reduce5x5: Width
    conv5x5: Width
    pool_project: Width
    large_kernel: int = 5
    kind: Literal["inception_v1"] = "inception_v1"
    is_module: ClassVar[bool] = True

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        eps = context.norm_eps

        def reduced(reduce: int, kernel: int, width: int) -> nn.Sequential:
            layers = [
                ("reduce", Convolution(in_width, reduce, norm_eps=eps)),
                ("conv", Convolution(reduce, width, kernel, norm_eps=eps)),
            ]
            return nn.Sequential(OrderedDict(layers))

        branches: dict[str, nn.Module] = {}
        if self.conv1x1:
            branches["branch1x1"] = Convolution(in_width, self.conv1x1, norm_eps=eps)
        if self.conv3x3:
            branches["branch3x3"] = reduced(self.reduce3x3, 3, self.conv3x3)
        if self.conv5x5:
            branches["branch5x5"] = reduced(self.reduce5x5, self.large_kernel, self.conv5x5)
        if self.pool_project:
            pool = nn.Sequential()
            pool.add_module("pool", nn.MaxPool2d(3, stride=1, padding=1))
            pool.add_module("project", Convolution(in_width, self.pool_project, norm_eps=eps))
            branches["branch_pool"] = pool
        width = self.conv1x1 + self.conv3x3 + self.conv5x5 + self.pool_project
        return Concatenation(branches), width

    def read(self, module: nn.Module) -> "Inception":
        """Return the row that describes a cut module; a branch that is gone has width 0."""

        def width(path: str) -> int:
            branch = path.split(".", maxsplit=1)[0]
            return out_channels(module.get_submodule(path)) if hasattr(module, branch) else 0

        return replace(
            self,
            conv1x1=width("branch1x1"),
            reduce3x3=width("branch3x3.reduce"),
            conv3x3=width("branch3x3.conv"),
            reduce5x5=width("branch5x5.reduce"),
            conv5x5=width("branch5x5.conv"),
            pool_project=width("branch_pool.project"),
        )

    def __str__(self) -> str:
        large = f"{self.large_kernel}x{self.large_kernel}"
        branches = {
            f"1x1 {self.conv1x1}": self.conv1x1,
            f"3x3 {self.reduce3x3}-{self.conv3x3}": self.conv3x3,
            f"{large} {self.reduce5x5}-{self.conv5x5}": self.conv5x5,
            f"pool {self.pool_project}": self.pool_project,
        }
        return " | ".join(text for text, width in branches.items() if width)
