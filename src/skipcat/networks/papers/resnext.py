"""ResNeXt.

Xie, Girshick, Dollár, Tu, He 2017, "Aggregated residual transformations for deep neural networks",
arXiv 1611.05431. Here: the 32x4d column of Table 1 and the 101-layer 32x8d that circulates, as
grouped convolutions (Fig. 3(c)). The 32x8d is of the authors' later release, not of the paper.
"""

from skipcat.networks.entry import Entry, Family
from skipcat.networks.papers.resnet import table_rows
from skipcat.networks.specs import ResNetSpec

FAMILY = Family(
    "ResNeXt",
    2016,
    "Xie et al. 2017, Aggregated residual transformations for deep neural networks, "
    "arXiv 1611.05431",
    "cardinality: 32 paths in each unit, as one grouped 3x3",
)


def entry(depth: int, group_width: int, introduced: str) -> Entry:
    """Return ResNeXt-depth (32 x group_width d): the first stage is 32 * group_width wide."""
    groups = 32
    rows = table_rows(f"resnet{depth}", widen=groups * group_width // 64, groups=groups)
    name = f"resnext{depth}_{groups}x{group_width}d"
    return Entry(FAMILY, 224, ResNetSpec(name, rows, FAMILY.paper), introduced)


ENTRIES = (entry(50, 4, "32 paths of 4 channels"), entry(101, 8, "32 paths of 8 channels"))
