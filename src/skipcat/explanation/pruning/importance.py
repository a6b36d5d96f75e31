"""What each channel matters to the loss, to first order.

Molchanov, Mallya, Tyree, Frosio, Kautz 2019, "Importance estimation for neural network pruning",
arXiv 1906.10771, eq. (8) with gates behind the norms: the squared derivative of the loss by a gate
that closes a channel. Here a closed gate leaves the channel's mean, not 0, since that is what a cut
leaves, and the squares are those of single images.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor
from torch.nn import functional

from skipcat.explanation.pruning.prunable import Site
from skipcat.networks.network import Network

Batches = Iterable[tuple[Tensor, Tensor]]


def measure_channel_means(
    net: Network, batches: Batches, names: Sequence[str]
) -> dict[str, Tensor]:
    """Return the mean of each channel of some modules' outputs, over images and positions.

    Shapes: each (C,).
    """
    sums: dict[str, Tensor] = {}
    images = 0

    def note(name: str, y: Tensor) -> None:
        now = y.mean((2, 3), dtype=torch.float64).sum(0)
        sums[name] = sums[name] + now if name in sums else now

    with ExitStack() as hooks, torch.inference_mode():
        for name in names:
            module = net.get_submodule(name)
            hook = module.register_forward_hook(lambda _, __, y, name=name: note(name, y))
            hooks.enter_context(hook)
        for x, _ in batches:
            net(x)
            images += len(x)
    return {name: (total / images).float().clone() for name, total in sums.items()}


def score_channels(
    net: Network, batches: Batches, sites: Sequence[Site], means: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Return each channel's importance, by the site's name.

    Shapes: each (width,), float64.
    """
    gates: dict[str, Tensor] = {}

    def gate(site: Site, y: Tensor) -> Tensor:
        mean = means[site.read].view(1, -1, 1, 1)
        gates[site.name] = torch.ones(*y.shape[:2], 1, 1, requires_grad=True)
        return mean + (y - mean) * gates[site.name]

    scores = {site.name: torch.zeros(site.width, dtype=torch.float64) for site in sites}
    images = 0
    with ExitStack() as hooks:
        for site in sites:
            module = net.get_submodule(site.read)
            hook = module.register_forward_hook(lambda _, __, y, site=site: gate(site, y))
            hooks.enter_context(hook)
        for x, labels in batches:
            with torch.enable_grad():
                loss = functional.cross_entropy(net(x), labels, reduction="sum")
                found = torch.autograd.grad(loss, [gates[site.name] for site in sites])
            for site, slope in zip(sites, found, strict=True):
                scores[site.name] += slope.double().flatten(1).square().sum(0)
            images += len(labels)
    return {name: total / max(1, images) for name, total in scores.items()}
