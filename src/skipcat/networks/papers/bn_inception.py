"""BN-Inception (Inception v2).

Ioffe and Szegedy 2015, "Batch normalization: accelerating deep network training by reducing
internal covariate shift", arXiv 1502.03167. Here: the table of the appendix, its separable first
convolution included. Not here: auxiliary heads and dropout, of which it says nothing and that it
gave up; the networks of its §4.2 with sigmoids.
"""

from typing import Literal

from skipcat.networks.entry import Entry, Family
from skipcat.networks.rows.convolution import Conv, MaxPool, SeparableConv
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.inception import Branches, Layer, NamedBranches, Pool
from skipcat.networks.specs import InceptionSpec, TableRow

FAMILY = Family(
    "BN-Inception",
    2015,
    "Ioffe and Szegedy 2015, Batch normalization, arXiv 1502.03167",
    "batch normalisation, 14 times fewer steps; two 3x3 per 5x5",
)


def module(
    conv1x1: int,
    reduce3x3: int,
    conv3x3: int,
    reduce_double: int,
    double3x3: int,
    pool: tuple[Literal["average", "max"], int],
    *,
    stride: int = 1,
) -> Branches:
    """Return an Inception module with two 3x3 for the 5x5; the widths stand in the table's order.

    At stride 2 there is no 1x1 branch and the pool passes its input through.
    """
    what, project = pool
    double = (Layer(1, reduce_double), Layer(3, double3x3), Layer(3, double3x3, stride))
    branches: NamedBranches = (
        ("branch3x3", (Layer(1, reduce3x3), Layer(3, conv3x3, stride))),
        ("branch3x3dbl", double),
    )
    if stride > 1:
        return Branches("module", (*branches, ("branch_pool", (Pool(what, stride),))))
    # Deviation: the average leaves the padding out; the paper does not say.
    last = (Pool(what, padding="left_out"), Layer(1, project))
    first = ("branch1x1", (Layer(1, conv1x1),))
    return Branches("module", (first, *branches, ("branch_pool", last)))


AVERAGE: Literal["average"] = "average"
MAX: Literal["max"] = "max"

# fmt: off
BN_INCEPTION_TABLE: dict[str, TableRow] = {
    "conv1":       SeparableConv(kernel=7, width=64, stride=2, multiplier=8),
    "pool1":       MaxPool(kernel=3, stride=2, rounding="up"),
    "conv2":       Conv(kernel=3, width=192, reduce=64),
    "pool2":       MaxPool(kernel=3, stride=2, rounding="up"),
    #                     1x1  3x3r  3x3  dblr  dbl  pool
    "inception3a": module(64,   64,  64,   64,  96, (AVERAGE, 32)),
    "inception3b": module(64,   64,  96,   64,  96, (AVERAGE, 64)),
    "inception3c": module(0,   128, 160,   64,  96, (MAX, 0), stride=2),
    "inception4a": module(224,  64,  96,   96, 128, (AVERAGE, 128)),
    "inception4b": module(192,  96, 128,   96, 128, (AVERAGE, 128)),
    # Deviation: 4c and 4d print a pool projection of 128, but outputs that only 96 gives.
    "inception4c": module(160, 128, 160,  128, 160, (AVERAGE, 96)),
    "inception4d": module(96,  128, 192,  160, 192, (AVERAGE, 96)),
    "inception4e": module(0,   128, 192,  192, 256, (MAX, 0), stride=2),
    "inception5a": module(352, 192, 320,  160, 224, (AVERAGE, 128)),
    "inception5b": module(352, 192, 320,  192, 224, (MAX, 128)),
    "pool5":       GlobalPool(),
    "linear":      Linear(),
}
# fmt: on

BN_INCEPTION = InceptionSpec(
    "bn_inception", FAMILY.paper, tuple(BN_INCEPTION_TABLE.items()), smallest_px=8
)

ENTRIES = (Entry(FAMILY, 224, BN_INCEPTION, "separable first convolution"),)
