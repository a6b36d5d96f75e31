"""The rows of a table as parts of a drawing: which layers, branches and shortcuts each stands for.

Drawn as the papers do: Szegedy et al. 2014, Fig. 2 and 3; He et al. 2016, Fig. 3 and 5, and
2016b, Fig. 1. A kind of row that is not named here is drawn as one box with its own words.
"""

from collections.abc import Sequence
from functools import singledispatch
from itertools import groupby
from typing import Any

from skipcat.networks.rows import inception
from skipcat.networks.rows.convolution import Conv, LeftOut, MaxPool, SeparableConv
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.heads import Dropout, GlobalPool, Linear, LocalResponseNorm
from skipcat.networks.rows.preactivation import Activation, PreActivationStage
from skipcat.networks.rows.residual import ResidualStage
from skipcat.plots.architecture.model import Box, Chain, Parallel, Part, Repeat, ResidualPart

ACTIVATION = Box("batch norm, ReLU", "activation", small=True)


@singledispatch
def draw_row(row: Any, in_width: int, spec: Any) -> Part:
    """Return the part that stands for a row on so many channels."""
    return Box(str(row))


@singledispatch
def name_row(row: Any) -> str:
    """Say in a few words what a row is, "" where its drawing does."""
    return ""


def conv(kernel: int | tuple[int, int], width: int, stride: int = 1, *, bare: bool = False) -> Box:
    """Return a convolution's box; `bare` leaves out the word where room is short."""
    tall, wide = (kernel, kernel) if isinstance(kernel, int) else kernel
    word = "" if bare else " conv"
    return Box(f"{tall}x{wide}{word}, {width}{_by(stride)}", "convolution")


def _by(stride: int) -> str:
    return f", /{stride}" if stride > 1 else ""


def fold(parts: Sequence[Part]) -> Part:
    """Return parts one after another, equal neighbours as one that is repeated."""
    folded: list[Part] = []
    for part, equal in groupby(parts):
        times = len(list(equal))
        folded.append(Repeat(part, times) if times > 1 else part)
    return folded[0] if len(folded) == 1 else Chain(tuple(folded))


@draw_row.register
def _(row: Conv, in_width: int, spec: Any) -> Part:
    last = conv(row.kernel, row.width, row.stride)
    return Chain((conv(1, row.reduce), last)) if row.reduce else last


@draw_row.register
def _(row: SeparableConv, in_width: int, spec: Any) -> Part:
    k, stride = row.kernel, _by(row.stride)
    words = f"{k}x{k} on each channel, {row.multiplier * in_width}{stride}"
    return Chain((Box(words, "convolution"), conv(1, row.width)))


@draw_row.register
def _(row: MaxPool, in_width: int, spec: Any) -> Part:
    return Box(f"{row.kernel}x{row.kernel} max pool{_by(row.stride)}", "pool")


@draw_row.register
def _(row: LeftOut | Dropout, in_width: int, spec: Any) -> Part:
    return Box(str(row), dashed=isinstance(row, LeftOut), small=True)


@draw_row.register(GlobalPool)
def _(row: GlobalPool, in_width: int, spec: Any) -> Part:
    return Box(str(row), "pool")


@draw_row.register
def _(row: LocalResponseNorm | Activation, in_width: int, spec: Any) -> Part:
    return Box(str(row), "activation")


@draw_row.register
def _(row: Linear, in_width: int, spec: Any) -> Part:
    return Box(f"linear, {spec.classes}", "linear")


@draw_row.register
def _(row: Inception, in_width: int, spec: Any) -> Part:
    large = row.large_kernel
    branches = (
        conv(1, row.conv1x1, bare=True),
        Chain((conv(1, row.reduce3x3, bare=True), conv(3, row.conv3x3, bare=True))),
        Chain((conv(1, row.reduce5x5, bare=True), conv(large, row.conv5x5, bare=True))),
        Chain((Box("3x3 max pool", "pool"), conv(1, row.pool_project, bare=True))),
    )
    width = row.conv1x1 + row.conv3x3 + row.conv5x5 + row.pool_project
    return Parallel(branches, f"concat, {width}")


@name_row.register
def _(row: Inception) -> str:
    return "Inception module"


@draw_row.register
def _(row: inception.Branches, in_width: int, spec: Any) -> Part:
    return _branches(row.branches, in_width)


@name_row.register
def _(row: inception.Branches) -> str:
    return f"module {row.figure}" if len(row.figure) == 1 else row.figure


@draw_row.register
def _(row: inception.ResidualBranches, in_width: int, spec: Any) -> Part:
    inner = (_branches(row.branches, in_width), conv(1, in_width))
    scaled = Chain((*inner, Box(f"times {row.scale}", small=True)))
    units: list[Part] = [ResidualPart(scaled, note="identity", after="ReLU")] * row.units
    if row.last == "bare":
        units[-1] = ResidualPart(Chain(inner), note="identity")
    return fold(units)


