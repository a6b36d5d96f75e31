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
    axes.plot(
        [100 * work for work, _, _ in stops],
        [100 * accuracy for _, accuracy, _ in stops],
        color=style.RULE,
        linewidth=style.points(1.5),
        zorder=1,
    )
    for kind, (marker, colour) in LOOKS.items():
        own = [stop for stop in stops if stop[2] == kind]
        if own:
            axes.scatter(
                [100 * work for work, _, _ in own],
                [100 * accuracy for _, accuracy, _ in own],
                marker=marker,
                color=colour,
                s=style.points(7) ** 2,
                label=_(_NAMES[kind]),
                zorder=2,
            )
    if after is not None:
        axes.scatter(
            [100 * after[0]],
            [100 * after[1]],
            marker="*",
            color=style.VERMILLION,
            s=style.points(16) ** 2,
            label=_("the smaller network"),
            zorder=3,
        )
    axes.invert_xaxis()
    low, high = axes.get_ylim()
    axes.set_ylim(low, min(high, 100 + 0.03 * (100 - low)))  # room for half a mark, no more
    style.rule_grid(axes, "y")
    style.label_axes(axes, x=_("work left, % of the whole network's"))
    figure.text(8 / 620, 1 - 18 / 360, _("deciding images named right, %"), color=style.INK,
                fontsize=style.points(style.TEXT_PX))  # fmt: skip
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.09, 1.01),
        ncols=4,
        frameon=False,
        borderaxespad=0.0,
        handletextpad=0.3,
        columnspacing=1.2,
        labelcolor=style.INK,
        fontsize=style.points(style.SMALL_PX),
    )
    return figure
