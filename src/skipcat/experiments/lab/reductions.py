"""Modules of GoogLeNet and units of ResNet-50, each with and without its 1x1 reductions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from skipcat.cost.counting import count_module, measure_cost
from skipcat.engines.latency import time_in_turn
from skipcat.experiments.lab.experiment import Table
from skipcat.experiments.lab.microbenchmarks import average_times
from skipcat.experiments.lab.network_variants import branch_out
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.specs import ResNetSpec
from skipcat.plots.charts import Bar, BarChart

GOOGLENET_LABEL, RESNET_LABEL = "GoogLeNet", "ResNet"
FAMILIES = (GOOGLENET_LABEL, RESNET_LABEL)
WITH, WITHOUT = "with 1x1 reductions", "without"
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
    """Give the shapes of what GoogLeNet's modules read, by the module's name."""
    places, shape = {}, (3, FULL_PX, FULL_PX)
    for row in measure_cost(GOOGLENET, FULL_PX).rows:
        if row.name.startswith("inception"):
            places[row.name] = shape
        channels, grid = row.output_shape[0], row.output_shape[-1]
        shape = (channels, grid, grid)
    return places


def list_parts() -> list[Part]:
    """Give GoogLeNet's modules and one unit of each stage of ResNet-50, at their own grids."""
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
    """Give parameters, MACs and activations of a part, with and without reductions."""
    with torch.device("meta"):
        return {way: asdict(count_module(part.build(way), part.map_shape))
                for way in (WITH, WITHOUT)}  # fmt: skip


def build_steps(parts: Sequence[Part], device: torch.device) -> dict[str, Callable[[], object]]:
    """Give what takes a training step of each part, both ways."""
    works: dict[str, Callable[[], object]] = {}
    generator = torch.Generator().manual_seed(0)
    for part in parts:
        maps = draw_maps(part.map_shape, generator, device)
        for way in (WITH, WITHOUT):
            module = lay_out(part.build(way), device)
            works[f"{part.name} {way}"] = partial(take_step, [(module, maps)])
    return works


def draw_maps(shape: Shape, generator: torch.Generator, device: torch.device) -> torch.Tensor:
    """Draw what a module reads, a batch, in the layout of training."""
    maps = torch.randn(BATCH, *shape, generator=generator).to(device)
    return maps.contiguous(memory_format=torch.channels_last).requires_grad_()


def lay_out(module: nn.Module, device: torch.device) -> nn.Module:
    """Give a module ready for training, in the layout of training."""
    return module.to(device).to(memory_format=torch.channels_last).train()


def take_step(pairs: Sequence[tuple[nn.Module, torch.Tensor]]) -> None:
    """Go forward and backward through modules, each on its maps."""
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
    """Draw how many times as much each part takes without reductions: MACs and time."""
    bars = []
    for part in [one for one in parts if one.family == family]:
        pair = counts[part.name]
        macs = pair[WITHOUT]["macs"] / pair[WITH]["macs"]
        mean = average_times(
            [one[f"{part.name} {WITHOUT}"] / one[f"{part.name} {WITH}"] for one in times]
        )
        bars.append(Bar(f"{part.name}: MACs", macs, None, 1))
        bars.append(Bar("time", mean.value, mean.interval, 0))
    return BarChart(
        f"{family} without its 1x1 reductions",
        "times as much as with them",
        tuple(bars),
        "How many times as many multiply-adds (blue) and how many times as long (orange) a "
        "training step takes without reductions; whiskers are 95 % intervals over repetitions.",
    )


def tabulate_parts(
    parts: Sequence[Part], counts: Mapping[str, Pair], times: Sequence[Mapping[str, float]]
) -> Table:
    """Give a table of the parts, both ways."""
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
    return Table(
        (
            "module or unit",
            *("MMAC with", "without"),
            *("10³ parameters with", "without"),
            *("ms with", "without"),
        ),
        tuple(rows),
        (
            f"Multiply-adds are of one image at {FULL_PX} px, milliseconds of a "
            f"training step of {BATCH}.",
            f"乘加按一张 {FULL_PX} 像素图片计，毫秒为 {BATCH} 张图片的一个训练步。",
        ),
    )


def list_rows(
    parts: Sequence[Part], counts: Mapping[str, Pair], times: Sequence[Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Give each part, way and repetition as a row of plain values."""
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
