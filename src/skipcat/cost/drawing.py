"""A network and its cost as a drawing: the rows' parts, equal neighbours folded, figures beside."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from skipcat.cost.drawn_rows import draw_row, name_row
from skipcat.networks.rows.inception import ResidualBranches
from skipcat.networks.rows.preactivation import PreActivationStage
from skipcat.networks.specs import GoogLeNetSpec, Spec
from skipcat.networks.stem import reduce_stem
from skipcat.plots.architecture import model

if TYPE_CHECKING:
    from skipcat.cost.counting import Cost, CostRow


def describe_architecture(
    cost: "Cost", milliseconds: Mapping[str, float] = MappingProxyType({}), *, measured: str = ""
) -> model.Architecture:
    """Return the drawing of what was counted; `milliseconds` are the rows', as they were measured.

    `measured` says how, and stands below the drawing.
    """
    spec = cost.spec
    rows = tuple(_fold(_describe_rows(cost, spec, milliseconds)))
    asked = f"{cost.image_px} px, {cost.channels} channels, {cost.classes} classes"
    grid = f"{cost.image_px}x{cost.image_px}x{cost.channels}"
    first = model.DrawnRow(("input",), model.Box("image"), grid)
    last = model.DrawnRow(("output",), model.Box("logits"), f"{cost.classes}")
    return model.Architecture(
        title=cost.network,
        subtitle=f"{asked}. {spec.paper}.",
        rows=(first, *rows, last),
        parameters=cost.parameters,
        macs=cost.macs,
        receptive_field_px=cost.receptive_field_px,
        notes=tuple(_explain(cost, spec, rows, measured)),
    )


def _describe_rows(
    cost: "Cost", spec: Spec, milliseconds: Mapping[str, float]
) -> Iterator[model.DrawnRow]:
    width = cost.channels
    for (name, row), counted in zip(
        reduce_stem(spec.rows, spec.stem_reduction), cost.rows, strict=True
    ):
        yield model.DrawnRow(
            names=(name,),
            part=draw_row(row, width, spec),
            output=say_shape(counted),
            what=name_row(row),
            explained=counted.description,
            head=_draw_head(spec) if name in getattr(spec, "auxiliary_rows", ()) else None,
            parameters=counted.parameters,
            macs=counted.macs,
            receptive_field_px=counted.receptive_field_px,
            milliseconds=milliseconds.get(name),
        )
        width = counted.output_shape[0]


def say_shape(row: "CostRow") -> str:
    """Return an output as the papers print it, heights and widths first."""
    channels, *grid = row.output_shape
    return "x".join(map(str, (*grid, channels)))


def _draw_head(spec: Any) -> model.Box:
    first, second = spec.auxiliary_widths
    side, what = (4, "linear") if isinstance(spec, GoogLeNetSpec) else (5, "5x5")
    layers = f"average to {side}x{side}, 1x1, {first},\n{what}, {second}, linear, {spec.classes}"
    return model.Box(f"auxiliary head\n{layers}", small=True, dashed=True)


def _fold(rows: Iterator[model.DrawnRow]) -> Iterator[model.DrawnRow]:
    """Draw rows that are equal in structure and widths as one that is repeated."""
    for _, group in groupby(rows, lambda r: (r.part, r.output, r.parameters, r.macs, r.head)):
        equal = list(group)
        if len(equal) == 1:
            yield equal[0]
            continue
        times = [row.milliseconds for row in equal if row.milliseconds is not None]
        yield replace(
            equal[0],
            names=tuple(row.names[0] for row in equal),
            part=model.Repeat(equal[0].part, len(equal)),
            parameters=sum(row.parameters for row in equal),
            macs=sum(row.macs for row in equal),
            receptive_field_px=equal[-1].receptive_field_px,
            milliseconds=sum(times) if times else None,
        )


def _explain(
    cost: "Cost", spec: Spec, rows: tuple[model.DrawnRow, ...], measured: str
) -> Iterator[str]:
    """Say what a reader needs who has not seen such a drawing."""
    parts: list[model.Part] = [part for row in rows for part in model.in_order(row.part)]
    preactivated = any(isinstance(row, PreActivationStage) for _, row in spec.rows)
    norm = "ReLU follows" if spec.norm_eps is None else "Batch norm and ReLU follow"
    yield "A layer: size of its window, channels that it puts out, /2 where it halves the grid."
    if preactivated:
        yield "Batch norm and ReLU follow conv1; in units they stand where they are drawn."
    else:
        yield f"{norm} every convolution."
    if any(isinstance(part, model.ResidualPart) for part in parts):
        scaled = any(isinstance(row, ResidualBranches) for _, row in spec.rows)
        before = "" if preactivated else " ReLU comes after the sum, not before it."
        before = " The 1x1 before it has neither norm nor ReLU." if scaled else before
        dashed = any(isinstance(part, model.ResidualPart) and part.dashed for part in parts)
        yield "+: what the branch learnt is added to what went around it." + before
        if dashed:
            yield "Dashed ways around change the number of channels."
    if any(isinstance(part, model.Parallel) for part in parts):
        yield "concat: the branches' channels, one after another."
    if any(isinstance(part, model.Repeat) for part in parts):
        yield "x 2, x 3, …: so many in a row, equal in all widths."
    if cost.auxiliary_parameters:
        yield (
            f"Auxiliary heads work in training only; their {cost.auxiliary_parameters:,} "
            "parameters are not in the sum."
        )
    yield (
        "MACs: multiply-adds of convolutions and linear layers, of one image; bars compare rows. "
        "sees: side of the square of pixels that one value depends on (receptive field)."
    )
    if measured:
        yield measured
