"""Take channels, branches and units out of a network: silenced, or cut into a smaller one.

What a removed channel gave on average, after its norm and ReLU, is added to what follows: to the
mean that the next batch norm subtracts, or to a bias. In front of a padded convolution that is not
exact at the border, where the padding's zeros are then taken for that mean as well. The silenced
network does precisely the same at its old size, so both answer alike; where nothing follows that
could take the mean (the last convolution of a pre-activation branch), it is left out.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from skipcat.blocks.convolution import Convolution
from skipcat.blocks.inception import Concatenation
from skipcat.blocks.preactivation import NormReLU, PreActivationUnit
from skipcat.blocks.residual import SkippableUnit
from skipcat.explanation.pruning.prunable import Removal, full_mask
from skipcat.networks.catalogue import build_network
from skipcat.networks.network import Network
from skipcat.networks.rows.pruned import PRUNED, read_row


@dataclass(frozen=True, eq=False)
class _Flow:
    """The channels between two layers: which stay, and the constants of those that do not.

    `pending` is what a convolution without a norm of its own hands on for the next norm.

    Shapes: each (C,).
    """

    keep: Tensor
    constant: Tensor
    pending: Tensor | None = None


def cut_network(net: Network, removal: Removal, means: Mapping[str, Tensor]) -> Network:
    """Return the smaller network, with a table of its own; `net` stays as it is.

    `means` has the mean of each channel of what is removed, by the site's and the branch's name.
    """
    cut = copy.deepcopy(net)
    _Cutter(removal, means, cut=True).run(cut)
    rows = tuple((name, read_row(row, getattr(cut, name))) for name, row in net.spec.rows)
    name = net.spec.name.removesuffix(PRUNED) + PRUNED
    with torch.device("meta"):
        smaller = build_network(replace(net.spec, name=name, rows=rows))  # type: ignore[arg-type]
    smaller.load_state_dict(cut.state_dict(), assign=True)
    smaller.to(memory_format=torch.channels_last)
    return smaller.train(net.training)


def silence_network(net: Network, removal: Removal, means: Mapping[str, Tensor]) -> Network:
    """Return the network at its old size, with what is removed silent."""
    silent = copy.deepcopy(net)
    _Cutter(removal, means, cut=False).run(silent)
    return silent


class _Silent(nn.Module):
    """A branch that gives zeros."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        silence: Tensor = torch.zeros_like(self.branch(x))
        return silence


