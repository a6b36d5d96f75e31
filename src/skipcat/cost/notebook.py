"""A cost as a notebook shows it: the network drawn, and its rows as a table to copy from."""

from typing import TYPE_CHECKING

from skipcat.cost.drawing import describe_architecture, say_shape
from skipcat.plots.architecture.draw import draw_architectures
from skipcat.plots.notebook import folded, notebook_html, table

if TYPE_CHECKING:
    from skipcat.cost.counting import Cost, CostRow

HEAD = ("row", "output", "parameters", "MACs", "sees, px", "what it is")


def cost_html(cost: "Cost") -> str:
    """Return a cost as HTML."""
    rows = [(row.name, say_shape(row), *_figures(row), row.description) for row in cost.rows]
    sums = ("sum", "", *_figures(cost), "")
    drawing = draw_architectures([describe_architecture(cost)])
    return notebook_html(drawing, folded("The rows as a table", table(HEAD, [*rows, sums])))


def _figures(one: "Cost | CostRow") -> tuple[str, ...]:
    return f"{one.parameters:,}", f"{one.macs:,}", f"{one.receptive_field_px:,}"
