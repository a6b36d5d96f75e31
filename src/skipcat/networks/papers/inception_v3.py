"""Inception v3.

Szegedy, Vanhoucke, Ioffe, Shlens, Wojna 2015, "Rethinking the Inception architecture for computer
vision", arXiv 1512.00567. Here: the network of the paper's published code, which differs from its
Table 1, with the modules of Fig. 5 (A), Fig. 10 (B), Fig. 6 (C), the second reduction (D), Fig. 7
(E), and the auxiliary head. Row names are the published code's. Not here: Table 1 as printed.
"""

from skipcat.networks.entry import Entry, Family
from skipcat.networks.rows.convolution import Conv, MaxPool
from skipcat.networks.rows.heads import Dropout, GlobalPool, Linear
from skipcat.networks.rows.inception import Branches, Fork, Layer, Pool
from skipcat.networks.specs import InceptionSpec, TableRow

FAMILY = Family(
    "Inception v3",
    2015,
    "Szegedy et al. 2015, Rethinking the Inception architecture for computer vision, "
    "arXiv 1512.00567",
    "1x7 and 7x1 for each 7x7; label smoothing",
)


def module_a(pool_project: int) -> Branches:
    """Return Fig. 5: a 5x5, and two 3x3 in a 5x5's place."""
    # Deviation: the average counts the padding's zeros, as torchvision's weights need.
    branches = (
        ("branch1x1", (Layer(1, 64),)),
        ("branch5x5", (Layer(1, 48), Layer(5, 64))),
        ("branch3x3dbl", (Layer(1, 64), Layer(3, 96), Layer(3, 96))),
        ("branch_pool", (Pool("average"), Layer(1, pool_project))),
    )
    return Branches("A", branches)


def module_b() -> Branches:
    """Return Fig. 10: from grid 35 to grid 17."""
    branches = (
        ("branch3x3", (Layer(3, 384, 2, "valid"),)),
        ("branch3x3dbl", (Layer(1, 64), Layer(3, 96), Layer(3, 96, 2, "valid"))),
        ("branch_pool", (Pool("max", 2, "valid"),)),
    )
    return Branches("B", branches)


def module_c(inner: int) -> Branches:
    """Return Fig. 6 with n = 7: 1x7 and 7x1 in the place of 7x7."""
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
    """Return the second reduction, from grid 17 to grid 8."""
    seven = (Layer(1, 192), Layer((1, 7), 192), Layer((7, 1), 192), Layer(3, 192, 2, "valid"))
    branches = (
        ("branch3x3", (Layer(1, 192), Layer(3, 320, 2, "valid"))),
        ("branch7x7x3", seven),
        ("branch_pool", (Pool("max", 2, "valid"),)),
    )
    return Branches("D", branches)


def module_e() -> Branches:
    """Return Fig. 7: wide branches for the coarsest grid, two of them forked at the end."""
    fork = Fork(Layer((1, 3), 384), Layer((3, 1), 384))
    branches = (
        ("branch1x1", (Layer(1, 320),)),
        ("branch3x3", (Layer(1, 384), fork)),
        ("branch3x3dbl", (Layer(1, 448), Layer(3, 384), fork)),
        ("branch_pool", (Pool("average"), Layer(1, 192))),
    )
    return Branches("E", branches)


# fmt: off
# Deviation: Table 1 has 3x3 /1, 3x3 /2, 3x3 /1 after the first pool, three equal modules A and
# five C; this is the published code, which its weights and everybody's need.
INCEPTION_V3_TABLE: dict[str, TableRow] = {
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

INCEPTION_V3 = InceptionSpec(
    "inception_v3",
    FAMILY.paper,
    tuple(INCEPTION_V3_TABLE.items()),
    smallest_px=13,
    auxiliary_rows=("Mixed_6e",),
    first_weights="truncated",
)

ENTRIES = (Entry(FAMILY, 299, INCEPTION_V3, "42 layers; one auxiliary head"),)
