"""Batch norm folded into the convolution before it: fewer operations, the same logits.

Ioffe and Szegedy 2015, arXiv 1502.03167, §3.1: in evaluation a norm is a scale and a shift of each
channel, which the weights and the bias of the convolution before it can hold.
"""

import copy
from itertools import pairwise
from typing import TypeVar

import torch
from torch import nn

from skipcat.blocks.convolution import Convolution
from skipcat.blocks.preactivation import NormReLU, PreActivationUnit

Some = TypeVar("Some", bound=nn.Module)


def fold_batch_norms(network: Some) -> Some:
    """Return a copy for evaluation whose batch norms are folded into the convolutions before them.

    A norm that reads a sum of several layers, as the first of a pre-activation unit does, stays.
    The copy is no longer trainable as the network was, and its weights bear other names.
    """
    folded = copy.deepcopy(network).eval()
    for module in folded.modules():
        if isinstance(module, Convolution) and module.norm is not None:
            _fold(module.conv, module.norm)
            module.norm = None
        elif isinstance(module, PreActivationUnit):
            _fold_branch(module.branch)
    return folded


def _fold_branch(branch: nn.Module) -> None:
    """Fold the norms between the convolutions of a pre-activation branch."""
    for (_, conv), (name, activation) in pairwise(list(branch.named_children())):
        if isinstance(conv, nn.Conv2d) and isinstance(activation, NormReLU):
            _fold(conv, activation.norm)
            branch.add_module(name, nn.ReLU(inplace=True))


@torch.no_grad()
def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """Put into a convolution the scale and shift of the norm after it, computed in float64."""
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    bias = 0.0 if conv.bias is None else conv.bias.double()
    shift = norm.bias.double() + (bias - norm.running_mean.double()) * scale
    weight = conv.weight.double() * scale[:, None, None, None]
    conv.weight.copy_(weight)  # in place, so that it keeps its memory format
    conv.bias = nn.Parameter(shift.to(conv.weight.dtype))
