"""The reliability diagram: how often an answer is right when it says how sure it is."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skipcat.plots import style
from skipcat.text.translation import _

#: (images, mean confidence, share right) of one bin; the last two are None where it is empty
Bin = tuple[int, float | None, float | None]


def draw_reliability(after: Sequence[Bin], before: Sequence[Bin] | None = None) -> Figure:
    """Draw the share of right answers against the probability that the classifier gave.

    Dots on the diagonal mean that 80 % is right in 80 of 100 times; below it the classifier is
    too sure. A dot's area is its share of the images. Guo et al. 2017, figure 1.
    """
    figure = style.new_figure(400, 420)
    axes = style.add_axes(figure, left=52, right=18, top=62, bottom=50)
    ticks = range(0, 101, 20)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xticks(ticks, [style.tick_percent(tick) for tick in ticks])
    axes.set_yticks(ticks, [style.tick_percent(tick) for tick in ticks])
    style.rule_grid(axes, "both")
    style.label_axes(axes, x=_("how sure it said it was"))
    style.write(axes, (-13, 115), _("how often it was right"))
    axes.plot([0, 100], [0, 100], color=style.FAINT, linewidth=style.points(1), dashes=(4, 3))
    look = {"color": style.FAINT, "fontsize": style.points(style.SMALL_PX)}
    style.write(axes, (4, 93), _("right more often than it said"), **look)
    style.write(axes, (97, 4), _("right less often than it said"), ha="right", **look)
    if before is not None:
        _draw_dots(axes, before, label=_("before calibration"), solid=False)
    _draw_dots(axes, after, label=_("as it answers now"), solid=True)
    legend = style.add_legend(axes, (-0.15, 1.02), 2, handletextpad=0.2)
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set(sizes=[36.0])
    return figure


def _draw_dots(axes: Axes, bins: Sequence[Bin], *, label: str, solid: bool) -> None:
    colour = style.MARK if solid else style.VERMILLION
    filled = [
        (images, 100.0 * sure, 100.0 * right)
        for images, sure, right in bins
        if images and sure is not None and right is not None
    ]
    total = sum(images for images, _, _ in filled)
    axes.scatter(
        [sure for _, sure, _ in filled],
        [right for _, _, right in filled],
        s=[max(8.0, 600.0 * images / total) for images, _, _ in filled],
        facecolors=colour if solid else "none",
        edgecolors=colour,
        alpha=0.85,
        linewidths=style.points(1.5),
        clip_on=False,
        label=label,
        zorder=3,
    )
