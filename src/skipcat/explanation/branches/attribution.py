"""Which branches carried an answer: gradient times activation, branch by branch.

To first order, a class's logit moves by ``sum(g * a)`` when an activation a, with gradient g, is
scaled up by 100 %: Grad-CAM's weighing of activations by gradients (Selvaraju et al. 2017,
arXiv 1610.02391) without its mean over the grid; Shrikumar et al. 2016, arXiv 1605.01713, name it
gradient times input. It tells how an answer leans on a branch as it stands, not what would be
answered without the branch.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from skipcat.blocks.inception import Concatenation
from skipcat.blocks.residual import SkippableUnit
from skipcat.networks.modes import evaluating
from skipcat.networks.network import Network

AT_ONCE = 8  # images; the whole network's activations are kept for the gradient


@dataclass(frozen=True)
class ModuleShares:
    """What each branch of a module carries: its part of the sum of all branches' absolute parts.

    Below 0 a branch speaks against the class. In a residual unit the two are the branch and the
    shortcut. All are 0 where nothing reaches the class.
    """

    module: str
    kind: str  # "inception" or "residual"
    shares: dict[str, float]


@dataclass(frozen=True)
class _Place:
    module: str
    kind: str
    branches: dict[str, nn.Module]


def measure_shares(
    network: Network, images: Tensor, targets: Tensor
) -> list[tuple[ModuleShares, ...]]:
    """Return the shares of every module for each image's class; () where there are no branches.

    Shapes:
        images ``(N, C, H, W)``, normalised; targets ``(N,)``.
    """
    places = [one for name, stage in network.stages() for one in _find_in(stage, name)]
    if not places:
        return [()] * len(images)
    found: list[tuple[ModuleShares, ...]] = []
    for start in range(0, len(images), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        found += _measure(network, places, images[some], targets[some])
    return found


def name_branch(name: str) -> str:
    """Return a branch's name as the papers write it: "3x3", "double 3x3", "pool".

    >>> name_branch("branch3x3dbl")
    'double 3x3'
    """
    plain = name.removeprefix("branch").strip("_")
    if plain.endswith("dbl"):
        return f"double {plain.removesuffix('dbl')}"
    return {"7x7x3": "7x7 and 3x3"}.get(plain, plain)


def _find_in(module: nn.Module, name: str) -> Iterator[_Place]:
    """Return units and concatenations, but no fork within a branch of a concatenation."""
    children = dict(module.named_children())
    if isinstance(module, Concatenation):
        named = {name_branch(key): branch for key, branch in children.items()}
        yield _Place(name.removesuffix(".branch.branches"), "inception", named)
        return
    if isinstance(module, SkippableUnit):
        yield _Place(name, "residual", {key: children[key] for key in ("branch", "shortcut")})
    for key, child in children.items():
        yield from _find_in(child, f"{name}.{key}")


def _measure(
    network: Network, places: list[_Place], images: Tensor, targets: Tensor
) -> list[tuple[ModuleShares, ...]]:
    kept: dict[tuple[int, str], Tensor] = {}

    def keep(key: tuple[int, str]) -> torch.utils.hooks.RemovableHandle:
        def hook(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
            # An identity gives its input itself, whose gradient is that of both ways.
            kept[key] = output.clone()
            return kept[key]

        number, name = key
        return places[number].branches[name].register_forward_hook(hook)

    keys = [(number, name) for number, place in enumerate(places) for name in place.branches]
    with (
        ExitStack() as hooks,
        evaluating(network),
        torch.inference_mode(False),
        torch.enable_grad(),
    ):
        for key in keys:
            hooks.enter_context(keep(key))
        logits = network(images.clone().requires_grad_())
        score = logits.gather(1, targets[:, None]).sum()
        gradients = torch.autograd.grad(score, [kept[key] for key in keys])
    parts = {
        key: (gradient * kept[key].detach()).double().sum((1, 2, 3)).tolist()
        for key, gradient in zip(keys, gradients, strict=True)
    }
    return [_share(places, parts, row) for row in range(len(images))]


def _share(
    places: list[_Place], parts: dict[tuple[int, str], list[float]], row: int
) -> tuple[ModuleShares, ...]:
    found = []
    for number, place in enumerate(places):
        carried = {name: parts[number, name][row] for name in place.branches}
        total = sum(map(abs, carried.values())) or 1.0
        shares = {name: part / total for name, part in carried.items()}
        found.append(ModuleShares(place.module, place.kind, shares))
    return tuple(found)
