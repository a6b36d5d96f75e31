"""Copies of a network's structure: with its own weights, shared, or on the meta device."""

import copy
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Some = TypeVar("Some", bound=nn.Module)


def copy_to_meta(net: Some) -> Some:
    """Copy a network without its weights: they have shapes and no memory."""
    return _copy(net, lambda tensor: tensor.to("meta"))


def share_weights(net: Some, device: torch.device) -> Some:
    """Copy a network to a device; where it lies there already, the copy has the same weights."""
    return _copy(net, lambda tensor: tensor.to(device))


def _copy(net: Some, change: Callable[[Tensor], Tensor]) -> Some:
    """Copy the modules: deepcopy takes what its memo holds for copied."""
    memo: dict[int, Any] = {}
    for parameter in net.parameters():
        memo[id(parameter)] = nn.Parameter(change(parameter.detach()), requires_grad=False)
    for buffer in net.buffers():
        memo[id(buffer)] = change(buffer.detach())
    return copy.deepcopy(net, memo)
