"""Residual networks for CIFAR-10.

He, Zhang, Ren, Sun 2016, arXiv 1512.03385, §4.2. Here: depth 6n + 2 for every n, three stages of
16, 32 and 64 channels on grids of 32, 16 and 8, parameter-free shortcuts (option A). Not here:
plain twins.
"""

from skipcat.networks.resnet import ResidualStage, ResNetSpec
from skipcat.networks.rows import Conv, GlobalPool, Linear

LISTED_DEPTHS = (20, 32, 44, 56, 110, 1202)  # Table 6


def resnet_cifar_spec(depth: int) -> ResNetSpec:
    """Give the spec of depth 6n + 2: n units in each of three stages."""
    units = (depth - 2) // 6
    rows = (
        ("conv1", Conv(kernel=3, width=16)),
        ("conv2_x", ResidualStage("basic", 16, units, stride=1, shortcut="A")),
        ("conv3_x", ResidualStage("basic", 32, units, stride=2, shortcut="A")),
        ("conv4_x", ResidualStage("basic", 64, units, stride=2, shortcut="A")),
        ("pool", GlobalPool()),
        ("fc", Linear()),
    )
    return ResNetSpec(f"resnet_cifar{depth}", rows, classes=10, stem_reduction=1)
