"""Evaluation mode for the length of a block."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(*networks: nn.Module) -> Iterator[None]:
    """Set networks to evaluation mode; leave every layer of them in the mode that it was in.

    Layers may be in different modes, as where some norms are frozen, and an error changes none.
    """
    were = [(module, module.training) for net in networks for module in net.modules()]
    for net in networks:
        net.eval()
    try:
        yield
    finally:
        for module, was_training in were:
            module.training = was_training
