"""GoogLeNet (Inception v1).

Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich 2014, "Going deeper with
convolutions", arXiv 1409.4842. Here: Table 1 in three forms. `googlenet` has the paper's widths and
batch normalisation, `googlenet_2014` is as printed, `googlenet_3x3` is torchvision's port. Not
here: the separable first convolution that the parameter column of Table 1 betrays.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, Literal

from torch import nn

from skipcat.blocks.auxiliary import GoogLeNetHead, PoolRule
from skipcat.blocks.convolution import Convolution
from skipcat.blocks.inception import Concatenation
from skipcat.blocks.initialisation import caffe_xavier, he_normal
from skipcat.networks.entry import Entry, Family
from skipcat.networks.network import Network
from skipcat.networks.rows.convolution import Conv, MaxPool, Width
from skipcat.networks.rows.heads import Dropout, GlobalPool, Linear, LocalResponseNorm

FAMILY = Family(
    "GoogLeNet",
    2014,
    "Szegedy et al. 2014, Going deeper with convolutions, arXiv 1409.4842",
    "parallel branches behind 1x1 bottlenecks; auxiliary classifiers",
)


@dataclass(frozen=True)
class Inception:
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

    def build(self, in_width: int, spec: Any) -> tuple[nn.Module, int]:
        """Give the module and its output width."""
        eps = spec.norm_eps

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

    def grid_after(self, grid_px: int) -> int:
        """Give the output grid."""
        return grid_px

    def __str__(self) -> str:
        large = f"{self.large_kernel}x{self.large_kernel}"
        branches = {
            f"1x1 {self.conv1x1}": self.conv1x1,
            f"3x3 {self.reduce3x3}-{self.conv3x3}": self.conv3x3,
            f"{large} {self.reduce5x5}-{self.conv5x5}": self.conv5x5,
            f"pool {self.pool_project}": self.pool_project,
        }
        return " | ".join(text for text, width in branches.items() if width)


GoogLeNetRow = Conv | MaxPool | LocalResponseNorm | Inception | GlobalPool | Dropout | Linear

# fmt: off
# The paper says neither "valid" nor "same" for its pools; only rounding up gives its grids.
GOOGLENET_TABLE_1: dict[str, GoogLeNetRow] = {
    # Deviation: a full 7x7; the paper's 2.7K parameters are those of a separable one.
    "conv1":       Conv(kernel=7, width=64, stride=2),
    "pool1":       MaxPool(kernel=3, stride=2, rounding="up"),
    "conv2":       Conv(kernel=3, width=192, reduce=64),
    "pool2":       MaxPool(kernel=3, stride=2, rounding="up"),
    #                       1x1  3x3r  3x3  5x5r  5x5  pool
    "inception3a": Inception(64,   96, 128,  16,   32,  32),
    "inception3b": Inception(128, 128, 192,  32,   96,  64),
    "pool3":       MaxPool(kernel=3, stride=2, rounding="up"),
    "inception4a": Inception(192,  96, 208,  16,   48,  64),
    "inception4b": Inception(160, 112, 224,  24,   64,  64),
    "inception4c": Inception(128, 128, 256,  24,   64,  64),
    "inception4d": Inception(112, 144, 288,  32,   64,  64),
    "inception4e": Inception(256, 160, 320,  32,  128, 128),
    "pool4":       MaxPool(kernel=3, stride=2, rounding="up"),
    "inception5a": Inception(256, 160, 320,  32,  128, 128),
    "inception5b": Inception(384, 192, 384,  48,  128, 128),
    "pool5":       GlobalPool(),
    "dropout":     Dropout(0.4),
    "linear":      Linear(),
}
# fmt: on


@dataclass(frozen=True)
class GoogLeNetSpec:
    """A GoogLeNet in plain values."""

    name: str
    rows: tuple[tuple[str, GoogLeNetRow], ...]
    paper: str = FAMILY.paper
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


def _rows_2014() -> tuple[tuple[str, GoogLeNetRow], ...]:
    """Give Table 1 with the two normalisations that §5's figure and the published model have."""
    rows: list[tuple[str, GoogLeNetRow]] = []
    for name, row in GOOGLENET_TABLE_1.items():
        rows.append((name, row))
        if name == "pool1":
            rows.append(("norm1", LocalResponseNorm()))
        if name == "conv2":
            rows.append(("norm2", LocalResponseNorm()))
    return tuple(rows)


def _rows_3x3() -> tuple[tuple[str, GoogLeNetRow], ...]:
    """Give torchvision's table, which its weights need."""
    changed = {
        name: replace(row, large_kernel=3) if isinstance(row, Inception) else row
        for name, row in GOOGLENET_TABLE_1.items()
    }
    # Deviation: 3x3 for 5x5, 2x2 in the fourth pool, less dropout: torchvision's, not the paper's.
    changed["pool4"] = MaxPool(kernel=2, stride=2, rounding="up")
    changed["dropout"] = Dropout(0.2)
    return tuple(changed.items())


# Deviation: batch normalisation, which the paper came a year too early for.
GOOGLENET = GoogLeNetSpec("googlenet", tuple(GOOGLENET_TABLE_1.items()))
GOOGLENET_2014 = GoogLeNetSpec("googlenet_2014", _rows_2014(), norm_eps=None)
GOOGLENET_3X3 = GoogLeNetSpec("googlenet_3x3", _rows_3x3(), auxiliary_pool="adaptive")

ENTRIES = (
    Entry(FAMILY, 224, GOOGLENET, "paper's widths, with batch norm"),
    Entry(FAMILY, 224, GOOGLENET_2014, "as printed: biases, no batch norm"),
    Entry(FAMILY, 224, GOOGLENET_3X3, "torchvision's port: 3x3 for 5x5"),
)


def build_googlenet(spec: GoogLeNetSpec) -> Network:
    """Build the network of a spec."""

    def build_head(in_width: int) -> GoogLeNetHead:
        return GoogLeNetHead(
            in_width,
            spec.classes,
            widths=spec.auxiliary_widths,
            dropout=spec.auxiliary_dropout,
            pool_rule=spec.auxiliary_pool,
            norm_eps=spec.norm_eps,
        )

    return Network(
        spec,
        # The paper gives no initialisation: the published model's without norms, He's with them.
        initialise=caffe_xavier if spec.norm_eps is None else he_normal,
        build_head=build_head,
        head_rows=spec.auxiliary_rows,
    )
