"""Wide residual networks.

Zagoruyko and Komodakis 2016, "Wide residual networks", arXiv 1605.07146. Here: WRN-d-k of Table 1
for CIFAR (pre-activation, basic units B(3,3)), and the bottleneck networks of Table 8 for ImageNet,
whose 3x3 is twice as wide. Not here: dropout inside the units.
"""

from skipcat.networks.entry import Entry, Family
from skipcat.networks.papers.resnet import table_rows
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.preactivation import Activation, PreActivationStage
from skipcat.networks.specs import ResNetSpec, TableRows

FAMILY = Family(
    "Wide ResNet",
    2016,
    "Zagoruyko and Komodakis 2016, Wide residual networks, arXiv 1605.07146",
    "width for depth: 28 wide layers beat 1001 thin ones",
)


def cifar_entry(depth: int, widen: int) -> Entry:
    """Return WRN-depth-widen: (depth - 4) / 6 units in each of three groups."""
    units = (depth - 4) // 6
    groups: TableRows = tuple(
        (
            f"conv{2 + i}",
            PreActivationStage(
                "basic",
                16 * 2**i * widen,
                units,
                stride=min(i + 1, 2),
                first_activation="shared" if i else "before",
            ),
        )
        for i in range(3)
    )
    rows = (
        ("conv1", Conv(kernel=3, width=16)),
        *groups,
        ("activation", Activation()),
        ("pool", GlobalPool()),
        ("fc", Linear()),
    )
    name = f"wide_resnet{depth}_{widen}"
    spec = ResNetSpec(name, rows, FAMILY.paper, classes=10, stem_reduction=1)
    return Entry(FAMILY, 32, spec, f"{depth} layers, {widen} times as wide")


def imagenet_entry(depth: int) -> Entry:
    """Return the ResNet of a depth with twice the width inside its bottlenecks."""
    rows = table_rows(f"resnet{depth}", widen=2)
    spec = ResNetSpec(f"wide_resnet{depth}_2", rows, FAMILY.paper)
    return Entry(FAMILY, 224, spec, f"resnet{depth} with 3x3 twice as wide")


ENTRIES = (cifar_entry(28, 10), cifar_entry(40, 4), imagenet_entry(50), imagenet_entry(101))
