"""What each branch is worth, over a drawing of the network: modules as rows of boxes, or bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from skipcat.plots import style
from skipcat.text.translation import _

BOX_PX, ROW_PX, MOST_NAME = 128.0, 40.0, 20
BAR_LEFT, BAR_TOP = 52, 34


@dataclass(frozen=True)
class BranchBox:
    """A branch: its module, its name, the points that it adds, with their interval."""

    module: str
    name: str
    points: float
    interval: tuple[float, float]
    can_go: bool = False


def draw_modules(boxes: Sequence[BranchBox]) -> Figure:
    """Draw modules from the image down to the answer, their branches side by side.

    The stronger the blue, the more points a branch adds; vermillion ones cost points. Branches
    that can go have a dashed edge.
    """
    modules: dict[str, list[BranchBox]] = {}
    for box in boxes:
        modules.setdefault(box.module, []).append(box)
    names = [style.shorten(name, MOST_NAME) for name in modules]
    widest = max(map(len, modules.values()))
    left = style.width_px(names) + 18
    figure = style.new_figure(left + widest * BOX_PX + 8, len(modules) * ROW_PX + 38)
    axes = style.add_axes(figure, left=left, right=8, top=8, bottom=30)
    axes.set_xlim(0, widest)
    axes.set_ylim(len(modules) - 0.5, -0.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    strongest = max(1e-9, *(abs(box.points) for box in boxes))
    for row, members in enumerate(modules.values()):
        for place, box in enumerate(members):
            _draw_box(axes, box, (place, row), abs(box.points) / strongest)
    axes.set_xticks([])
    style.label_axes(axes, x=_("points of accuracy that each branch adds; dashed: can go"))
    style.name_ticks(axes, "y", names)
    return figure


def _draw_box(axes: Axes, box: BranchBox, corner: tuple[int, int], strength: float) -> None:
    place, row = corner
    opacity = 0.06 + 0.94 * strength**0.7
    frame = (place + 0.02, row - 0.42), 0.96, 0.84
    colour = style.BLUE if box.points >= 0 else style.VERMILLION
    axes.add_patch(Rectangle(*frame, facecolor=colour, alpha=opacity, linewidth=0))
    edge: style.Look = {"edgecolor": style.RULE, "linewidth": style.points(1)}
    if box.can_go:
        dashes = (0, (4, 3))
        edge = {"edgecolor": style.INK, "linewidth": style.points(1.5), "linestyle": dashes}
    axes.add_patch(Rectangle(*frame, fill=False, **edge))
    light = "#ffffff" if opacity > 0.6 else style.INK
    style.write(axes, (place + 0.09, row), style.shorten(box.name, 10), va="center", color=light)
    text = f"{box.points:+.1f}"
    style.write(axes, (place + 0.92, row), text, va="center", ha="right", color=light)


def draw_units(boxes: Sequence[BranchBox]) -> Figure:
    """Draw what is lost without each residual unit, from the image to the answer."""
    bar_px = max(5.0, min(34.0, 900 / len(boxes)))
    width = BAR_LEFT + max(320.0, len(boxes) * bar_px) + 12
    names = style.thin_names([box.name for box in boxes], bar_px)
    bottom = style.width_px(names) + 40
    figure = style.new_figure(width, 240 + bottom)
    axes = style.add_axes(figure, left=BAR_LEFT, right=12, top=BAR_TOP, bottom=bottom)
    places = list(range(len(boxes)))
    heights = [box.points for box in boxes]
    colours = [style.SKY if box.can_go else style.MARK for box in boxes]
    axes.bar(places, heights, width=0.72, color=colours)
    below = [max(0.0, box.points - box.interval[0]) for box in boxes]
    above = [max(0.0, box.interval[1] - box.points) for box in boxes]
    thin, cap = style.points(1.2), style.points(min(4.0, bar_px / 4))
    look: style.Look = {"fmt": "none", "ecolor": style.INK, "elinewidth": thin, "capsize": cap}
    axes.errorbar(places, heights, [below, above], **look)
    stages = [box.name.split(".")[0] for box in boxes]
    for place in places[1:]:
        if stages[place] != stages[place - 1]:
            axes.axvline(place - 0.5, color=style.RULE, linewidth=style.points(1))
    axes.axhline(0, color=style.FAINT, linewidth=style.points(1))
    axes.set_xlim(-0.6, len(boxes) - 0.4)
    style.rule_grid(axes, "y")
    style.label_axes(axes, x=_("the unit whose branch is removed"), y=_("points of accuracy lost"))
    style.name_ticks(axes, "x", names, rotation=90)
    return figure
