"""The table of a network whose layers were cut: what the paper prints, read off the modules."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn

from skipcat.blocks.convolution import Convolution
from skipcat.networks.papers.googlenet import Inception
from skipcat.networks.rows.convolution import Conv, SeparableConv
from skipcat.networks.rows.inception import Branch, Branches, Fork, Layer
from skipcat.networks.rows.preactivation import PreActivationStage
from skipcat.networks.rows.pruned import UnequalStage
from skipcat.networks.rows.residual import ResidualStage


def read_row(row: Any, module: nn.Module) -> Any:
    """Give the row that describes a module as it stands; the old row says what cannot be seen."""
    ways: tuple[tuple[Any, Callable[[Any, Any], Any]], ...] = (
        (Conv, _read_conv),
        (SeparableConv, lambda row, module: replace(row, width=_width(module.pointwise))),
        (Inception, _read_inception),
        (Branches, _read_branches),
        (ResidualStage | PreActivationStage | UnequalStage, _read_stage),
    )
    for kind, way in ways:
        if isinstance(row, kind):
            return way(row, module)
    return row


def _read_conv(row: Conv, module: Any) -> Conv:
    if not row.reduce:
        return replace(row, width=_width(module))
    return replace(row, reduce=_width(module.reduce), width=_width(module.conv))


def _read_inception(row: Inception, module: nn.Module) -> Inception:
    def width(path: str) -> int:
        branch = path.split(".", maxsplit=1)[0]
        return _width(module.get_submodule(path)) if hasattr(module, branch) else 0

    return replace(
        row,
        conv1x1=width("branch1x1"),
        reduce3x3=width("branch3x3.reduce"),
        conv3x3=width("branch3x3.conv"),
        reduce5x5=width("branch5x5.reduce"),
        conv5x5=width("branch5x5.conv"),
        pool_project=width("branch_pool.project"),
    )


def _read_branches(row: Branches, module: nn.Module) -> Branches:
    kept = dict(module.named_children())
    branches = tuple(
        (name, _read_branch(branch, kept[name])) for name, branch in row.branches if name in kept
    )
    return replace(row, branches=branches)


def _read_branch(branch: Branch, module: nn.Module) -> Branch:
    layers = zip(branch, module.children(), strict=True)
    return tuple(_read_layer(layer, built) for layer, built in layers)


def _read_layer(layer: Any, module: Any) -> Any:
    if isinstance(layer, Layer):
        return replace(layer, width=_width(module))
    if isinstance(layer, Fork):
        left = replace(layer.left, width=_width(module.left))
        return Fork(left, replace(layer.right, width=_width(module.right)))
    return layer


def _read_stage(row: ResidualStage | PreActivationStage | UnequalStage, module: nn.Module) -> Any:
    stage = row.stage if isinstance(row, UnequalStage) else row
    convolutions = 2 if stage.block == "basic" else 3
    inner = tuple(
        tuple(
            _width(unit.get_submodule(f"branch.conv{number}")) for number in range(1, convolutions)
        )
        for unit in module.children()
    )
    stage = replace(stage, units=len(inner))
    alike = all(width == stage.width for widths in inner for width in widths)
    return stage if alike else UnequalStage(stage, inner)


def _width(module: Any) -> int:
    conv = module.conv if isinstance(module, Convolution) else module
    return int(conv.out_channels)
