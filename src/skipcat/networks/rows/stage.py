"""The row of a stage: residual units of one kind at one grid and width."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import nn

from skipcat.blocks.residual import StridePlace, Widths
from skipcat.networks.rows.row import BuildContext, Row, Width

Block = Literal["basic", "bottleneck"]


@dataclass(frozen=True)
class Stage(Row):
    """Units at one grid and width; ``width`` is that of the 3x3."""

    block: Block
    width: Width
    units: int
    stride: int = 1
    stride_place: StridePlace = "3x3"
    order: ClassVar[str] = ""  # what else a unit's text says

    @property
    def out_width(self) -> int:
        """Return the stage's output width: a bottleneck's is four times its own, or as it says."""
        return getattr(self, "expansion", 4) * self.width if self.block != "basic" else self.width

    @abstractmethod
    def build_unit(
        self, in_width: int, index: int, context: BuildContext, inner: Widths = ()
    ) -> nn.Module:
        """Build one unit; ``inner`` has the widths inside its branch where these are its own."""

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        units = nn.Sequential()
        for index in range(self.units):
            units.append(self.build_unit(in_width, index, context))
            in_width = self.out_width
        return units, self.out_width

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        return -(-grid_px // self.stride)

    def __str__(self) -> str:
        stride = f" /{self.stride}" if self.stride > 1 else ""
        unit = f"3x3 {self.width}, 3x3 {self.width}"
        if self.block != "basic":
            groups = getattr(self, "groups", 1)
            grouped = f" in {groups} groups" if groups > 1 else ""
            unit = f"1x1 {self.width}, 3x3 {self.width}{grouped}, 1x1 {self.out_width}"
        return f"[{unit}{self.order}] x{self.units}{stride}"
