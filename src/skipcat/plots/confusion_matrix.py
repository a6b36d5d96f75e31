"""The confusion matrix: which class was taken for which."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from skipcat.plots import style
from skipcat.text.translation import _

MOST_CELLS = 16  # classes a side that are drawn as single rectangles
NAME_COLUMNS = 24


def draw_confusion(confusion: np.ndarray, classes: Sequence[str]) -> Figure:
    """Draw counts of answers (columns) against true classes (rows).

    A cell is as strong as its share of the row: right answers blue, wrong ones vermillion, so
    that neither large classes nor the diagonal hide the mistakes. Counts stand in the cells
    where they fit.

    Shapes: confusion (C, C).
    """
    size = len(classes)
    cell = _cell_px(size)
    names = [style.shorten(name, NAME_COLUMNS) for name in classes]
    level = style.width_px(names) + 8 <= cell
    left = style.width_px(names) + 40
    top = 50 if level else style.width_px(names) + 42
    edge = size * cell
    figure = style.new_figure(left + edge + 8, top + edge + 8)
    axes = style.add_axes(figure, left=left, right=8, top=top, bottom=8)
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    strength = _strength(confusion)
    if size <= MOST_CELLS:
        _draw_cells(axes, strength, gap=1.5 / cell)
    else:
        _draw_field(axes, strength)
    widest = len(str(int(confusion.max(initial=0))))
    if cell >= 18 and widest * style.COLUMN_PX + 4 <= cell:
        _write_counts(axes, confusion, strength)
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(length=0, pad=4)
    thin = style.thin_names(names, cell)
    style.name_ticks(axes, "y", thin)
    style.name_ticks(axes, "x", thin, rotation=0 if level else 90)
    middle = size / 2 - 0.5
    look = {"ha": "center", "va": "center", "color": style.FAINT}
    style.write(axes, (middle, -0.5 - (top - 10) / cell), _("what it answered"), **look)
    style.write(axes, (-0.5 - (left - 10) / cell, middle), _("what they are"), rotation=90, **look)
    return figure


def _cell_px(size: int) -> float:
    """Return a cell's side: 56 px for few classes, less for more, at most 720 px altogether."""
    return min(56.0, 720.0 / size, max(440.0 / size, 20.0 if size <= 30 else 5.6))


def _strength(confusion: np.ndarray) -> np.ndarray:
    """Return each cell's opacity, 0 where nothing is; the power lets rare mistakes be seen."""
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    return np.where(confusion > 0, 0.08 + 0.92 * shares**0.7, 0.0)


def _draw_cells(axes: Axes, strength: np.ndarray, *, gap: float) -> None:
    for row, column in np.ndindex(strength.shape):
        opacity = float(strength[row, column])
        colour = style.BLUE if row == column else style.VERMILLION
        corner, side = (column - 0.5 + gap / 2, row - 0.5 + gap / 2), 1 - gap
        fill, alpha = (colour, opacity) if opacity else (style.RULE, 0.35)
        axes.add_patch(Rectangle(corner, side, side, facecolor=fill, alpha=alpha, linewidth=0))


def _write_counts(axes: Axes, confusion: np.ndarray, strength: np.ndarray) -> None:
    for row, column in np.argwhere(confusion):
        colour = "#ffffff" if strength[row, column] > 0.6 else style.INK
        count = str(int(confusion[row, column]))
        style.write(axes, (column, row), count, ha="center", va="center", color=colour)


def _draw_field(axes: Axes, strength: np.ndarray) -> None:
    size = len(strength)
    diagonal = np.eye(size, dtype=bool)[..., None]
    colours = np.where(diagonal, to_rgb(style.BLUE), to_rgb(style.VERMILLION))
    pixels = np.concatenate([colours, strength[..., None]], axis=2)
    axes.imshow(pixels, interpolation="none", aspect="auto")
    edge: style.Look = {"fill": False, "edgecolor": style.RULE, "linewidth": style.points(1)}
    axes.add_patch(Rectangle((-0.5, -0.5), size, size, **edge))
