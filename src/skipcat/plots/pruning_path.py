"""How a network shrank: accuracy and loss against the work that was left, step by step."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from skipcat.plots import style
from skipcat.text.translation import Message, _

#: (work as a share, accuracy as a share, what went: channels, branch, unit)
Stop = tuple[float, float, str]
_NAMES = {
    "channels": Message("channels removed"),
    "branch": Message("a branch removed"),
    "unit": Message("a unit removed"),
}
LOOKS = {"channels": ("o", style.MARK), "branch": ("s", style.ORANGE), "unit": ("D", style.GREEN)}


def draw_pruning(stops: Sequence[Stop], *, after: tuple[float, float] | None = None) -> Figure:
    """Draw the accuracy on deciding images against the work left, before any fine-tuning.

    `after` is where the finished network stands.
    """
    figure = style.new_figure(620, 360)
    axes = style.add_axes(figure, left=52, right=16, top=56, bottom=48)
    places = [(100 * work, 100 * accuracy) for work, accuracy, _ in stops]
    axes.plot(*zip(*places, strict=True), color=style.RULE, linewidth=style.points(1.5), zorder=1)
    for kind, (marker, colour) in LOOKS.items():
        own = [place for place, stop in zip(places, stops, strict=True) if stop[2] == kind]
        if own:
            x, y = zip(*own, strict=True)
            size, name = style.points(7) ** 2, _(_NAMES[kind])
            axes.scatter(x, y, s=size, marker=marker, color=colour, label=name, zorder=2)
    if after is not None:
        end, size = [100 * one for one in after], style.points(16) ** 2
        look: style.Look = {"marker": "*", "color": style.VERMILLION, "zorder": 3}
        axes.scatter(end[0], end[1], s=size, label=_("the smaller network"), **look)
    axes.invert_xaxis()
    low, high = axes.get_ylim()
    axes.set_ylim(low, min(high, 100 + 0.03 * (100 - low)))  # room for half a mark, no more
    style.rule_grid(axes, "y")
    style.label_axes(axes, x=_("work left, % of the whole network's"))
    style.head(figure, 18, _("deciding images named right, %"))
    style.add_legend(axes, (-0.09, 1.01), 4, handletextpad=0.3)
    return figure
