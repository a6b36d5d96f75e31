"""Modules of GoogLeNet and units of ResNet-50, each with and without its 1x1 reductions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from skipcat.cost.counting import count_module, measure_cost
from skipcat.engines.latency import time_in_turn
from skipcat.experiments.lab.experiment import ResultTable
from skipcat.experiments.lab.microbenchmarks import average_times
from skipcat.experiments.lab.network_variants import branch_out
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.specs import ResNetSpec
from skipcat.plots.charts import Bar, BarChart
from skipcat.text.translation import Message

GOOGLENET_LABEL, RESNET_LABEL = "GoogLeNet", "ResNet"
FAMILIES = (GOOGLENET_LABEL, RESNET_LABEL)
WITH: str = Message("with 1x1 reductions")
WITHOUT: str = Message("without reductions")
FULL_PX = 224
#: Grids of ResNet-50's stages and the widths of their 3x3: Table 1.
RESNET_STAGES = {
    "conv2_x": (56, 64),
    "conv3_x": (28, 128),
    "conv4_x": (14, 256),
    "conv5_x": (7, 512),
}
BATCH, ROUNDS = 4, 2

Pair = dict[str, dict[str, float]]
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Part:
    """A module or unit at its own place in the paper's network, with and without reductions."""

    family: str
    name: str
    map_shape: Shape
    build: Callable[[str], nn.Module]


def find_places() -> dict[str, Shape]:
    """Return the shapes of what GoogLeNet's modules read, by the module's name."""
    places, shape = {}, (3, FULL_PX, FULL_PX)
    for row in measure_cost(GOOGLENET, FULL_PX).rows:
        if row.name.startswith("inception"):
            places[row.name] = shape
        channels, grid = row.output_shape[0], row.output_shape[-1]
        shape = (channels, grid, grid)
    return places


def list_parts() -> list[Part]:
    """Return GoogLeNet's modules and one unit of each stage of ResNet-50, at their own grids."""
    parts = []
    rows = dict(GOOGLENET.rows)
    for name, shape in find_places().items():
        row = rows[name]
        assert isinstance(row, Inception)
        both = {way: branch_out(row, reductions=way == WITH) for way in (WITH, WITHOUT)}
        build = partial(_build_row, both, shape[0], GOOGLENET)
        parts.append(Part(GOOGLENET_LABEL, name, shape, build))
    for name, (grid, width) in RESNET_STAGES.items():
        stages = {
            WITH: ResidualStage("bottleneck", width, 1),
            WITHOUT: ResidualStage("basic", 4 * width, 1),
        }
        build = partial(_build_row, stages, 4 * width, ResNetSpec("", ()))
        parts.append(Part(RESNET_LABEL, name, (4 * width, grid, grid), build))
    return parts


def _build_row(rows: Mapping[str, Any], in_width: int, spec: Any, way: str) -> nn.Module:
    module: nn.Module = rows[way].build(in_width, spec)[0]
    return module


def count_part(part: Part) -> Pair:
    """Count parameters, MACs and activations of a part, with and without reductions."""
    with torch.device("meta"):
        return {way: asdict(count_module(part.build(way), part.map_shape))
                for way in (WITH, WITHOUT)}  # fmt: skip


def build_steps(parts: Sequence[Part], device: torch.device) -> dict[str, Callable[[], object]]:
    """Build the training step of each part, both ways."""
    works: dict[str, Callable[[], object]] = {}
    generator = torch.Generator().manual_seed(0)
    for part in parts:
        maps = draw_maps(part.map_shape, generator, device)
        for way in (WITH, WITHOUT):
            module = lay_out(part.build(way), device)
            works[f"{part.name} {way}"] = partial(take_step, [(module, maps)])
    return works


def draw_maps(shape: Shape, generator: torch.Generator, device: torch.device) -> torch.Tensor:
    """Draw a batch of a module's inputs at random, in the layout of training."""
    maps = torch.randn(BATCH, *shape, generator=generator).to(device)
    return maps.contiguous(memory_format=torch.channels_last).requires_grad_()


def lay_out(module: nn.Module, device: torch.device) -> nn.Module:
    """Return a module ready for training, in the layout of training."""
    return module.to(device).to(memory_format=torch.channels_last).train()


def take_step(pairs: Sequence[tuple[nn.Module, torch.Tensor]]) -> None:
    """Compute forward and backward pass of modules, each on its maps."""
    for module, maps in pairs:
        module.zero_grad(set_to_none=True)
        maps.grad = None
        module(maps).mean().backward()


def time_parts(works: Mapping[str, Callable[[], object]], device: torch.device) -> dict[str, float]:
    """Time a step of each part in turn.

    Units: milliseconds for the whole batch.
    """
    return time_in_turn(works, rounds=ROUNDS, device=device)


def draw_ratios(
    parts: Sequence[Part],
    counts: Mapping[str, Pair],
    times: Sequence[Mapping[str, float]],
    family: str,
) -> BarChart:
    """Draw the cost of each part without reductions over that with them: MACs and time."""
    bars = []
    for part in [one for one in parts if one.family == family]:
        pair = counts[part.name]
        macs = pair[WITHOUT]["macs"] / pair[WITH]["macs"]
        mean = average_times(
            [one[f"{part.name} {WITHOUT}"] / one[f"{part.name} {WITH}"] for one in times]
        )
        bars.append(Bar(Message("{name}: MACs", name=part.name), macs, None, 1))
        bars.append(Bar(Message("time"), mean.value, mean.interval, 0))
    return BarChart(
        Message("{family} without its 1x1 reductions", family=family),
        Message("times as much as with them"),
        tuple(bars),
        Message(
            "Multiply-adds (blue) and time (orange) of a training step without reductions, as "
            "multiples of those with them; whiskers are 95 % intervals over repetitions."
        ),
    )


def tabulate_parts(
    parts: Sequence[Part], counts: Mapping[str, Pair], times: Sequence[Mapping[str, float]]
) -> ResultTable:
    """Build the table of the parts, both ways."""
    rows = []
    for part in parts:
        pair = [counts[part.name][way] for way in (WITH, WITHOUT)]
        ms = [average_times([one[f"{part.name} {way}"] for one in times]).value
              for way in (WITH, WITHOUT)]  # fmt: skip
        rows.append(
            (
                part.name,
                *(f"{one['macs'] / 1e6:,.1f}" for one in pair),
                *(f"{one['parameters'] / 1e3:,.0f}" for one in pair),
                *(f"{one:,.1f}" for one in ms),
            )
        )
    columns = (
        Message("module or unit"),
        *(Message("MMAC with"), WITHOUT),
        *(Message("10³ parameters with"), WITHOUT),
        *(Message("ms with"), WITHOUT),
    )
    caption = Message(
        "Multiply-adds are of one image at {side} px, milliseconds of a training step of {batch}.",
        side=FULL_PX,
        batch=BATCH,
    )
    return ResultTable(columns, tuple(rows), caption)


def list_rows(
    parts: Sequence[Part], counts: Mapping[str, Pair], times: Sequence[Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Return each part, way and repetition as a row of plain values."""
    return [
        {
            "part": part.name,
            "way": way,
            **counts[part.name][way],
            "repetition": number,
            "step_ms": round(one[f"{part.name} {way}"], 3),
        }
        for part in parts
        for way in (WITH, WITHOUT)
        for number, one in enumerate(times)
    ]
