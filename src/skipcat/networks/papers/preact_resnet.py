"""Pre-activation residual networks.

He, Zhang, Ren, Sun 2016, "Identity mappings in deep residual networks", arXiv 1603.05027. Here: the
CIFAR networks of depth 9n + 2 with bottlenecks, ResNet-110 with basic units, the columns of
the 2015 paper's Table 1 with pre-activation, and ResNet-200. Not here: the other units of Fig. 2
and Fig. 4.
"""

from typing import Literal

from skipcat.blocks.residual import StridePlace
from skipcat.networks.entry import Entry, Family, Series
from skipcat.networks.papers.resnet import RESNET_TABLE_1, STEM, TOP, Units
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.preactivation import Activation, PreActivationStage
from skipcat.networks.rows.stage import Block
from skipcat.networks.specs import ResNetSpec, TableRows

PAPER = "He et al. 2016, Identity mappings in deep residual networks, arXiv 1603.05027"
FAMILY = Family(
    "Pre-activation ResNet", 2016, PAPER, "norm and ReLU first; the shortcut stays free"
)
CIFAR_FAMILY = Family("CIFAR pre-activation", 2016, PAPER, "1001 layers that train and generalise")
LISTED_DEPTHS = (110, 164, 1001)

PREACT_TABLE: dict[str, tuple[Block, Units]] = {
    **{f"preact_{name}": column for name, column in RESNET_TABLE_1.items()},
    "preact_resnet200": ("bottleneck", (3, 24, 36, 3)),
}


def stage(
    block: Block,
    width: int,
    units: int,
    number: int,
    *,
    place: StridePlace = "3x3",
    shortcut: Literal["A", "B"] = "B",
) -> PreActivationStage:
    """Return one stage; the network's first keeps its grid and is activated by conv1."""
    first = number == 0
    return PreActivationStage(
        block,
        width,
        units,
        stride=1 if first else 2,
        stride_place=place,
        shortcut=shortcut,
        first_activation="before" if first else "shared",
    )


def cifar_entry(depth: int) -> Entry:
    """Return the entry of depth 9n + 2 with bottlenecks; 110 has basic units, as in the paper."""
    # Table 1 compares 54 basic units at depth 110; the deeper networks have bottlenecks.
    block: Block = "basic" if depth == 110 else "bottleneck"
    units = (depth - 2) // (6 if block == "basic" else 9)
    # The authors' code for CIFAR: stride in the first 1x1. Basic units add zeros, as in 2015.
    shortcut: Literal["A", "B"] = "A" if block == "basic" else "B"
    stages: TableRows = tuple(
        (f"conv{2 + i}_x", stage(block, 16 * 2**i, units, i, place="first_1x1", shortcut=shortcut))
        for i in range(3)
    )
    rows = (
        ("conv1", Conv(kernel=3, width=16)),
        *stages,
        ("activation", Activation()),
        ("pool", GlobalPool()),
        ("fc", Linear()),
    )
    spec = ResNetSpec(f"preact_cifar{depth}", rows, PAPER, classes=10, stem_reduction=1)
    return Entry(CIFAR_FAMILY, 32, spec, f"{units} {block} units per stage")


def entry(name: str) -> Entry:
    """Return the entry of a column of the table."""
    block, units = PREACT_TABLE[name]
    stages = tuple((f"conv{2 + i}_x", stage(block, 64 * 2**i, units[i], i)) for i in range(4))
    rows = (*STEM, *stages, ("activation", Activation()), *TOP)
    return Entry(FAMILY, 224, ResNetSpec(name, rows, PAPER), f"{block} units, {sum(units)} of them")


SERIES = (Series("preact_cifar", 9, cifar_entry),)
ENTRIES = (*map(entry, PREACT_TABLE), *map(cifar_entry, LISTED_DEPTHS))
