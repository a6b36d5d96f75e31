"""Specs: the plain values that each network is built from, and the union of their kinds.

A spec goes into a classifier's JSON and is enough to rebuild the network. `TableRow` has every row
that a file can hold.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from skipcat.blocks.auxiliary import PoolRule
from skipcat.networks.rows.convolution import Conv, MaxPool, SeparableConv
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.heads import Dropout, GlobalPool, Linear, LocalResponseNorm
from skipcat.networks.rows.inception import Branches, ResidualBranches
from skipcat.networks.rows.preactivation import Activation, PreActivationStage
from skipcat.networks.rows.pruned import UnequalStage
from skipcat.networks.rows.residual import ResidualStage

TableRow = (
    Conv
    | SeparableConv
    | MaxPool
    | LocalResponseNorm
    | Inception
    | Branches
    | ResidualBranches
    | ResidualStage
    | PreActivationStage
    | UnequalStage
    | Activation
    | GlobalPool
    | Dropout
    | Linear
)
TableRows = tuple[tuple[str, TableRow], ...]


@dataclass(frozen=True)
class GoogLeNetSpec:
    """A GoogLeNet in plain values."""

    name: str
    rows: TableRows
    paper: str = "Szegedy et al. 2014, Going deeper with convolutions, arXiv 1409.4842"
    classes: int = 1000
    channels: int = 3
    stem_reduction: int = 8
    norm_eps: float | None = 1e-3
    auxiliary_rows: tuple[str, ...] = ("inception4a", "inception4d")
    auxiliary_widths: tuple[int, int] = (128, 1024)
    auxiliary_pool: PoolRule = "windows"
    auxiliary_dropout: float = 0.7
    auxiliary_weight: float = 0.3
    smallest_px: int = 8
    kind: Literal["googlenet"] = "googlenet"


@dataclass(frozen=True)
class InceptionSpec:
    """An Inception of the second to fourth kind in plain values."""

    name: str
    paper: str
    rows: TableRows
    smallest_px: int
    classes: int = 1000
    channels: int = 3
    stem_reduction: int = 8
    norm_eps: float = 1e-3
    auxiliary_rows: tuple[str, ...] = ()
    auxiliary_widths: tuple[int, int] = (128, 768)
    auxiliary_weight: float = 0.4
    first_weights: Literal["he", "truncated"] = "he"
    kind: Literal["inception"] = "inception"


@dataclass(frozen=True)
class ResNetSpec:
    """A residual network in plain values; without ``norm_eps`` it has biases for norms."""

    name: str
    rows: TableRows
    paper: str = "He et al. 2016, Deep residual learning for image recognition, arXiv 1512.03385"
    classes: int = 1000
    channels: int = 3
    stem_reduction: int = 4
    norm_eps: float | None = 1e-5
    auxiliary_weight: ClassVar[float] = 0.0  # no auxiliary heads
    smallest_px: int = 8
    kind: Literal["resnet"] = "resnet"


Spec = GoogLeNetSpec | InceptionSpec | ResNetSpec
