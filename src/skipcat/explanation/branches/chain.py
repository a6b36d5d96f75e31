"""A network as a chain of links, and what can be left out of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from skipcat.blocks.inception import Concatenation
from skipcat.blocks.residual import SkippableUnit
from skipcat.errors import ClassifierError
from skipcat.networks.network import Network


@dataclass(frozen=True, eq=False)
class Link:
    """One step of the chain: a row, or one unit of a stage.

    `branches` names what stands side by side in it: the branches of a concatenation, or the one
    beside a shortcut; () where it is all or nothing.
    """

    name: str
    module: nn.Module
    branches: tuple[str, ...] = ()

    @property
    def is_fork(self) -> bool:
        """Whether its branches are concatenated."""
        return isinstance(self.module, Concatenation)


def find_links(net: Network) -> tuple[Link, ...]:
    """Return the chain; stages of residual units fall into their units."""
    found = []
    for name, stage in net.stages():
        if isinstance(stage, Concatenation):
            found.append(Link(name, stage, tuple(branch for branch, _ in stage.named_children())))
        elif isinstance(stage, nn.Sequential) and any(isinstance(u, SkippableUnit) for u in stage):
            found += [Link(f"{name}.{n}", unit, ("branch",)) for n, unit in enumerate(stage)]
        else:
            found.append(Link(name, stage))
    return tuple(found)


def find_forks(net: Network) -> tuple[Link, ...]:
    """Return the links that hold branches.

    Raises:
        ClassifierError: there are none.
    """
    found = tuple(link for link in find_links(net) if link.branches)
    if not found:
        name = net.spec.name
        twin = name.replace("plain", "resnet") if name.startswith("plain") else ""
        hint = f"; its twin {twin} has shortcuts" if twin else ""
        raise ClassifierError(
            f"{name} has no branches: its layers follow one another, and without one of them "
            f"nothing is left to answer{hint}. Inceptions and ResNets can be taken apart."
        )
    return found


def run_links(links: Sequence[Link], x: Tensor) -> Tensor:
    """Send a batch through links."""
    for link in links:
        x = link.module(x)
    return x


def short_name(branch: str) -> str:
    """Return what a branch is called: "5x5" of branch5x5, "double 3x3" of branch3x3dbl.

    >>> short_name("branch5x5"), short_name("branch_pool"), short_name("branch3x3dbl")
    ('5x5', 'pool', 'double 3x3')
    """
    name = branch.removeprefix("branch").lstrip("_") or branch
    return f"double {name.removesuffix('dbl')}" if name.endswith("dbl") else name


def join(outputs: Sequence[Tensor], means: Sequence[Tensor], subset: int) -> Tensor:
    """Concatenate branches of which only those in `subset`, by its bits, are there.

    The others are their means.

    Shapes: outputs each ``(N, C, H, W)``, means each ``(C,)``.
    """
    parts = [
        y if subset >> place & 1 else mean.view(1, -1, 1, 1).expand_as(y)
        for place, (y, mean) in enumerate(zip(outputs, means, strict=True))
    ]
    return torch.cat(parts, 1)
