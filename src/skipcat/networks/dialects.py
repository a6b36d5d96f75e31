"""Other libraries' names for our layers: every foreign name stands in this file.

A dialect is a list of patterns for each family, tried in turn on each of our names.
"""

import re
from collections.abc import Callable

from skipcat.networks.network import Network

Patterns = tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]

_TORCHVISION: dict[str, Patterns] = {
    "resnet": (
        (r"^conv1\.conv\.", "conv1."),
        (r"^conv1\.norm\.", "bn1."),
        (r"^conv(\d)_x\.", lambda m: f"layer{int(m[1]) - 1}."),
        (r"\.branch\.conv(\d)\.conv\.", r".conv\1."),
        (r"\.branch\.conv(\d)\.norm\.", r".bn\1."),
        (r"\.shortcut\.conv\.", ".downsample.0."),
        (r"\.shortcut\.norm\.", ".downsample.1."),
    ),
    "googlenet": (
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
    ),
    "inception_v3": (
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
    ),
}


DIALECTS: dict[str, dict[str, Patterns] | None] = {"skipcat": None, "torchvision": _TORCHVISION}


def dialect_names(net: Network, dialect: str) -> dict[str, str] | None:
    """Map our names to a dialect's, None where the dialect has no such family."""
    keys = net.state_dict().keys()
    families = DIALECTS[dialect]
    if families is None:
        return {key: key for key in keys}
    patterns = families.get(net.spec.kind)
    return None if patterns is None else {key: _rename(key, patterns) for key in keys}


def _rename(key: str, patterns: Patterns) -> str:
    for pattern, replacement in patterns:
        key = re.sub(pattern, replacement, key)
    return key
