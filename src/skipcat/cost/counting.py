"""Count what a network costs, on the meta device: no weights, no arithmetic, any network.

One multiply-add of a convolution or a linear layer is 1 MAC; nothing else is counted. Figures are
of one image through the network as it answers, without auxiliary heads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from skipcat.cost.receptive_field import Field, meet, widen
from skipcat.errors import NetworkError
from skipcat.networks.catalogue import build_network, find_entry, make_spec
from skipcat.networks.checks import as_whole
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.networks.torch_private import DispatchMode
from skipcat.networks.twins import copy_to_meta

aten = torch.ops.aten


@dataclass(frozen=True)
class CostRow:
    """The cost of one row of the paper's table.

    Shapes:
        ``output_shape`` is ``(C, H, W)``, or ``(C,)`` behind the pool over the whole grid.
    """

    name: str
    description: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    activations: int
    receptive_field_px: int


@dataclass(frozen=True)
class Cost:
    """What a network costs at one image size.

    ``activations`` counts the values that convolutions and linear layers put out.
    ``parameters`` include those of batch normalisation, not its running statistics. ``spec`` is
    that of the network that was counted.

    Units:
        MACs and activations are per image.
    """

    network: str
    classes: int
    channels: int
    image_px: int
    parameters: int
    auxiliary_parameters: int
    macs: int
    activations: int
    receptive_field_px: int
    rows: tuple[CostRow, ...]
    spec: Spec = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON takes them."""
        figures = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "spec"}
        return figures | {"rows": tuple(asdict(row) for row in self.rows)}

    def _repr_html_(self) -> str:
        """Draw the network, for a notebook."""
        from skipcat.cost.notebook import cost_html

        return cost_html(self)


@dataclass(frozen=True)
class ModuleCost:
    """What any module costs at one image size, and how deep it is.

    ``depth`` counts the convolutions and linear layers on the longest way through it: 22 in
    GoogLeNet, whose branches lie side by side.

    Units:
        MACs and activations are per image.
    """

    parameters: int
    macs: int
    activations: int
    depth: int


def measure_cost(
    network: str | Spec | Network, image_px: int | None = None, classes: int | None = None
) -> Cost:
    """Count parameters, MACs, activations and the receptive field, row by row.

    A name or spec is built for ``image_px`` and ``classes``, which default to the entry's own; a
    built network is measured as it stands.

    Raises:
        NetworkError: there is no such network, or it does not accept the figures.
    """
    if isinstance(network, Network):
        if classes is not None and classes != network.spec.classes:
            raise NetworkError(
                f"This {network.spec.name} was built for {network.spec.classes} classes; "
                f"to count it with {classes}, give its name."
            )
        net = copy_to_meta(network)
        return _count(net, _side(net.spec.name, image_px))
    spec = make_spec(network, classes, image_px)
    return _count_spec(spec, _side(spec.name, image_px))


def count_module(module: nn.Module, image_shape: Sequence[int]) -> ModuleCost:
    """Count any module that takes one batch of images or maps, others' networks too.

    Shapes:
        ``image_shape`` is ``(C, H, W)``.
    """
    twin = copy_to_meta(module).eval()
    counter = _Counter()
    with torch.no_grad(), counter:
        y = twin(torch.empty(1, *image_shape, device="meta"))
    return ModuleCost(
        _count_parameters(module), counter.macs, counter.activations, counter.depths[id(y)]
    )


def _side(name: str, image_px: int | None) -> int:
    if image_px is not None:
        return as_whole(image_px, "of pixels", name)
    try:
        return find_entry(name).image_px
    except NetworkError as error:
        raise NetworkError(
            f"{name} is not in the catalogue, so no size is its own; give image_px."
        ) from error


@lru_cache(maxsize=256)
def _count_spec(spec: Spec, image_px: int) -> Cost:
    """Count a network from its spec; of deep stages only three units are built.

    A stage's units are alike from the second on, so every further one costs what the third does:
    1202 layers are counted as fast as 20.
    """
    units = [getattr(row, "units", 0) for _, row in spec.rows]
    three = replace(_count_short(_shorten(spec, 3), image_px), network=spec.name, spec=spec)
    if max(units) <= 3:
        return three
    two = _count_short(_shorten(spec, 2), image_px)
    rows: list[CostRow] = []
    wider = seen = 0  # by how much further units widen the field; so far, and per unit of each
    for (_, full), fewer, more, count in zip(spec.rows, two.rows, three.rows, units, strict=True):
        extra = max(0, count - 3)
        step = more.receptive_field_px - fewer.receptive_field_px
        wider, seen = wider + extra * (step - seen), step
        row = replace(
            more,
            description=str(full) if extra else more.description,
            parameters=more.parameters + extra * (more.parameters - fewer.parameters),
            macs=more.macs + extra * (more.macs - fewer.macs),
            activations=more.activations + extra * (more.activations - fewer.activations),
            receptive_field_px=more.receptive_field_px + wider,
        )
        rows.append(row)
    return _sum_up(tuple(rows), three)


def _shorten(spec: Spec, most: int) -> Spec:
    """Cut the stages to a number of units; without its name, a network is like its deeper kin."""
    rows: Any = spec.rows
    rows = tuple(
        (name, replace(row, units=min(row.units, most)) if hasattr(row, "units") else row)
        for name, row in rows
    )
    return replace(spec, name="", rows=rows)


