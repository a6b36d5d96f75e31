"""Other libraries' names for our layers: every foreign name stands in this file.

A dialect is a list of patterns for each family, tried in turn on each of our names. "cifar" is what
circulates for CIFAR ResNets: torchvision's names, three stages, and `linear` or `fc` at the end.
"""

import re
from collections.abc import Callable, Iterator

from skipcat.networks.network import Network

Patterns = tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]

_RESNET: Patterns = (
    (r"^conv1\.conv\.", "conv1."),
    (r"^conv1\.norm\.", "bn1."),
    (r"^conv(\d)_x\.", lambda m: f"layer{int(m[1]) - 1}."),
    (r"\.branch\.conv(\d)\.conv\.", r".conv\1."),
    (r"\.branch\.conv(\d)\.norm\.", r".bn\1."),
    (r"\.shortcut\.conv\.", ".downsample.0."),
    (r"\.shortcut\.norm\.", ".downsample.1."),
)
_GOOGLENET: Patterns = (
    (r"^conv2\.conv\.", "conv3."),
    (r"^conv2\.reduce\.", "conv2."),
    (r"\.branch1x1\.", ".branch1."),
    (r"\.branch3x3\.reduce\.", ".branch2.0."),
    (r"\.branch3x3\.conv\.", ".branch2.1."),
    (r"\.branch5x5\.reduce\.", ".branch3.0."),
    (r"\.branch5x5\.conv\.", ".branch3.1."),
    (r"\.branch_pool\.project\.", ".branch4.1."),
    (r"^linear\.", "fc."),
    # aux1 is the shallower head. Its output came second until 2024 (vision#8736), but its
    # weights were always named so, as their widths show (512 on 4a, 528 on 4d).
    (r"^auxiliary\.inception4a\.", "aux1."),
    (r"^auxiliary\.inception4d\.", "aux2."),
    (r"^(aux.)\.project\.", r"\1.conv."),
    (r"^(aux.)\.hidden\.", r"\1.fc1."),
    (r"^(aux.)\.linear\.", r"\1.fc2."),
    (r"\.norm\.", ".bn."),
)
_INCEPTION_V3: Patterns = (
    (r"^Conv2d_3b\.", "Conv2d_3b_1x1."),
    (r"^(Conv2d_(1a|2a|2b|4a))\.", r"\1_3x3."),
    (r"^(Mixed_..\.branch1x1|Mixed_6a\.branch3x3)\.0\.", r"\1."),
    (r"^(Mixed_..\.branch_pool)\.1\.", r"\1."),
    (r"^(Mixed_..\.branch\w+)\.(\d)\.left\.", lambda m: f"{m[1]}_{int(m[2]) + 1}a."),
    (r"^(Mixed_..\.branch\w+)\.(\d)\.right\.", lambda m: f"{m[1]}_{int(m[2]) + 1}b."),
    (r"^(Mixed_..\.branch\w+)\.(\d)\.", lambda m: f"{m[1]}_{int(m[2]) + 1}."),
    (r"^auxiliary\.Mixed_6e\.project\.", "AuxLogits.conv0."),
    (r"^auxiliary\.Mixed_6e\.spread\.", "AuxLogits.conv1."),
    (r"^auxiliary\.Mixed_6e\.linear\.", "AuxLogits.fc."),
    (r"\.norm\.", ".bn."),
)
_RESNET_D: Patterns = (
    # A sequence of convolution, norm, ReLU, three times; its last norm has a name of its own.
    (r"^conv1_(\d)\.conv\.", lambda m: f"conv1.{3 * (int(m[1]) - 1)}."),
    (r"^conv1_3\.norm\.", "bn1."),
    (r"^conv1_(\d)\.norm\.", lambda m: f"conv1.{3 * (int(m[1]) - 1) + 1}."),
    (r"\.shortcut\.project\.conv\.", ".downsample.1."),
    (r"\.shortcut\.project\.norm\.", ".downsample.2."),
    # Where the grid stays there is nothing to average, but their places stay.
    (r"\.shortcut\.conv\.", ".downsample.1."),
    (r"\.shortcut\.norm\.", ".downsample.2."),
    *_RESNET,
)
_V4_FEATURES = (
    *("Conv2d_1a", "Conv2d_2a", "Conv2d_2b", "Mixed_3a", "Mixed_4a", "Mixed_5a"),
    *(f"Mixed_5{letter}" for letter in "bcde"),
    *(f"Mixed_6{letter}" for letter in "abcdefgh"),
    *(f"Mixed_7{letter}" for letter in "abcd"),
)
_INCEPTION_V4: Patterns = (
    (r"^(Mixed_[35]a)\.branch3x3\.0\.", r"\1.conv."),
    (r"^Mixed_4a\.branch3x3\.", "Mixed_4a.branch0."),
    (r"^Mixed_4a\.branch7x7\.", "Mixed_4a.branch1."),
    # The reductions have no 1x1 branch, so their numbers begin with the next.
    (r"^Mixed_6a\.branch3x3\.0\.", "Mixed_6a.branch0."),
    (r"^Mixed_6a\.branch3x3dbl\.", "Mixed_6a.branch1."),
    (r"^Mixed_7a\.branch3x3\.", "Mixed_7a.branch0."),
    (r"^Mixed_7a\.branch7x7\.", "Mixed_7a.branch1."),
    (r"\.branch1x1\.0\.", ".branch0."),
    (r"\.branch(3x3|7x7)\.", ".branch1."),
    (r"\.branch(3x3|7x7)dbl\.", ".branch2."),
    (r"\.branch_pool\.", ".branch3."),
    (r"^(Mixed_7[b-d]\.branch\d)\.(\d)\.left\.", r"\1_\2a."),
    (r"^(Mixed_7[b-d]\.branch\d)\.(\d)\.right\.", r"\1_\2b."),
    (r"^(Mixed_7[b-d]\.branch[12])\.(\d)\.", r"\1_\2."),
    (r"^(\w+)\.", lambda m: _numbered(m[1])),
    (r"^fc\.", "last_linear."),
    (r"\.norm\.", ".bn."),
)
_INCEPTION_RESNET_V2: Patterns = (
    (r"^inception_resnet_c\.9\.", "block8."),
    (r"^inception_resnet_a\.", "repeat."),
    (r"^inception_resnet_b\.", "repeat_1."),
    (r"^inception_resnet_c\.", "repeat_2."),
    (r"^reduction_a\.branch3x3\.0\.", "mixed_6a.branch0."),
    (r"^reduction_a\.branch3x3dbl\.", "mixed_6a.branch1."),
    (r"^reduction_b\.branch_a\.", "mixed_7a.branch0."),
    (r"^reduction_b\.branch_b\.", "mixed_7a.branch1."),
    (r"^reduction_b\.branch_c\.", "mixed_7a.branch2."),
    (r"\.branch\.up\.conv\.", ".conv2d."),
    (r"\.branch\.branches\.", "."),
    (r"\.branch1x1\.0\.", ".branch0."),
    (r"\.branch(3x3|5x5|7x7)\.", ".branch1."),
    (r"\.branch3x3dbl\.", ".branch2."),
    (r"\.branch_pool\.", ".branch3."),
    (r"^Conv2d_", "conv2d_"),
    (r"^Mixed_", "mixed_"),
    (r"^fc\.", "classif."),
    (r"\.norm\.", ".bn."),
)
_CIFAR: Patterns = (*_RESNET, (r"^fc\.", "linear."))

