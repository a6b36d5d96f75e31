"""Stochastic depth: each step trains a shallower network.

Huang, Sun, Liu, Sedra, Weinberger 2016, "Deep networks with stochastic depth", arXiv 1603.09382.
Here: the linear decay of §3, eq. (4), over all residual units. Branches that live are scaled up in
training instead of down in evaluation.
"""

from skipcat.blocks.residual import SkippableUnit
from skipcat.errors import NetworkError
from skipcat.networks.network import Network


def drop_units(net: Network, last_rate: float) -> None:
    """Let a network leave units out in training: unit l of L with ``l / L * last_rate``.

    Raises:
        NetworkError: the network has no residual units.
    """
    units = [module for module in net.modules() if isinstance(module, SkippableUnit)]
    if not units:
        raise NetworkError(
            f"{net.spec.name} has no residual units to leave out; stochastic_depth is for ResNets."
        )
    for number, unit in enumerate(units, 1):
        unit.drop_rate = last_rate * number / len(units)
