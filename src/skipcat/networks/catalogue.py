"""The catalogue: every network by name, and the one line that builds it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from skipcat.errors import NetworkError
from skipcat.networks.checks import as_whole, check_rows, refuse_unbuildable
from skipcat.networks.entry import Entry, Series, refuse_name, split_multiplier
from skipcat.networks.network import Network
from skipcat.networks.papers import (
    bn_inception,
    googlenet,
    inception_resnet,
    inception_v3,
    inception_v4,
    preact_resnet,
    resnet,
    resnet_cifar,
    resnet_d,
    resnext,
    wide_resnet,
)
from skipcat.networks.papers.googlenet import build_googlenet
from skipcat.networks.papers.inception import build_inception
from skipcat.networks.papers.resnet import build_resnet
from skipcat.networks.scaling import scale_spec
from skipcat.networks.specs import GoogLeNetSpec, InceptionSpec, ResNetSpec, Spec
from skipcat.networks.stem import choose_stem_reduction, reduce_stem, smallest_image_px
from skipcat.networks.weights.torchvision import fetch_pretrained
from skipcat.networks.weights.transfer import load_trunk

BUILDERS: dict[type, Callable[[Any], Network]] = {
    GoogLeNetSpec: build_googlenet,
    InceptionSpec: build_inception,
    ResNetSpec: build_resnet,
}

# As they are listed, oldest paper first: a new family is a file with ENTRIES, and a name here.
_ENTRIES: tuple[Entry, ...] = (
    *googlenet.ENTRIES,
    *bn_inception.ENTRIES,
    *inception_v3.ENTRIES,
    *resnet.ENTRIES,
    *resnet_cifar.ENTRIES,
    *inception_v4.ENTRIES,
    *inception_resnet.ENTRIES,
    *preact_resnet.ENTRIES,
    *wide_resnet.ENTRIES,
    *resnext.ENTRIES,
    *resnet_d.ENTRIES,
)
# Families that exist at more depths than are listed.
SERIES: tuple[Series, ...] = (*resnet_cifar.SERIES, *preact_resnet.SERIES)


def list_networks() -> tuple[str, ...]:
    """Return the names of the catalogue's networks."""
    return tuple(entry.name for entry in list_entries())


def list_entries() -> tuple[Entry, ...]:
    """Return the catalogue's entries, oldest family first."""
    return _ENTRIES


def find_entry(name: str) -> Entry:
    """Return the entry of a name; CIFAR's `resnet_cifar{6n+2}` and such have one for every n.

    `googlenet_x0.5` is googlenet with half of every width: `width_multiplier` as part of the name,
    for every multiplier and every network.

    Raises:
        NetworkError: there is no such network.
    """
    for entry in _ENTRIES:
        if entry.name == name:
            return entry
    for series in SERIES:
        if (found := series.find(name)) is not None:
            return found
    if scaled := split_multiplier(name):
        entry, multiplier = find_entry(scaled[0]), scaled[1]
        spec = replace(scale_spec(entry.spec, multiplier), name=name)
        return replace(
            entry, spec=spec, introduced=f"{multiplier:g} times the width of {entry.name}"
        )
    raise refuse_name(name, list_networks())


def make_spec(
    name_or_spec: str | Spec,
    classes: int | None = None,
    image_px: int | None = None,
    channels: int | None = None,
    *,
    width_multiplier: float = 1,
    depth_multiplier: float = 1,
) -> Spec:
    """Return the plain values of a network for a class count, an image size and image channels.

    What is None stays as the entry or the given spec has it. A given image size chooses the stem's
    reduction: the smallest power of two that brings the first stage's grid to 40 or less. The
    multipliers scale the table's widths and the depths of its stages, in proportion.

    Raises:
        NetworkError: there is no such network, or it does not accept one of the figures.
    """
    if isinstance(name_or_spec, str):
        spec = find_entry(name_or_spec).spec
    elif isinstance(name_or_spec, Spec):
        spec = name_or_spec
        check_rows(spec)
    else:
        raise NetworkError(
            f"A network is asked for by its name or spec, but was given {name_or_spec!r:.60}."
        )
    spec = scale_spec(spec, width_multiplier, depth_multiplier)
    classes = as_whole(spec.classes if classes is None else classes, "of classes", spec.name)
    channels = as_whole(spec.channels if channels is None else channels, "of channels", spec.name)
    if classes < 1:
        raise NetworkError(f"{spec.name} needs at least 1 class, but was given {classes}.")
    if channels < 1:
        raise NetworkError(f"{spec.name} needs at least 1 channel, but was given {channels}.")
    reduction = spec.stem_reduction
    if image_px is not None:
        image_px = as_whole(image_px, "of pixels", spec.name)
        reduction = choose_stem_reduction(spec.rows, image_px)
        least = max(spec.smallest_px, smallest_image_px(reduce_stem(spec.rows, reduction)))
        if image_px < least:
            raise NetworkError(
                f"{spec.name} takes images of {least} px or more, but was given {image_px}."
            )
    return replace(spec, classes=classes, channels=channels, stem_reduction=reduction)


def build_network(
    name_or_spec: str | Spec,
    classes: int | None = None,
    image_px: int | None = None,
    channels: int | None = None,
    *,
    seed: int = 0,
    pretrained: str | Path | None = None,
    width_multiplier: float = 1,
    depth_multiplier: float = 1,
) -> Network:
    """Build a network; equal seeds give equal weights, and torch's own generators stay as they are.

    Classes, image size and channels default to the entry's own, or to what a given spec says.
    ``pretrained`` is "torchvision", "none" or a weights file; where its class count differs, the
    trunk is kept and the classifiers are fresh. The multipliers scale the paper's widths and the
    depths of its stages, with its proportions kept.

    Raises:
        NetworkError: there is no such network, or it does not accept one of the figures.
        WeightsError: the pretrained weights cannot be had or do not fit.
    """
    spec = make_spec(
        name_or_spec,
        classes,
        image_px,
        channels,
        width_multiplier=width_multiplier,
        depth_multiplier=depth_multiplier,
    )
    seed = as_whole(seed, "as seed", spec.name) % 2**64
    device = torch.get_default_device()
    # On the meta device nothing is filled twice: the first filling is the network's own.
    try:
        with torch.device("meta"):
            net = BUILDERS[type(spec)](spec)
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise refuse_unbuildable(spec, error) from error
    if device.type == "meta":
        return net
    net.to_empty(device="cpu")
    net.initialise(seed)
    if pretrained is not None and str(pretrained) != "none":
        source = fetch_pretrained(net)[0] if pretrained == "torchvision" else pretrained
        load_trunk(net, source)
    return net.to(device)
