"""Inception v3.

Szegedy, Vanhoucke, Ioffe, Shlens, Wojna 2015, "Rethinking the Inception architecture for computer
vision", arXiv 1512.00567. Here: the network of the paper's published code, which differs from its
Table 1, with the modules of Fig. 5 (A), Fig. 10 (B), Fig. 6 (C), the second reduction (D), Fig. 7
(E), and the auxiliary head. Row names are the published code's. Not here: Table 1 as printed.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from skipcat.blocks.auxiliary import InceptionV3Head
from skipcat.blocks.initialisation import truncated_normal
from skipcat.networks.branches import Branches, Fork, Layer, Pool
from skipcat.networks.network import Network
from skipcat.networks.rows import Conv, Dropout, GlobalPool, Linear, MaxPool

PAPER = (
    "Szegedy et al. 2015, Rethinking the Inception architecture for computer vision, "
    "arXiv 1512.00567"
)


def module_a(pool_project: int) -> Branches:
    """Give Fig. 5: a 5x5, and two 3x3 in a 5x5's place."""
    branches = (
        ("branch1x1", (Layer(1, 64),)),
        ("branch5x5", (Layer(1, 48), Layer(5, 64))),
        ("branch3x3dbl", (Layer(1, 64), Layer(3, 96), Layer(3, 96))),
        ("branch_pool", (Pool("average"), Layer(1, pool_project))),
    )
    return Branches("A", branches)


def module_b() -> Branches:
    """Give Fig. 10: from grid 35 to grid 17."""
    branches = (
        ("branch3x3", (Layer(3, 384, 2, "valid"),)),
        ("branch3x3dbl", (Layer(1, 64), Layer(3, 96), Layer(3, 96, 2, "valid"))),
        ("branch_pool", (Pool("max", 2),)),
    )
    return Branches("B", branches)


def module_c(inner: int) -> Branches:
    """Give Fig. 6 with n = 7: 1x7 and 7x1 in the place of 7x7."""
    wide, tall = Layer((1, 7), inner), Layer((7, 1), inner)
    double = (Layer(1, inner), tall, wide, tall, Layer((1, 7), 192))
    branches = (
        ("branch1x1", (Layer(1, 192),)),
        ("branch7x7", (Layer(1, inner), wide, Layer((7, 1), 192))),
        ("branch7x7dbl", double),
        ("branch_pool", (Pool("average"), Layer(1, 192))),
    )
    return Branches("C", branches)


def module_d() -> Branches:
    """Give the second reduction, from grid 17 to grid 8."""
    seven = (Layer(1, 192), Layer((1, 7), 192), Layer((7, 1), 192), Layer(3, 192, 2, "valid"))
    branches = (
        ("branch3x3", (Layer(1, 192), Layer(3, 320, 2, "valid"))),
        ("branch7x7x3", seven),
        ("branch_pool", (Pool("max", 2),)),
    )
    return Branches("D", branches)


def module_e() -> Branches:
    """Give Fig. 7: wide branches for the coarsest grid, two of them forked at the end."""
    fork = Fork(Layer((1, 3), 384), Layer((3, 1), 384))
    branches = (
        ("branch1x1", (Layer(1, 320),)),
        ("branch3x3", (Layer(1, 384), fork)),
        ("branch3x3dbl", (Layer(1, 448), Layer(3, 384), fork)),
        ("branch_pool", (Pool("average"), Layer(1, 192))),
    )
    return Branches("E", branches)


InceptionV3Row = Conv | MaxPool | Branches | GlobalPool | Dropout | Linear

# fmt: off
# Deviation: Table 1 has 3x3 /1, 3x3 /2, 3x3 /1 after the first pool, three equal modules A and
# five C; this is the published code, which its weights and everybody's need.
INCEPTION_V3_TABLE: dict[str, InceptionV3Row] = {
    "Conv2d_1a":  Conv(kernel=3, width=32, stride=2, padding=0),
    "Conv2d_2a":  Conv(kernel=3, width=32, padding=0),
    "Conv2d_2b":  Conv(kernel=3, width=64),
    "MaxPool_3a": MaxPool(kernel=3, stride=2),
    "Conv2d_3b":  Conv(kernel=1, width=80),
    "Conv2d_4a":  Conv(kernel=3, width=192, padding=0),
    "MaxPool_5a": MaxPool(kernel=3, stride=2),
    "Mixed_5b":   module_a(pool_project=32),
    "Mixed_5c":   module_a(pool_project=64),
    "Mixed_5d":   module_a(pool_project=64),
    "Mixed_6a":   module_b(),
    "Mixed_6b":   module_c(inner=128),
    "Mixed_6c":   module_c(inner=160),
    "Mixed_6d":   module_c(inner=160),
    "Mixed_6e":   module_c(inner=192),
    "Mixed_7a":   module_d(),
    "Mixed_7b":   module_e(),
    "Mixed_7c":   module_e(),
    "AvgPool":    GlobalPool(),
    "Dropout":    Dropout(0.2),
    "fc":         Linear(),
}
# fmt: on

# The published code's deviations; where it names none, 0.1.
STANDARD_DEVIATIONS = {
    "fc": 0.01,
    "auxiliary.Mixed_6e.spread.conv": 0.01,
    "auxiliary.Mixed_6e.linear": 0.001,
}


@dataclass(frozen=True)
class InceptionV3Spec:
    """An Inception v3 in plain values."""

    name: str
    rows: tuple[tuple[str, InceptionV3Row], ...]
    classes: int = 1000
    channels: int = 3
    stem_reduction: int = 8
    norm_eps: float = 1e-3
    auxiliary_rows: tuple[str, ...] = ("Mixed_6e",)
    auxiliary_weight: float = 0.4
    smallest_px: int = 13
    kind: Literal["inception_v3"] = "inception_v3"


INCEPTION_V3 = InceptionV3Spec("inception_v3", tuple(INCEPTION_V3_TABLE.items()))


def build_inception_v3(spec: InceptionV3Spec) -> Network:
    """Build the network of a spec."""

    def build_head(in_width: int) -> InceptionV3Head:
        return InceptionV3Head(in_width, spec.classes, norm_eps=spec.norm_eps)

    return Network(
        spec,
        paper=PAPER,
        initialise=partial(truncated_normal, std=0.1, exceptions=STANDARD_DEVIATIONS),
        build_head=build_head,
        head_rows=spec.auxiliary_rows,
    )