@name_row.register
def _(row: inception.ResidualBranches) -> str:
    return _count(row.units, f"residual unit {row.figure}", f"residual units {row.figure}")


def _branches(named: inception.NamedBranches, in_width: int) -> Parallel:
    widths = [_width_of(branch[-1], branch[:-1], in_width) for _, branch in named]
    drawn = [tuple(_layer(layer) for layer in branch) for _, branch in named]
    ways = tuple(parts[0] if len(parts) == 1 else Chain(parts) for parts in drawn)
    return Parallel(ways, f"concat, {sum(widths)}")


def _layer(layer: inception.Layer | inception.Pool | inception.Fork) -> Part:
    if isinstance(layer, inception.Fork):
        return Parallel((_layer(layer.left), _layer(layer.right)))
    if isinstance(layer, inception.Pool):
        what = "avg" if layer.what == "average" else "max"
        return Box(f"3x3 {what} pool{_by(layer.stride)}", "pool")
    return conv(layer.kernel, layer.width, layer.stride, bare=True)


def _width_of(
    layer: inception.Layer | inception.Pool | inception.Fork,
    before: Sequence[inception.Layer | inception.Pool | inception.Fork],
    in_width: int,
) -> int:
    """Return the channels behind a layer; a pool leaves them as they were."""
    if isinstance(layer, inception.Fork):
        return layer.left.width + layer.right.width
    if isinstance(layer, inception.Layer):
        return layer.width
    return _width_of(before[-1], before[:-1], in_width) if before else in_width


@draw_row.register
def _(row: ResidualStage, in_width: int, spec: Any) -> Part:
    units: list[Part] = []
    for index in range(row.units):
        stride = row.stride if index == 0 else 1
        branch = Chain(_layers(row, stride))
        way = _shortcut(row.shortcut, in_width, row.out_width, stride)
        units.append(branch if row.shortcut == "none" else _add(branch, way, "ReLU", row, in_width))
        in_width = row.out_width
    return fold(units)


def _add(branch: Part, way: Chain, after: str, row: Any, in_width: int) -> ResidualPart:
    note = "" if way.parts else "identity"
    return ResidualPart(branch, way, note, after, bool(way.parts) and in_width != row.out_width)


@name_row.register
def _(row: ResidualStage) -> str:
    if row.shortcut == "none":
        return f"{row.units * (2 if row.block == 'basic' else 3)} plain layers"
    return _count_units(row.units, row.block)


def _count_units(units: int, block: str) -> str:
    one = "residual unit" if block == "basic" else "bottleneck"
    return _count(units, one, one + "s")


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _layers(row: ResidualStage | PreActivationStage, stride: int) -> tuple[Box, ...]:
    """Return the convolutions of a unit's branch."""
    if row.block == "basic":
        return conv(3, row.width, stride), conv(3, row.width)
    first, second = (stride, 1) if row.stride_place == "first_1x1" else (1, stride)
    middle, groups = conv(3, row.width, second), getattr(row, "groups", 1)
    if groups > 1:
        middle = Box(f"{middle.words}, {groups} groups", "convolution")
    return conv(1, row.width, first), middle, conv(1, row.out_width)


def _shortcut(option: str, in_width: int, out_width: int, stride: int) -> Chain:
    """Return the layers on a unit's shortcut: blocks/residual.py, `build_shortcut`."""
    if option == "none" or (option != "C" and in_width == out_width and stride == 1):
        return Chain()
    if option == "A":
        thin = f"every {stride}nd pixel,\n" if stride == 2 else ""
        return Chain((Box(f"{thin}pad with zeros, {out_width}", small=True),))
    if option == "D" and stride > 1:
        average = Box(f"{stride}x{stride} avg pool{_by(stride)}", "pool")
        return Chain((average, conv(1, out_width, bare=True)))
    return Chain((conv(1, out_width, stride, bare=True),))


@draw_row.register
def _(row: PreActivationStage, in_width: int, spec: Any) -> Part:
    units: list[Part] = []
    for index in range(row.units):
        stride = row.stride if index == 0 else 1
        active = [part for layer in _layers(row, stride) for part in (ACTIVATION, layer)]
        branch = Chain(tuple(active[0 if index else 1 :]))
        way = _shortcut(row.shortcut, in_width, row.out_width, stride)
        unit = _add(branch, way, "", row, in_width)
        shared = index == 0 and row.first_activation == "shared"
        units.append(Chain((ACTIVATION, unit)) if shared else unit)
        in_width = row.out_width
    return fold(units)


@name_row.register
def _(row: PreActivationStage) -> str:
    return _count_units(row.units, row.block)
