"""The row of a residual stage whose units are not alike: what pruning leaves of one.

After Li, Kadav, Durdanovic, Samet, Graf 2017, "Pruning filters for efficient ConvNets",
arXiv 1608.08710, §3.3: the width of the shortcut stays, each unit has widths of its own inside.
"""

from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from skipcat.networks.rows.convolution import Width
from skipcat.networks.rows.preactivation import PreActivationStage
from skipcat.networks.rows.residual import ResidualStage

PRUNED = "_pruned"  # what the names of such networks end with


@dataclass(frozen=True)
class UnequalStage:
    """The units of ``stage``, each with the widths inside its branch: one, two of a bottleneck."""

    stage: ResidualStage | PreActivationStage
    inner: tuple[tuple[Width, ...], ...]
    kind: Literal["unequal_stage"] = "unequal_stage"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        if len(self.inner) != self.stage.units:
            raise ValueError(f"{self.stage.units} units have {len(self.inner)} inner widths")
        units = nn.Sequential()
        for index, widths in enumerate(self.inner):
            units.append(self.stage.build_unit(in_width, index, spec.norm_eps, widths))
            in_width = self.stage.out_width
        return units, self.stage.out_width

    @property
    def stride(self) -> int:
        """Give the factor by which the grid shrinks."""
        return self.stage.stride

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return self.stage.grid_after(grid_px)

    def __str__(self) -> str:
        inside = " ".join("-".join(map(str, widths)) for widths in self.inner)
        return f"{self.stage}, inside {inside}"
