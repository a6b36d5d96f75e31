"""The catalogue: every network by name, and the one line that builds it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from skipcat.errors import NetworkError, did_you_mean
from skipcat.networks import googlenet, inception_v3, resnet
from skipcat.networks.googlenet import GOOGLENETS, GoogLeNetSpec, build_googlenet
from skipcat.networks.inception_v3 import INCEPTION_V3, InceptionV3Spec, build_inception_v3
from skipcat.networks.network import Network
from skipcat.networks.resnet import RESNETS, ResNetSpec, build_resnet
from skipcat.networks.resnet_cifar import LISTED_DEPTHS, resnet_cifar_spec
from skipcat.networks.rows import choose_stem_reduction

Spec = GoogLeNetSpec | InceptionV3Spec | ResNetSpec

BUILDERS: dict[type, Callable[[Any], Network]] = {
    GoogLeNetSpec: build_googlenet,
    InceptionV3Spec: build_inception_v3,
    ResNetSpec: build_resnet,
}


@dataclass(frozen=True)
class Entry:
    """One network of the catalogue: its spec at its own size, and where it comes from."""

    name: str
    family: str
    year: int
    image_px: int
    spec: Spec
    paper: str
    introduced: str

    @property
    def builder(self) -> Callable[[Any], Network]:
        """Give the function that turns the entry's spec into its network."""
        return BUILDERS[type(self.spec)]

    @property
    def classes(self) -> int:
        """Give the paper's number of classes."""
        return self.spec.classes

    @property
    def smallest_px(self) -> int:
        """Give the smallest image that the network can be built for."""
        return self.spec.smallest_px


def list_networks() -> tuple[str, ...]:
    """Give the names of the catalogue's networks."""
    return tuple(entry.name for entry in list_entries())


def list_entries() -> tuple[Entry, ...]:
    """Give the catalogue's entries, oldest family first."""
    return _ENTRIES


def find_entry(name: str) -> Entry:
    """Give the entry of a name; `resnet_cifar{6n+2}` has one for every n.

    Raises:
        NetworkError: there is no such network.
    """
    for entry in _ENTRIES:
        if entry.name == name:
            return entry
    if match := re.fullmatch(r"resnet_cifar(\d+)", name):
        return _cifar_entry(_checked_depth(name, int(match[1])))
    near = did_you_mean(name, _one_letter_away(name) or list_networks())
    raise NetworkError(f"No network is called '{name}'.{near} 'skipcat list' shows all.")


def make_spec(
    name_or_spec: "str | Spec",
    classes: int | None = None,
    image_px: int | None = None,
    channels: int | None = None,
) -> Spec:
    """Give the plain values of a network for a class count, an image size and image channels.

    What is None stays as the entry or the given spec has it. A given image size chooses the stem's
    reduction: the smallest power of two that brings the first stage's grid to 40 or less.

    Raises:
        NetworkError: there is no such network, or it does not accept one of the figures.
    """
    if isinstance(name_or_spec, str):
        spec = find_entry(name_or_spec).spec
    else:
        spec = name_or_spec
    classes = spec.classes if classes is None else classes
    channels = spec.channels if channels is None else channels
    if classes < 1:
        raise NetworkError(f"{spec.name} needs at least 1 class, but was given {classes}.")
    if channels < 1:
        raise NetworkError(f"{spec.name} needs at least 1 channel, but was given {channels}.")
    reduction = spec.stem_reduction
    if image_px is not None:
        if image_px < spec.smallest_px:
            raise NetworkError(
                f"{spec.name} takes images of {spec.smallest_px} px or more, "
                f"but was given {image_px}."
            )
        reduction = choose_stem_reduction(spec.rows, image_px)
    return replace(spec, classes=classes, channels=channels, stem_reduction=reduction)


