"""Rows that the papers' tables share, and what follows from a table by arithmetic.

A row is plain values: what the paper prints. It knows the module it stands for, the grid it leaves,
and how to print itself. Rows of one paper only (an Inception module, a residual stage) stand in
that paper's file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Literal, Protocol

from torch import nn

from skipcat.blocks.convolution import Convolution, GlobalAveragePool

LARGEST_FIRST_GRID = 40  # the grid that the papers' first stages see is 28 to 56 wide


class Row(Protocol):
    """One line of a table."""

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid, 0 or less where the input is too small."""


Rows = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Conv:
    """A convolution; ``reduce`` is the 1x1 in front of it, with GoogLeNet's "#3x3 reduce"."""

    kernel: int
    width: int
    stride: int = 1
    padding: int | None = None
    reduce: int = 0
    kind: Literal["conv"] = "conv"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        eps = spec.norm_eps
        layers = nn.Sequential()
        if self.reduce:
            layers.add_module("reduce", Convolution(in_width, self.reduce, norm_eps=eps))
        last = Convolution(
            self.reduce or in_width,
            self.width,
            self.kernel,
            self.stride,
            padding=self.padding,
            norm_eps=eps,
        )
        if not self.reduce:
            return last, self.width
        layers.add_module("conv", last)
        return layers, self.width

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        padding = self.kernel // 2 if self.padding is None else self.padding
        return (grid_px + 2 * padding - self.kernel) // self.stride + 1

    def __str__(self) -> str:
        stride = f" /{self.stride}" if self.stride > 1 else ""
        front = f"1x1 {self.reduce} - " if self.reduce else ""
        return f"{front}{self.kernel}x{self.kernel} {self.width}{stride}"


@dataclass(frozen=True)
class MaxPool:
    """A maximum over windows; "up" lets the last window hang over the edge, as Caffe does."""

    kernel: int
    stride: int
    padding: int = 0
    rounding: Literal["down", "up"] = "down"
    kind: Literal["max_pool"] = "max_pool"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        ceil = self.rounding == "up"
        return nn.MaxPool2d(self.kernel, self.stride, self.padding, ceil_mode=ceil), in_width

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        steps = grid_px + 2 * self.padding - self.kernel
        if self.rounding == "down":
            return steps // self.stride + 1
        last = -(-steps // self.stride)
        if last * self.stride >= grid_px + self.padding:  # a window must start inside
            last -= 1
        return last + 1

    def __str__(self) -> str:
        return f"max pool {self.kernel}x{self.kernel} /{self.stride}"


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
        return "average pool over the grid"


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
        return "linear, one logit per class"


@dataclass(frozen=True)
class LeftOut:
    """A stem's pool that gave way to small images."""

    row: str
    kind: Literal["left_out"] = "left_out"

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        return nn.Identity(), in_width

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return grid_px

    def __str__(self) -> str:
        return f"{self.row}, left out for small images"


def stem_of(rows: Rows) -> Rows:
    """Give the rows before the first module or stage."""
    plain = (Conv, MaxPool, LocalResponseNorm)
    return tuple(takewhile(lambda named: isinstance(named[1], plain), rows))


def paper_reduction(rows: Rows) -> int:
    """Give the factor by which the paper's stem shrinks an image."""
    product = 1
    for _, row in stem_of(rows):
        product *= getattr(row, "stride", 1)
    return product


def reduce_stem(rows: Rows, reduction: int) -> Rows:
    """Give the table with a stem that shrinks an image by ``reduction`` and no more.

    Strides and pools are kept from the input on and given up from the end. Kernels and widths stay,
    so weights of any reduction load into any other.
    """
    stem = stem_of(rows)
    so_far = 1
    changed: list[tuple[str, Any]] = []
    for name, row in stem:
        stride = getattr(row, "stride", 1)
        if so_far * stride <= reduction:
            so_far *= stride
            changed.append((name, row))
        elif isinstance(row, MaxPool):
            changed.append((name, LeftOut(str(row))))
        else:
            changed.append((name, replace(row, stride=1)))
    return (*changed, *rows[len(stem) :])


def possible_reductions(rows: Rows) -> Iterator[int]:
    """Give 1, 2, 4, … up to the paper's own."""
    reduction = 1
    while reduction <= paper_reduction(rows):
        yield reduction
        reduction *= 2


def choose_stem_reduction(rows: Rows, image_px: int) -> int:
    """Give the smallest reduction that brings the first stage's grid to 40 or less.

    Never more than the paper's own.
    """
    for reduction in possible_reductions(rows):
        grid_px = image_px
        for _, row in reduce_stem(stem_of(rows), reduction):
            grid_px = row.grid_after(grid_px)
        if grid_px <= LARGEST_FIRST_GRID:
            return reduction
    return paper_reduction(rows)


def smallest_image_px(rows: Rows) -> int:
    """Give the smallest image that leaves a grid after every row."""
    image_px = 1
    while not _fits(rows, image_px):
        image_px += 1
    return image_px


def _fits(rows: Rows, image_px: int) -> bool:
    grid_px = image_px
    for _, row in rows:
        grid_px = row.grid_after(grid_px)
        if grid_px < 1:
            return False
    return True
