"""Inception v4.

Szegedy, Ioffe, Vanhoucke, Alemi 2017, "Inception-v4, Inception-ResNet and the impact of residual
connections on learning", arXiv 1602.07261. Here: Fig. 9, made of Fig. 3 (stem), 4 (A), 5 (B),
6 (C), 7 with Table 1 (reduction A) and 8 (reduction B). Row names are the published code's. The
Inception-ResNets of the same paper are in `inception_resnet.py`.
"""

from skipcat.networks.entry import Entry, Family
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.rows.heads import Dropout, GlobalPool, Linear
from skipcat.networks.rows.inception import Branches, Fork, Layer, Pool
from skipcat.networks.specs import InceptionSpec, TableRow

FAMILY = Family(
    "Inception v4",
    2016,
    "Szegedy et al. 2017, Inception-v4, Inception-ResNet and the impact of residual connections "
    "on learning, arXiv 1602.07261",
    "uniform modules, a stem that forks",
)

AVERAGE = Pool("average", padding="left_out")

STEM_3A = Branches(
    "stem",
    (("branch_pool", (Pool("max", 2, "valid"),)), ("branch3x3", (Layer(3, 96, 2, "valid"),))),
)
STEM_4A = Branches(
    "stem",
    (
        ("branch3x3", (Layer(1, 64), Layer(3, 96, edge="valid"))),
        # Deviation: 1x7 before 7x1, the published code's order.
        (
            "branch7x7",
            (Layer(1, 64), Layer((1, 7), 64), Layer((7, 1), 64), Layer(3, 96, edge="valid")),
        ),
    ),
)
STEM_5A = Branches(
    "stem",
    (("branch3x3", (Layer(3, 192, 2, "valid"),)), ("branch_pool", (Pool("max", 2, "valid"),))),
)
MODULE_A = Branches(
    "A",
    (
        ("branch1x1", (Layer(1, 96),)),
        ("branch3x3", (Layer(1, 64), Layer(3, 96))),
        ("branch3x3dbl", (Layer(1, 64), Layer(3, 96), Layer(3, 96))),
        ("branch_pool", (AVERAGE, Layer(1, 96))),
    ),
)
MODULE_B = Branches(
    "B",
    (
        ("branch1x1", (Layer(1, 384),)),
        ("branch7x7", (Layer(1, 192), Layer((1, 7), 224), Layer((7, 1), 256))),
        (
            "branch7x7dbl",
            (
                Layer(1, 192),
                *(Layer((7, 1), 192), Layer((1, 7), 224)),
                *(Layer((7, 1), 224), Layer((1, 7), 256)),
            ),
        ),
        ("branch_pool", (AVERAGE, Layer(1, 128))),
    ),
)
FORK = Fork(Layer((1, 3), 256), Layer((3, 1), 256))
MODULE_C = Branches(
    "C",
    (
        ("branch1x1", (Layer(1, 256),)),
        ("branch3x3", (Layer(1, 384), FORK)),
        # Deviation: 3x1 before 1x3, the published code's order.
        ("branch3x3dbl", (Layer(1, 384), Layer((3, 1), 448), Layer((1, 3), 512), FORK)),
        ("branch_pool", (AVERAGE, Layer(1, 256))),
    ),
)
REDUCTION_B = Branches(
    "reduction B",
    (
        ("branch3x3", (Layer(1, 192), Layer(3, 192, 2, "valid"))),
        (
            "branch7x7",
            (Layer(1, 256), Layer((1, 7), 256), Layer((7, 1), 320), Layer(3, 320, 2, "valid")),
        ),
        ("branch_pool", (Pool("max", 2, "valid"),)),
    ),
)


def reduction_a(k: int, l: int, m: int, n: int) -> Branches:  # noqa: E741 - Table 1's letters
    """Return Fig. 7 with a column of Table 1: from grid 35 to grid 17."""
    branches = (
        ("branch3x3", (Layer(3, n, 2, "valid"),)),
        ("branch3x3dbl", (Layer(1, k), Layer(3, l), Layer(3, m, 2, "valid"))),
        ("branch_pool", (Pool("max", 2, "valid"),)),
    )
    return Branches("reduction A", branches)


INCEPTION_V4_TABLE: dict[str, TableRow] = {
    "Conv2d_1a": Conv(kernel=3, width=32, stride=2, padding=0),
    "Conv2d_2a": Conv(kernel=3, width=32, padding=0),
    "Conv2d_2b": Conv(kernel=3, width=64),
    **{"Mixed_3a": STEM_3A, "Mixed_4a": STEM_4A, "Mixed_5a": STEM_5A},
    **{f"Mixed_5{letter}": MODULE_A for letter in "bcde"},
    "Mixed_6a": reduction_a(k=192, l=224, m=256, n=384),
    **{f"Mixed_6{letter}": MODULE_B for letter in "bcdefgh"},
    "Mixed_7a": REDUCTION_B,
    **{f"Mixed_7{letter}": MODULE_C for letter in "bcd"},
    "AvgPool": GlobalPool(),
    "Dropout": Dropout(0.2),
    "fc": Linear(),
}

INCEPTION_V4 = InceptionSpec(
    "inception_v4", FAMILY.paper, tuple(INCEPTION_V4_TABLE.items()), smallest_px=17
)

ENTRIES = (Entry(FAMILY, 299, INCEPTION_V4, "4 modules A, 7 B, 3 C"),)
