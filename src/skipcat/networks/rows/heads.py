"""Rows that the papers' tables share and that have no kernel."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import nn

from skipcat.blocks.convolution import GlobalAveragePool
from skipcat.networks.rows.row import BuildContext, Row


@dataclass(frozen=True)
class LocalResponseNorm(Row):
    """Normalise over neighbouring channels (Krizhevsky et al. 2012, §3.3)."""

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    kind: Literal["local_response_norm"] = "local_response_norm"
    is_plain: ClassVar[bool] = True

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        return nn.LocalResponseNorm(self.size, self.alpha, self.beta), in_width

    def __str__(self) -> str:
        return f"local response norm over {self.size} channels"


@dataclass(frozen=True)
class GlobalPool(Row):
    """Average over the whole grid: the paper's 7x7 or 8x8 at its own size."""

    kind: Literal["global_pool"] = "global_pool"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        return GlobalAveragePool(), in_width

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid."""
        return min(grid_px, 1)

    def __str__(self) -> str:
        return "average over the grid"


@dataclass(frozen=True)
class Dropout(Row):
    """Silence a share of the features in training."""

    rate: float
    kind: Literal["dropout"] = "dropout"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        return nn.Dropout(self.rate), in_width

    def __str__(self) -> str:
        return f"dropout {self.rate:.0%}"


@dataclass(frozen=True)
class Linear(Row):
    """The classifier: as many outputs as the spec has classes."""

    kind: Literal["linear"] = "linear"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        return nn.Linear(in_width, context.classes), context.classes

    def __str__(self) -> str:
        return "linear, one per class"
