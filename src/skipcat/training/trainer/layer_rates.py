"""From weights that were learnt elsewhere: the head first, then all of it, gently at the stem.

Early rows see edges and colours that serve every set of images, late ones what they were trained
for (Yosinski et al. 2014, arXiv 1411.1792); so the rates fall towards the stem, and nothing of the
trunk moves before the new head has learnt to read it (Howard & Ruder 2018, arXiv 1801.06146, §3.2
and §3.3, for texts).
"""

from collections.abc import Iterator

from torch import nn

from skipcat.networks.network import Network

# The share of the run in which the heads learn alone; their gradients cost a third of a full step.
HEADS_ALONE = 0.1
# The stem's rate as a share of the heads'; the rows between lie on a geometric line.
STEM_SHARE = 0.1
# Statistics of fewer images are worse than those that the weights came with.
TINY_BATCH = 16


def share_rates(network: Network) -> dict[str, float]:
    """Return every parameter's rate, by name, as a share of the heads'."""
    trunk = [name for name, row in _trunk(network) if any(True for _ in row.parameters())]
    shares = {name: STEM_SHARE ** (1 - i / len(trunk)) for i, name in enumerate(trunk)}
    return {name: shares.get(name.split(".")[0], 1.0) for name, _ in network.named_parameters()}


def settle_trunk(network: Network, *, heads_alone: bool, batch: int) -> None:
    """Hold the trunk still while the heads learn alone, and its norms where batches are tiny.

    To be called before every step, with the network in training mode.
    """
    for _, row in _trunk(network):
        row.requires_grad_(not heads_alone)
        row.train(not heads_alone)
    if batch < TINY_BATCH:
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()


def _trunk(network: Network) -> Iterator[tuple[str, nn.Module]]:
    """Return all rows but the classifier."""
    rows = list(network.stages())
    yield from (row for row in rows[:-1])
