"""Inception-ResNet v1 and v2: the two ideas married.

Szegedy, Ioffe, Vanhoucke, Alemi 2017, "Inception-v4, Inception-ResNet and the impact of residual
connections on learning", arXiv 1602.07261. Here: v1 as the paper draws it (Fig. 15, of Fig. 10 to
14), v2 as the published code builds it, whose weights circulate. Not here: v2 as Fig. 16 to 19
draw it, with the stem of Inception v4 and 5, 10, 5 units.
"""

from skipcat.networks.entry import Entry, Family
from skipcat.networks.papers.inception_v4 import AVERAGE, reduction_a
from skipcat.networks.papers.inception_v4 import FAMILY as INCEPTION_V4_FAMILY
from skipcat.networks.rows.convolution import Conv, MaxPool
from skipcat.networks.rows.heads import Dropout, GlobalPool, Linear
from skipcat.networks.rows.inception import Branches, LastUnit, Layer, Pool, ResidualBranches
from skipcat.networks.specs import InceptionSpec, TableRow

FAMILY = Family(
    "Inception-ResNet",
    2016,
    INCEPTION_V4_FAMILY.paper,
    "Inception modules as residual branches, scaled down",
)

# The paper says 0.1 to 0.3 (§3.3); these are the published code's.
SCALE_A, SCALE_B, SCALE_C = 0.17, 0.1, 0.2


def module_a(middle: int, last: int, units: int) -> ResidualBranches:
    """Return Fig. 10 or 16: grid 35."""
    branches = (
        ("branch1x1", (Layer(1, 32),)),
        ("branch3x3", (Layer(1, 32), Layer(3, 32))),
        ("branch3x3dbl", (Layer(1, 32), Layer(3, middle), Layer(3, last))),
    )
    return ResidualBranches("A", branches, units, SCALE_A)


def module_b(one: int, wide: int, tall: int, units: int) -> ResidualBranches:
    """Return Fig. 11 or 17: grid 17."""
    branches = (
        ("branch1x1", (Layer(1, one),)),
        ("branch7x7", (Layer(1, 128), Layer((1, 7), wide), Layer((7, 1), tall))),
    )
    return ResidualBranches("B", branches, units, SCALE_B)


def module_c(wide: int, tall: int, units: int, last: LastUnit) -> ResidualBranches:
    """Return Fig. 13 or 19: grid 8. The last unit of v2's published code is bare."""
    branches = (
        ("branch1x1", (Layer(1, 192),)),
        ("branch3x3", (Layer(1, 192), Layer((1, 3), wide), Layer((3, 1), tall))),
    )
    return ResidualBranches("C", branches, units, SCALE_C, last)


def reduction_b(second: int, third: int, last: int) -> Branches:
    """Return Fig. 12 or 18: from grid 17 to grid 8."""
    branches = (
        ("branch_a", (Layer(1, 256), Layer(3, 384, 2, "valid"))),
        ("branch_b", (Layer(1, 256), Layer(3, second, 2, "valid"))),
        ("branch_c", (Layer(1, 256), Layer(3, third), Layer(3, last, 2, "valid"))),
        ("branch_pool", (Pool("max", 2, "valid"),)),
    )
    return Branches("reduction B", branches)


ENTRY_5B = Branches(
    "A of v3",
    (
        ("branch1x1", (Layer(1, 96),)),
        ("branch5x5", (Layer(1, 48), Layer(5, 64))),
        ("branch3x3dbl", (Layer(1, 64), Layer(3, 96), Layer(3, 96))),
        ("branch_pool", (AVERAGE, Layer(1, 64))),
    ),
)

STEM: dict[str, TableRow] = {
    "Conv2d_1a": Conv(kernel=3, width=32, stride=2, padding=0),
    "Conv2d_2a": Conv(kernel=3, width=32, padding=0),
    "Conv2d_2b": Conv(kernel=3, width=64),
    "MaxPool_3a": MaxPool(kernel=3, stride=2),
    "Conv2d_3b": Conv(kernel=1, width=80),
    "Conv2d_4a": Conv(kernel=3, width=192, padding=0),
}
TOP: dict[str, TableRow] = {"AvgPool": GlobalPool(), "Dropout": Dropout(0.2), "fc": Linear()}

INCEPTION_RESNET_V1_TABLE: dict[str, TableRow] = {
    **STEM,
    "Conv2d_4b": Conv(kernel=3, width=256, stride=2, padding=0),
    "inception_resnet_a": module_a(32, 32, units=5),
    "reduction_a": reduction_a(k=192, l=192, m=256, n=384),
    "inception_resnet_b": module_b(128, 128, 128, units=10),
    "reduction_b": reduction_b(256, 256, 256),
    "inception_resnet_c": module_c(192, 192, units=5, last="alike"),
    **TOP,
}
# Deviation: the paper has v4's stem, 5, 10, 5 units and other widths; this is the published code.
INCEPTION_RESNET_V2_TABLE: dict[str, TableRow] = {
    **STEM,
    "MaxPool_5a": MaxPool(kernel=3, stride=2),
    "Mixed_5b": ENTRY_5B,
    "inception_resnet_a": module_a(48, 64, units=10),
    "reduction_a": reduction_a(k=256, l=256, m=384, n=384),
    "inception_resnet_b": module_b(192, 160, 192, units=20),
    "reduction_b": reduction_b(288, 288, 320),
    "inception_resnet_c": module_c(224, 256, units=10, last="bare"),
    "Conv2d_7b": Conv(kernel=1, width=1536),
    **TOP,
}

INCEPTION_RESNET_V1 = InceptionSpec(
    "inception_resnet_v1", FAMILY.paper, tuple(INCEPTION_RESNET_V1_TABLE.items()), smallest_px=15
)
INCEPTION_RESNET_V2 = InceptionSpec(
    "inception_resnet_v2", FAMILY.paper, tuple(INCEPTION_RESNET_V2_TABLE.items()), smallest_px=13
)

ENTRIES = (
    Entry(FAMILY, 299, INCEPTION_RESNET_V1, "as costly as v3; as printed"),
    Entry(FAMILY, 299, INCEPTION_RESNET_V2, "as costly as v4; published code"),
)
