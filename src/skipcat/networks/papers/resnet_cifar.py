"""Residual networks for CIFAR-10, and their plain twins.

He, Zhang, Ren, Sun 2016, arXiv 1512.03385, §4.2. Here: depth 6n + 2 for every n, three stages of
16, 32 and 64 channels on grids of 32, 16 and 8, parameter-free shortcuts (option A) or none.
"""

from skipcat.blocks.residual import Shortcut
from skipcat.networks.entry import Entry, Family, Series
from skipcat.networks.papers.resnet import FAMILY as RESNET_FAMILY
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.specs import ResNetSpec

FAMILY = Family(
    "CIFAR ResNet", 2015, RESNET_FAMILY.paper, "20 to 1202 layers, shortcuts without parameters"
)
PLAIN_FAMILY = Family(
    "CIFAR plain", 2015, RESNET_FAMILY.paper, "degradation: 56 layers train worse than 20"
)
LISTED_DEPTHS = (20, 32, 44, 56, 110, 1202)  # Table 6


def cifar_spec(prefix: str, depth: int, shortcut: Shortcut) -> ResNetSpec:
    """Return the spec of depth 6n + 2: n units in each of three stages."""
    units = (depth - 2) // 6
    rows = (
        ("conv1", Conv(kernel=3, width=16)),
        ("conv2_x", ResidualStage("basic", 16, units, stride=1, shortcut=shortcut)),
        ("conv3_x", ResidualStage("basic", 32, units, stride=2, shortcut=shortcut)),
        ("conv4_x", ResidualStage("basic", 64, units, stride=2, shortcut=shortcut)),
        ("pool", GlobalPool()),
        ("fc", Linear()),
    )
    return ResNetSpec(f"{prefix}{depth}", rows, classes=10, stem_reduction=1)


def residual_entry(depth: int) -> Entry:
    """Return the entry of a residual network."""
    spec = cifar_spec("resnet_cifar", depth, "A")
    return Entry(FAMILY, 32, spec, f"{(depth - 2) // 6} units in each of 3 stages")


def plain_entry(depth: int) -> Entry:
    """Return the entry of a plain network."""
    spec = cifar_spec("plain_cifar", depth, "none")
    return Entry(PLAIN_FAMILY, 32, spec, f"the twin of resnet_cifar{depth}")


SERIES = (Series("resnet_cifar", 6, residual_entry), Series("plain_cifar", 6, plain_entry))
ENTRIES = (*map(residual_entry, LISTED_DEPTHS), *map(plain_entry, LISTED_DEPTHS))
