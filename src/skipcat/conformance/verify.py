"""A built network beside its paper's printed columns: equal, a stated deviation, or a misprint."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import nn

from skipcat.blocks.inception import Concatenation
from skipcat.conformance.printed import TABLES, PrintedLine, PrintedTable
from skipcat.conformance.reasons import TOTAL, find_reason
from skipcat.cost.counting import CostRow, measure_cost
from skipcat.networks.catalogue import build_network, find_entry

Kind = Literal["equal", "deviation", "misprint", "unexplained"]

CLOSE = 0.01  # figures agree within this share, or within one of the last of several digits
_UNITS = {"": 1, "M": 10**6, "B": 10**9}


@dataclass(frozen=True)
class FigureCheck:
    """One printed figure and what the built network has in its place."""

    row: str
    words: str
    column: str
    printed: str
    built: str
    kind: Kind
    why: str = ""


@dataclass(frozen=True)
class Conformance:
    """All printed figures of one network; ``source`` is "" where its paper prints none."""

    network: str
    source: str
    comparisons: tuple[FigureCheck, ...]

    def count(self, kind: Kind) -> int:
        """Count the figures of a kind."""
        return sum(comparison.kind == kind for comparison in self.comparisons)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON takes them."""
        return asdict(self)


def verify(network: str) -> Conformance:
    """Compare a built network with its paper's printed columns, figure by figure.

    Figures agree within 1 %, or within one of the last of several printed digits. Parameters are
    the weights of convolutions and linear layers, as the papers count them; operations are
    multiply-adds.

    Raises:
        NetworkError: there is no such network.
    """
    name = find_entry(network).name
    table = TABLES.get(name)
    if table is None:
        return Conformance(name, "", ())
    return Conformance(name, table.source, tuple(_compare(name, table)))


def _compare(name: str, table: PrintedTable) -> Iterator[FigureCheck]:
    cost = measure_cost(name)
    with torch.device("meta"):
        stages = dict(build_network(name).stages())
    rows = {row.name: row for row in cost.rows}
    names = list(rows)
    start = 0
    for line in table.lines:
        end = names.index(line.row) + 1
        span = names[start:end]
        start = end
        built = _figures([rows[row] for row in span], [stages[row] for row in span])
        yield from _compare_line(name, line, built, table.kilo)
    totals = PrintedLine("total", TOTAL, parameters=table.parameters, macs=table.macs)
    weights = sum(map(_count_weights, stages.values()))
    yield from _compare_line(name, totals, {"parameters": weights, "macs": cost.macs}, table.kilo)


def _figures(rows: Sequence[CostRow], stages: Sequence[nn.Module]) -> dict[str, int | str]:
    channels, *grid = rows[-1].output_shape
    return {
        "output": "x".join(map(str, (*(grid or (1, 1)), channels))),
        "depth": sum(map(count_depth, stages)),
        "parameters": sum(map(_count_weights, stages)),
        "macs": sum(row.macs for row in rows),
    }


def _compare_line(
    name: str, line: PrintedLine, built: Mapping[str, int | str], kilo: int
) -> Iterator[FigureCheck]:
    for column, figure in built.items():
        printed = getattr(line, column)
        if printed in {"", None}:
            continue
        shown, agree = _agree(str(printed), figure, kilo)
        reason = None if agree else find_reason(name, line.row, column)
        kind: Kind = "equal" if agree else reason.kind if reason else "unexplained"
        why = reason.why if reason else ""
        yield FigureCheck(line.row, line.words, column, str(printed), shown, kind, why)


def _agree(printed: str, built: int | str, kilo: int) -> tuple[str, bool]:
    """Return what was built in the paper's way of writing, and whether it agrees."""
    if isinstance(built, str):
        # Where the paper prints the grid only, so does this.
        shown = "x".join(built.split("x")[: printed.count("x") + 1])
        return shown, shown == printed
    number, unit = re.fullmatch(r"([\d.]+)([KMB]?)", printed).groups()  # type: ignore[union-attr]
    scale = kilo if unit == "K" else _UNITS[unit]
    digits = len(number.partition(".")[2])
    value = built / scale
    if not unit:
        return str(built), built == int(number)
    off = abs(value - float(number))
    last_digit = 10.0**-digits
    room = last_digit if len(number) > 1 else last_digit / 2
    places = digits if len(number) > 1 else digits + 1
    return f"{value:.{places}f}{unit}", off <= max(room, CLOSE * float(number))


def count_depth(module: nn.Module) -> int:
    """Count the layers with weights on the longest way; shortcuts are not on it."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        return 1
    depths = {
        name: count_depth(child)
        for name, child in module.named_children()
        # A separable convolution is one layer of two parts.
        if name not in {"shortcut", "depthwise"}
    }
    if isinstance(module, Concatenation):
        return max(depths.values())
    return sum(depths.values())


def _count_weights(stage: nn.Module) -> int:
    layers = (m for m in stage.modules() if isinstance(m, nn.Conv2d | nn.Linear))
    return sum(layer.weight.numel() for layer in layers)
