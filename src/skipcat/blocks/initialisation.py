"""First weights, each drawn from a given generator so that a seed settles them.

He et al. 2015, arXiv 1502.01852, eq. (14); Glorot and Bengio 2010 in Caffe's form; the normal
distribution cut off at two standard deviations, as TensorFlow draws it.
"""

import math
from collections.abc import Mapping

import torch
from torch import Generator, Tensor, nn


def he_normal(net: nn.Module, generator: Generator) -> None:
    """Fill convolutions with N(0, 2 / fan_out) and linear layers with U(-1, 1) / sqrt(fan_in).

    He et al. 2015, arXiv 1502.01852, eq. (14); the linear layer as in the authors' released code.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(
                module.weight, mode="fan_out", nonlinearity="relu", generator=generator
            )
        elif isinstance(module, nn.Linear):
            bound = 1 / math.sqrt(module.in_features)
            nn.init.uniform_(module.weight, -bound, bound, generator=generator)
    _settle_the_rest(net, bias=0.0)


def caffe_xavier(net: nn.Module, generator: Generator) -> None:
    """Fill weights with U(-1, 1) * sqrt(3 / fan_in), biases with 0.2, classifiers' with 0.

    The fillers of the published GoogLeNet (BVLC), whose biases keep a network without
    normalisation alive at the start.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            bound = math.sqrt(3 / module.weight[0].numel())
            nn.init.uniform_(module.weight, -bound, bound, generator=generator)
    _settle_the_rest(net, bias=0.2)
    for name, module in net.named_modules():
        if isinstance(module, nn.Linear) and name.split(".")[-1] == "linear":
            nn.init.zeros_(module.bias)


def truncated_normal(
    net: nn.Module, generator: Generator, *, std: float, exceptions: Mapping[str, float]
) -> None:
    """Fill weights with a normal distribution cut off at two standard deviations.

    ``exceptions`` names layers, as ``named_modules`` does, that have a deviation of their own.
    """
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            _fill_truncated(module.weight, exceptions.get(name, std), generator)
    _settle_the_rest(net, bias=0.0)


@torch.no_grad()
def _fill_truncated(weight: Tensor, std: float, generator: Generator) -> None:
    """Send uniform draws through the inverse of the distribution: exact, and no draw is lost."""
    edge = math.erf(2 / math.sqrt(2))
    weight.uniform_(-edge, edge, generator=generator).erfinv_().mul_(math.sqrt(2) * std)
    weight.clamp_(-2 * std, 2 * std)


def _settle_the_rest(net: nn.Module, *, bias: float) -> None:
    """Give biases their constant and norms their neutral state."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
        elif isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.constant_(module.bias, bias)