class _Cutter:
    """Walk a network from the image on, and change each layer by the channels that reach it."""

    def __init__(self, removal: Removal, means: Mapping[str, Tensor], *, cut: bool) -> None:
        self.removal = removal
        self.means = means
        self.cut = cut

    @torch.no_grad()
    def run(self, net: Network) -> None:
        flow = _whole(net.spec.channels)
        for name, stage in net.stages():
            flow = self.walk(name, stage, flow)
            if name in net.auxiliary:
                head = net.auxiliary[name]
                self.walk(f"auxiliary.{name}.project", head.get_submodule("project"), flow)

    def walk(self, name: str, module: nn.Module, flow: _Flow) -> _Flow:
        """Change a module; give the channels that leave it."""
        ways: tuple[tuple[type, Callable[[str, Any, _Flow], _Flow]], ...] = (
            (Convolution, self._convolution),
            (nn.Conv2d, self._bare),
            (NormReLU, self._norm_relu),
            (nn.Linear, self._linear),
            (Concatenation, self._concatenation),
            (SkippableUnit, self._unit),
            (nn.Sequential, self._chain),
        )
        for kind, way in ways:
            if isinstance(module, kind):
                return way(name, module, flow)
        return flow  # pools, dropout: channel by channel

    def _chain(self, name: str, chain: nn.Sequential, flow: _Flow) -> _Flow:
        gone = []
        for place, (child, module) in enumerate(chain.named_children()):
            if f"{name}.{child}" in self.removal.units:
                gone.append(place)
                if not self.cut:
                    chain[place] = nn.Identity()
            else:
                flow = self.walk(f"{name}.{child}", module, flow)
        if self.cut:
            for place in reversed(gone):
                del chain[place]
        return flow

    def _concatenation(self, name: str, module: Concatenation, flow: _Flow) -> _Flow:
        flows = []
        for child, branch in list(module.named_children()):
            found = self.walk(f"{name}.{child}", branch, flow)
            if (name, child) in self.removal.branches:
                nothing = torch.zeros_like(found.keep)
                found = _Flow(nothing, self.means[f"{name}.{child}"].clone())
                if self.cut:
                    delattr(module, child)
                else:
                    setattr(module, child, _Silent(branch))
            flows.append(found)
        return _Flow(
            torch.cat([one.keep for one in flows]), torch.cat([one.constant for one in flows])
        )

    def _unit(self, name: str, unit: SkippableUnit, flow: _Flow) -> _Flow:
        if isinstance(unit, PreActivationUnit) and unit.activation is not None:
            self.walk(f"{name}.activation", unit.activation, flow)
        self.walk(f"{name}.branch", unit.branch, flow)
        last = [module for module in unit.branch.modules() if isinstance(module, nn.Conv2d)][-1]
        return _whole(last.out_channels)

    def _convolution(self, name: str, module: Convolution, flow: _Flow) -> _Flow:
        shift = _shift_of(module.conv, flow)
        if module.norm is not None:
            _expect(module.norm, shift)
        elif module.conv.bias is not None:
            module.conv.bias.add_(shift)
        keep = self._leave(name, module.conv, flow)
        if module.norm is not None:
            self._thin_norm(module.norm, keep)
        elif not self.cut and module.conv.bias is not None:
            module.conv.bias[~keep] = 0
        return _Flow(keep, self._constants(name, keep))

    def _bare(self, name: str, conv: nn.Conv2d, flow: _Flow) -> _Flow:
        if conv.groups > 1:
            return _whole(conv.out_channels)
        pending = _shift_of(conv, flow)
        keep = self._leave(name, conv, flow)
        return _Flow(keep, torch.zeros(len(keep)), pending)

    def _norm_relu(self, name: str, module: NormReLU, flow: _Flow) -> _Flow:
        if flow.pending is not None:
            _expect(module.norm, flow.pending)
        self._thin_norm(module.norm, flow.keep)
        return _Flow(flow.keep, self._constants(name, flow.keep))

    def _linear(self, name: str, linear: nn.Linear, flow: _Flow) -> _Flow:
        linear.bias.add_(linear.weight @ flow.constant)
        if self.cut:
            linear.weight = nn.Parameter(linear.weight[:, flow.keep].clone())
            linear.in_features = int(flow.keep.sum())
        return _whole(linear.out_features)

    def _leave(self, name: str, conv: nn.Conv2d, flow: _Flow) -> Tensor:
        """Take inputs that are gone, and outputs that go, out of a convolution."""
        keep = self.removal.keep.get(name, full_mask(conv.out_channels))
        if not self.cut:
            conv.weight[~keep] = 0
            return keep
        weight = conv.weight if conv.groups > 1 else conv.weight[:, flow.keep]
        conv.weight = nn.Parameter(weight[keep].clone())
        if conv.bias is not None:
            conv.bias = nn.Parameter(conv.bias[keep].clone())
        conv.in_channels, conv.out_channels = int(flow.keep.sum()), int(keep.sum())
        return keep

    def _thin_norm(self, norm: nn.BatchNorm2d, keep: Tensor) -> None:
        if not self.cut:
            norm.weight[~keep], norm.bias[~keep] = 0, 0
            return
        norm.weight = nn.Parameter(norm.weight[keep].clone())
        norm.bias = nn.Parameter(norm.bias[keep].clone())
        for statistic in ("running_mean", "running_var"):
            setattr(norm, statistic, getattr(norm, statistic)[keep])
        norm.num_features = int(keep.sum())

    def _constants(self, name: str, keep: Tensor) -> Tensor:
        if bool(keep.all()):
            return torch.zeros(len(keep))
        return torch.where(keep, 0.0, self.means[name])


def _expect(norm: nn.BatchNorm2d, shift: Tensor) -> None:
    """Let a norm take what no longer reaches it for given."""
    mean: Any = norm.running_mean
    mean.sub_(shift)


def _whole(width: int) -> _Flow:
    return _Flow(full_mask(width), torch.zeros(width))


def _shift_of(conv: nn.Conv2d, flow: _Flow) -> Tensor:
    """Return what the constants of its removed inputs add to a convolution's output."""
    if conv.groups > 1 or not bool(flow.constant.any()):
        return torch.zeros(conv.out_channels)
    shift: Tensor = conv.weight.sum((2, 3)) @ flow.constant
    return shift
