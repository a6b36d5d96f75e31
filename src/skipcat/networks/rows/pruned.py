"""The row of a residual stage whose units are not alike: what pruning leaves of one.

After Li, Kadav, Durdanovic, Samet, Graf 2017, "Pruning filters for efficient ConvNets",
arXiv 1608.08710, §3.3: the width of the shortcut stays, each unit has widths of its own inside.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from skipcat.networks.rows.convolution import out_channels
from skipcat.networks.rows.preactivation import PreActivationStage
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.rows.row import BuildContext, Row, Width

PRUNED = "_pruned"  # what the names of such networks end with


@dataclass(frozen=True)
class UnequalStage(Row):
    """The units of ``stage``, each with the widths inside its branch: one, two of a bottleneck."""

    stage: ResidualStage | PreActivationStage
    inner: tuple[tuple[Width, ...], ...]
    kind: Literal["unequal_stage"] = "unequal_stage"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        if len(self.inner) != self.stage.units:
            raise ValueError(f"{self.stage.units} units have {len(self.inner)} inner widths")
        units = nn.Sequential()
        for index, widths in enumerate(self.inner):
            units.append(self.stage.build_unit(in_width, index, context, widths))
            in_width = self.stage.out_width
        return units, self.stage.out_width

    @property
    def reduction(self) -> int:
        """Return the factor by which the grid shrinks."""
        return self.stage.reduction

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        return self.stage.grid_after(grid_px)

    def lengthened(self, more: Callable[[int], int]) -> "UnequalStage":
        """Return the stage with another number of units: kept evenly, or repeated in order."""
        old, count = len(self.inner), more(len(self.inner))
        inner = tuple(self.inner[k * old // count] for k in range(count))
        return UnequalStage(replace(self.stage, units=count), inner)

    def __str__(self) -> str:
        inside = " ".join("-".join(map(str, widths)) for widths in self.inner)
        return f"{self.stage}, inside {inside}"


def read_row(row: Row, module: nn.Module) -> Row:
    """Return the row that describes a module as it stands; the old row says what cannot be seen."""
    if isinstance(row, UnequalStage):
        row = row.stage
    if isinstance(row, ResidualStage | PreActivationStage):
        return _read_stage(row, module)
    return row.read(module)


def _read_stage(stage: ResidualStage | PreActivationStage, module: nn.Module) -> Row:
    convolutions = 2 if stage.block == "basic" else 3
    inner = tuple(
        tuple(
            out_channels(unit.get_submodule(f"branch.conv{number}"))
            for number in range(1, convolutions)
        )
        for unit in module.children()
    )
    stage = replace(stage, units=len(inner))
    alike = all(width == stage.width for widths in inner for width in widths)
    return stage if alike else UnequalStage(stage, inner)
