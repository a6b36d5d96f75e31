"""Measure the statistics of batch norms anew, after what reaches them has changed.

Li, Wu, Su, Wang, Huang 2020, "EagleEye: fast sub-net evaluation for efficient neural network
pruning", arXiv 2007.02491, §3.3: with the old statistics a cut network looks worse than it is, and
the wrong parts seem to be worth least.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from skipcat.networks.network import Network


def renew_norms(net: Network, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Give each batch norm on the way the mean and variance of these images; all else stays."""
    heads = set(net.auxiliary.modules())
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d) and m not in heads]
    before = [(norm, norm.momentum, norm.training) for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over batches
        norm.train()
    try:
        with torch.no_grad():
            for x, _ in batches:
                if len(x) > 1:  # one image has no variance
                    net(x)
    finally:
        for norm, momentum, was_training in before:
            norm.momentum = momentum
            norm.train(was_training)