@lru_cache(maxsize=256)
def _count_short(spec: Spec, image_px: int) -> Cost:
    with torch.device("meta"):
        net = build_network(spec)
    return _count(net, image_px)


def _sum_up(rows: tuple[CostRow, ...], like: Cost) -> Cost:
    return replace(
        like,
        parameters=sum(row.parameters for row in rows),
        macs=sum(row.macs for row in rows),
        activations=sum(row.activations for row in rows),
        receptive_field_px=rows[-1].receptive_field_px,
        rows=rows,
    )


def _count(net: Network, image_px: int) -> Cost:
    net.eval()
    counter = _Counter()
    x = torch.empty(1, net.spec.channels, image_px, image_px, device="meta")
    net.check_input(x)
    image = x  # kept, so that its id stays its own
    counter.fields[id(image)] = Field()
    rows = []
    with torch.no_grad(), counter:
        for name, stage in net.stages():
            macs, activations = counter.macs, counter.activations
            x = stage(x)
            row = CostRow(
                name=name,
                description=net.descriptions[name],
                output_shape=tuple(x.shape[1:]),
                parameters=_count_parameters(stage),
                macs=counter.macs - macs,
                activations=counter.activations - activations,
                receptive_field_px=counter.fields[id(x)].px,
            )
            rows.append(row)
    return Cost(
        network=net.spec.name,
        classes=net.spec.classes,
        channels=net.spec.channels,
        image_px=image_px,
        parameters=sum(row.parameters for row in rows),
        auxiliary_parameters=_count_parameters(net.auxiliary),
        macs=counter.macs,
        activations=counter.activations,
        receptive_field_px=rows[-1].receptive_field_px,
        rows=tuple(rows),
        spec=net.spec,
    )


def _count_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


class _Counter(DispatchMode):
    """Count every operation, whatever module it came from."""

    def __init__(self) -> None:
        super().__init__()
        self.macs = 0
        self.activations = 0
        self.fields: dict[int, Field] = {}  # of tensors that see the image, itself the first
        self.depths: dict[int, int] = {}  # weighed layers on the longest way to a tensor
        self._kept: list[Tensor] = []  # ids stay unique while their tensors live

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        operation = func.overloadpacket
        shaped = _shape_of(func, args)
        result = func(*args, **(kwargs or {})) if shaped is None else shaped
        outputs = [t for t in _flatten(result) if isinstance(t, Tensor)]
        depth = max((self.depths.get(id(t), 0) for t in _flatten(args)), default=0)
        if outputs:
            depth += self._count(operation, args, outputs[0])
        for output in outputs:
            self.depths[id(output)] = depth
            self._kept.append(output)
        fields = [self.fields[id(t)] for t in _flatten(args) if id(t) in self.fields]
        if fields:
            field = _field_after(operation, args, meet(fields))
            for output in outputs:
                self.fields[id(output)] = field
        return result

    def _count(self, operation: Any, args: Sequence[Any], output: Tensor) -> bool:
        """Count an operation; tell whether it is a layer with weights."""
        if operation is aten.convolution:
            macs = output.numel() * prod(args[1].shape[1:])
        elif operation is aten.addmm:
            macs = output.numel() * args[1].shape[1]
        elif operation in {aten.mm, aten.bmm}:
            macs = output.numel() * args[0].shape[-1]
        else:
            return False
        self.macs += macs
        self.activations += output.numel()
        return True


def _shape_of(func: Any, args: Sequence[Any]) -> Any:
    """Return the results of the simplest operations, None for all others.

    On the meta device torch works these out in Python and imports its compiler for it, which takes
    longer than all else here.
    """
    operation = func.overloadpacket
    if operation is aten.native_batch_norm:
        x = args[0]
        return torch.empty_like(x), x.new_empty(0), x.new_empty(0)
    if operation is aten.cat and len(args) > 1:
        parts, axis = args
        return parts[0].new_empty(_with_length(parts[0], [axis], sum(p.shape[axis] for p in parts)))
    if operation is aten.mean and len(args) > 2 and args[2]:  # keeps its axes
        return args[0].new_empty(_with_length(args[0], args[1], 1))
    if operation is aten.addmm:
        return args[1].new_empty(args[1].shape[0], args[2].shape[1])
    if torch.Tag.pointwise in func.tags and not func._schema.is_mutable:
        tensors = [value for value in args if isinstance(value, Tensor)]
        if tensors and all(tensor.shape == tensors[0].shape for tensor in tensors):
            return torch.empty_like(tensors[0])
    return None


def _with_length(tensor: Tensor, axes: Sequence[int], length: int) -> list[int]:
    shape = list(tensor.shape)
    for axis in axes:
        shape[axis] = length
    return shape


def _field_after(operation: Any, args: Sequence[Any], field: Field) -> Field:
    if operation is aten.convolution:
        return widen(field, args[1].shape[2:], args[3], args[5])
    if operation in {aten.max_pool2d_with_indices, aten.avg_pool2d}:
        kernel, stride = args[1], args[2] if len(args) > 2 and args[2] else args[1]
        return widen(field, (kernel[0], kernel[-1]), (stride[0], stride[-1]))
    if operation is aten.slice and len(args) > 4 and args[1] in {2, 3}:
        stride = (args[4], 1) if args[1] == 2 else (1, args[4])
        return widen(field, (1, 1), stride)
    return field


def _flatten(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [item for part in value for item in _flatten(part)]
    return [value]
