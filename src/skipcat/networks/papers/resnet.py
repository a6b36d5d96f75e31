"""Residual networks for ImageNet, and their plain twins.

He, Zhang, Ren, Sun 2016, "Deep residual learning for image recognition", arXiv 1512.03385. Here:
the five columns of Table 1 with projections where shapes change (option B), ResNet-34 with the
other shortcuts of Table 3, plain-18 and plain-34. The CIFAR networks are in `resnet_cifar.py`.
"""

from typing import Literal

from skipcat.blocks.initialisation import he_normal
from skipcat.blocks.residual import Shortcut, StridePlace
from skipcat.networks.entry import Entry, Family
from skipcat.networks.network import Network
from skipcat.networks.rows.convolution import Conv, MaxPool
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.rows.stage import Block
from skipcat.networks.specs import ResNetSpec, TableRows

FAMILY = Family(
    "ResNet", 2015, ResNetSpec.paper, "residual learning: a unit learns what to add to its input"
)
PLAIN_FAMILY = Family(
    "Plain", 2015, FAMILY.paper, "the twins without shortcuts: deeper ones train worse"
)

Units = tuple[int, int, int, int]

# fmt: off
RESNET_TABLE_1: dict[str, tuple[Block, Units]] = {
    #                   units in conv2_x, conv3_x, conv4_x, conv5_x
    "resnet18":  ("basic",      (2,       2,       2,       2)),
    "resnet34":  ("basic",      (3,       4,       6,       3)),
    "resnet50":  ("bottleneck", (3,       4,       6,       3)),
    "resnet101": ("bottleneck", (3,       4,      23,       3)),
    "resnet152": ("bottleneck", (3,       8,      36,       3)),
}
# fmt: on

STEM: TableRows = (
    ("conv1", Conv(kernel=7, width=64, stride=2)),
    # The table lists this pool as the first line of conv2_x.
    ("pool1", MaxPool(kernel=3, stride=2, padding=1)),
)
TOP: TableRows = (("pool5", GlobalPool()), ("fc", Linear()))


def table_rows(
    column: str,
    *,
    stride_place: StridePlace = "3x3",
    shortcut: Shortcut = "B",
    widen: int = 1,
    groups: int = 1,
) -> TableRows:
    """Return a column of Table 1; bottlenecks may be ``widen`` times as wide, in groups."""
    block, units = RESNET_TABLE_1[column]
    stages = tuple(
        (
            f"conv{2 + i}_x",
            ResidualStage(
                block,
                64 * 2**i * widen,
                units[i],
                min(i + 1, 2),
                stride_place=stride_place,
                shortcut=shortcut,
                expansion=4 // widen,
                groups=groups,
            ),
        )
        for i in range(4)
    )
    return (*STEM, *stages, *TOP)


def build_resnet(spec: ResNetSpec) -> Network:
    """Build the network of a spec."""
    return Network(spec, initialise=he_normal)


def _entry(name: str, introduced: str, *, place: StridePlace = "3x3") -> Entry:
    rows = table_rows(name.removesuffix("_2015"), stride_place=place)
    return Entry(FAMILY, 224, ResNetSpec(name, rows), introduced)


def _option(letter: Literal["A", "C"], introduced: str) -> Entry:
    rows = table_rows("resnet34", shortcut=letter)
    return Entry(FAMILY, 224, ResNetSpec(f"resnet34_{letter.lower()}", rows), introduced)


def _plain(depth: int) -> Entry:
    rows = table_rows(f"resnet{depth}", shortcut="none")
    twin = f"the twin of resnet{depth}"
    return Entry(PLAIN_FAMILY, 224, ResNetSpec(f"plain{depth}", rows), twin)


ENTRIES = (
    # Deviation: the stride in the 3x3, not in the first 1x1; torchvision's weights need it.
    _entry("resnet18", "basic units: two 3x3"),
    _entry("resnet34", "trains better than 18 layers"),
    _entry("resnet50", "bottlenecks; stride in the 3x3"),
    _entry("resnet101", "bottlenecks, 101 layers"),
    _entry("resnet152", "bottlenecks, 152 layers"),
    _entry("resnet50_2015", "as printed: stride in first 1x1", place="first_1x1"),
    _entry("resnet101_2015", "as printed: stride in first 1x1", place="first_1x1"),
    _entry("resnet152_2015", "as printed: stride in first 1x1", place="first_1x1"),
    _option("A", "Table 3's A: no projection"),
    _option("C", "Table 3's C: all projections"),
    _plain(18),
    _plain(34),
)