def build_network(
    name_or_spec: "str | Spec",
    classes: int | None = None,
    image_px: int | None = None,
    channels: int | None = None,
    *,
    seed: int = 0,
    pretrained: str | Path | None = None,
) -> Network:
    """Build a network; equal seeds give equal weights, and torch's own generators stay as they are.

    Classes, image size and channels default to the entry's own, or to what a given spec says.
    ``pretrained`` is "torchvision", "none" or a weights file; where its class count differs, the
    trunk is kept and the classifiers are fresh.

    Raises:
        NetworkError: there is no such network, or it does not accept one of the figures.
        WeightsError: the pretrained weights cannot be had or do not fit.
    """
    spec = make_spec(name_or_spec, classes, image_px, channels)
    device = torch.get_default_device()
    # On the meta device nothing is filled twice: the first filling is the network's own.
    with torch.device("meta"):
        net = BUILDERS[type(spec)](spec)
    if device.type == "meta":
        return net
    net.to_empty(device="cpu")
    net.initialise(seed)
    if pretrained is not None and str(pretrained) != "none":
        from skipcat.networks.weights import fetch_pretrained, load_trunk

        source = fetch_pretrained(net)[0] if pretrained == "torchvision" else Path(pretrained)
        load_trunk(net, source)
    return net.to(device)


def _one_letter_away(name: str) -> list[str]:
    """Give the names that one other letter makes; "resnet52" is a slip for 50, not for 152."""
    return [
        known
        for known in list_networks()
        if len(known) == len(name) and sum(a != b for a, b in zip(known, name, strict=True)) == 1
    ]


def _checked_depth(name: str, depth: int) -> int:
    if depth >= 8 and depth % 6 == 2:
        return depth
    nearest = max(8, 6 * round((depth - 2) / 6) + 2)
    raise NetworkError(
        f"No network is called '{name}': the depths of resnet_cifar are 6n+2 (8, 14, 20, …); "
        f"the nearest is 'resnet_cifar{nearest}'."
    )


def _cifar_entry(depth: int) -> Entry:
    spec = resnet_cifar_spec(depth)
    introduced = "residual learning from 20 to 1202 layers, shortcuts without parameters"
    return Entry(spec.name, "CIFAR ResNet", 2015, 32, spec, resnet.PAPER, introduced)


def _googlenet_entry(name: str, introduced: str) -> Entry:
    return Entry(name, "GoogLeNet", 2014, 224, GOOGLENETS[name], googlenet.PAPER, introduced)


def _resnet_entry(name: str, introduced: str) -> Entry:
    return Entry(name, "ResNet", 2015, 224, RESNETS[name], resnet.PAPER, introduced)


_ENTRIES: tuple[Entry, ...] = (
    _googlenet_entry("googlenet", "parallel branches behind 1x1 bottlenecks; here with batch norm"),
    _googlenet_entry("googlenet_2014", "the same as printed: local response norm, biases"),
    _googlenet_entry("googlenet_3x3", "torchvision's port: 3x3 for 5x5; its weights fit"),
    Entry(
        "inception_v3",
        "Inception",
        2015,
        299,
        INCEPTION_V3,
        inception_v3.PAPER,
        "factorised convolutions, label smoothing, auxiliary head with batch norm",
    ),
    _resnet_entry("resnet18", "residual learning: a network learns what to add to its input"),
    _resnet_entry("resnet34", "34 layers that train better than 18"),
    _resnet_entry("resnet50", "bottleneck units; stride in the 3x3, as weights circulate"),
    _resnet_entry("resnet101", "bottleneck units, 101 layers"),
    _resnet_entry("resnet152", "bottleneck units, 152 layers"),
    _resnet_entry("resnet50_2015", "the paper's own: stride in the first 1x1"),
    _resnet_entry("resnet101_2015", "the paper's own: stride in the first 1x1"),
    _resnet_entry("resnet152_2015", "the paper's own: stride in the first 1x1"),
    *(_cifar_entry(depth) for depth in LISTED_DEPTHS),
)