_TORCHVISION_RESNETS = (
    r"resnet(18|34|50|101|152)|wide_resnet(50|101)_2|resnext50_32x4d|resnext101_32x8d"
)

# Dialect -> the networks that it has, as a pattern of their names, and its names for their layers.
DIALECTS: dict[str, tuple[tuple[str, Patterns], ...]] = {
    "skipcat": ((r".*", ()),),
    "torchvision": (
        (_TORCHVISION_RESNETS, _RESNET),
        (r"googlenet_3x3", _GOOGLENET),
        (r"inception_v3", _INCEPTION_V3),
    ),
    "timm": (
        (_TORCHVISION_RESNETS, _RESNET),
        (r"inception_v3", _INCEPTION_V3),
        (r"resnet50_d", _RESNET_D),
        (r"inception_v4", _INCEPTION_V4),
        (r"inception_resnet_v2", _INCEPTION_RESNET_V2),
    ),
    "cifar": ((r"resnet_cifar\d+", _CIFAR), (r"resnet_cifar\d+", _RESNET)),
}
# Networks that a dialect's names fit by accident: a file would load and answer otherwise.
_LOOKALIKES = {
    "resnet50_2015": "resnet50",
    "resnet101_2015": "resnet101",
    "resnet152_2015": "resnet152",
    "googlenet": "googlenet_3x3",
}


def has_network(dialect: str, name: str) -> bool:
    """Tell whether a dialect's library has the network of a name."""
    return any(re.fullmatch(names, name) for names, _ in DIALECTS[dialect])


def name_maps(net: Network) -> Iterator[tuple[str, dict[str, str]]]:
    """Return each dialect that may fit a network, and its names for ours."""
    keys = net.state_dict().keys()
    name = _LOOKALIKES.get(net.spec.name, net.spec.name)
    for dialect, families in DIALECTS.items():
        for names, patterns in families:
            if re.fullmatch(names, name):
                yield dialect, {key: _rename(key, patterns) for key in keys}


def _rename(key: str, patterns: Patterns) -> str:
    for pattern, replacement in patterns:
        key = re.sub(pattern, replacement, key)
    return key


def _numbered(row: str) -> str:
    """Return timm's name of an Inception v4 row: all but the last are one numbered sequence."""
    return f"features.{_V4_FEATURES.index(row)}." if row in _V4_FEATURES else f"{row}."
