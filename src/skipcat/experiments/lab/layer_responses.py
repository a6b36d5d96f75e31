"""Responses of layers and units to a batch, and how they change where the input does.

He et al. 2016, arXiv 1512.03385, §4.2, Fig. 7.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from skipcat.blocks.residual import Plain, Residual
from skipcat.experiments.lab.trial import take_batch
from skipcat.networks.network import Network
from skipcat.training.prepared_data import PreparedData

IMAGES = 256
CHANGE = 0.01


def look_at_responses(network: Network, prepared: PreparedData) -> Mapping[str, Any]:
    """Measure the responses of each layer and each unit, in their order.

    Units:
        `stds` of 3x3 layers; `size_of_branch` is F(x) as a share of what it is added to, in a plain
        network of x; `change_of_branch` and `change_of_unit` are the relative change of F(x), or
        of the unit's output, in per cent where x changes by one.
    """
    network = copy.deepcopy(network).eval()
    images, _ = take_batch(prepared, IMAGES)
    stds: list[float] = []
    inputs: dict[str, Tensor] = {}
    with torch.inference_mode(), _watch(network, stds, inputs):
        network(images)
    units = [
        measure_unit(network.get_submodule(name), x, seed)
        for seed, (name, x) in enumerate(inputs.items())
    ]
    return {"stds": stds} | {figure: [unit[figure] for unit in units] for figure in units[0]}


@contextmanager
def _watch(network: Network, stds: list[float], inputs: dict[str, Tensor]) -> Iterator[None]:
    """Record the outputs of norms, in their order, and the inputs of units."""

    def note_std(_module: nn.Module, _given: Any, output: Tensor) -> None:
        stds.append(float(output.std()))

    def note_input(name: str, _module: nn.Module, given: Any) -> None:
        inputs[name] = given[0].clone()

    with ExitStack() as hooks:
        for name, module in network.named_modules():
            if isinstance(module, nn.BatchNorm2d):
                hooks.enter_context(module.register_forward_hook(note_std))
            elif isinstance(module, Plain | Residual):
                hook = module.register_forward_pre_hook(partial(note_input, name))
                hooks.enter_context(hook)
        yield


@torch.inference_mode()
def measure_unit(unit: nn.Module, x: Tensor, seed: int) -> dict[str, float]:
    """Measure the size of F(x), and the changes of F(x) and of the output, with noise on x."""
    branch = unit.get_submodule("branch")
    beside = unit.shortcut(x) if isinstance(unit, Residual) else x
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    changed = x + CHANGE * x.std() * noise
    given = _relative(x, changed)
    return {
        "size_of_branch": float(branch(x).norm() / beside.norm()),
        "change_of_branch": _relative(branch(x), branch(changed)) / given,
        "change_of_unit": _relative(unit(x), unit(changed)) / given,
    }


def _relative(before: Tensor, after: Tensor) -> float:
    return float((after - before).norm() / before.norm())
