"""Where a network can lose channels, branches or units, and which networks can."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from skipcat.blocks.convolution import Convolution
from skipcat.blocks.inception import Concatenation
from skipcat.blocks.preactivation import PreActivationUnit
from skipcat.blocks.residual import Residual, SkippableUnit
from skipcat.errors import ClassifierError
from skipcat.networks.network import Network


@dataclass(frozen=True)
class Site:
    """A convolution that can lose output channels.

    `name` is its path in the network; `read` that of the module whose output these channels are
    once they are normalised and rectified.
    """

    name: str
    read: str
    width: int


@dataclass(frozen=True, eq=False)
class Removal:
    """What is taken out at once: channels of sites, branches of modules, units of stages.

    Shapes: a mask of channels is (width,) of booleans, true where a channel stays.
    """

    keep: dict[str, Tensor] = field(default_factory=dict)
    branches: frozenset[tuple[str, str]] = frozenset()
    units: frozenset[str] = frozenset()


def check_prunable(net: Network) -> None:
    """Refuse networks of which a cut would not be exact, or that have nothing to cut.

    Raises:
        ClassifierError: it is one of those.
    """
    name = net.spec.name
    modules = list(net.modules())
    why = ""
    if any(isinstance(module, nn.LocalResponseNorm) for module in modules):
        why = "its local response norms mix neighbouring channels, so that none can be cut exactly"
    elif any(_is_mixed(module) for module in modules):
        why = "its branches are concatenated inside residual units, which pruning cannot cut"
    elif not find_sites(net) and not find_units(net):
        why = "it has neither branches nor residual units, and nothing else is cut"
    if why:
        raise ClassifierError(
            f"{name} cannot be pruned: {why}. GoogLeNets with batch norm, Inception v3 and v4, "
            "BN-Inception and ResNets can."
        )


def find_sites(net: Network) -> tuple[Site, ...]:
    """Return the convolutions that can lose channels.

    In residual units those inside the branch, so that the shortcut's width stays; in networks
    without shortcuts every one that is not the last.
    """
    if any(isinstance(module, SkippableUnit) for module in net.modules()):
        return tuple(_sites_of_units(net))
    found = []
    for row, stage in net.stages():
        for path, module in stage.named_modules():
            if isinstance(module, Convolution):
                name = f"{row}.{path}" if path else row
                found.append(Site(name, name, module.conv.out_channels))
    return tuple(found) if any(isinstance(m, Concatenation) for m in net.modules()) else ()


def find_units(net: Network) -> tuple[str, ...]:
    """Give the units that can go: those whose shortcut is the identity, one of a stage staying."""
    found = []
    for row, stage in net.stages():
        if not isinstance(stage, nn.Sequential) or len(stage) < 2:
            continue
        for number, unit in enumerate(stage):
            # The first pre-activation unit of a stage is of another make than those after it.
            first = number == 0 and isinstance(unit, PreActivationUnit)
            if isinstance(unit, SkippableUnit) and isinstance(unit.shortcut, nn.Identity):
                found += [] if first else [f"{row}.{number}"]
    return tuple(found)


def find_branches(net: Network) -> tuple[tuple[str, str], ...]:
    """Return the branches that can go: those of modules that have two or more."""
    return tuple(
        (row, branch)
        for row, stage in net.stages()
        if isinstance(stage, Concatenation) and len(list(stage.children())) > 1
        for branch, _ in stage.named_children()
    )


def _sites_of_units(net: Network) -> Iterator[Site]:
    for row, stage in net.stages():
        for number, unit in enumerate(stage.children()):
            if not isinstance(unit, SkippableUnit):
                continue
            names = [name for name, _ in unit.branch.named_children() if name.startswith("conv")]
            if any(m.groups > 1 for m in unit.branch.modules() if isinstance(m, nn.Conv2d)):
                continue  # a channel of a group cannot go alone
            for place, name in enumerate(names[:-1], start=1):
                path = f"{row}.{number}.branch"
                module: Any = unit.branch.get_submodule(name)
                conv = module.conv if isinstance(module, Convolution) else module
                bare = isinstance(unit, PreActivationUnit)
                read = f"{path}.activation{place + 1}" if bare else f"{path}.{name}"
                yield Site(f"{path}.{name}", read, int(conv.out_channels))


def _is_mixed(module: nn.Module) -> bool:
    return isinstance(module, Residual) and any(
        isinstance(inner, Concatenation) for inner in module.modules()
    )


def full_mask(width: int) -> Tensor:
    """Return the mask that keeps all channels."""
    return torch.ones(width, dtype=torch.bool)
