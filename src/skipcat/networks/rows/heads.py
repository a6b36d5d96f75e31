"""Rows that the papers' tables share and that have no kernel."""

from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from skipcat.blocks.convolution import GlobalAveragePool


@dataclass(frozen=True)
class LocalResponseNorm:
    """Normalise over neighbouring channels (Krizhevsky et al. 2012, §3.3)."""

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    kind: Literal["local_response_norm"] = "local_response_norm"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        return nn.LocalResponseNorm(self.size, self.alpha, self.beta), in_width

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return grid_px

    def __str__(self) -> str:
        return f"local response norm over {self.size} channels"


@dataclass(frozen=True)
class GlobalPool:
    """Average over the whole grid: the paper's 7x7 or 8x8 at its own size."""

    kind: Literal["global_pool"] = "global_pool"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        return GlobalAveragePool(), in_width

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return min(grid_px, 1)

    def __str__(self) -> str:
        return "average over the grid"


@dataclass(frozen=True)
class Dropout:
    """Silence a share of the features in training."""

    rate: float
    kind: Literal["dropout"] = "dropout"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        return nn.Dropout(self.rate), in_width

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return grid_px

    def __str__(self) -> str:
        return f"dropout {self.rate:.0%}"


@dataclass(frozen=True)
class Linear:
    """The classifier: as many outputs as the spec has classes."""

    kind: Literal["linear"] = "linear"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        return nn.Linear(in_width, spec.classes), spec.classes

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return grid_px

    def __str__(self) -> str:
        return "linear, one per class"
