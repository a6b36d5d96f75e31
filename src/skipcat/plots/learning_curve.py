"""Accuracy against the number of images trained on, with what twice as many would bring."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from skipcat.plots import style
from skipcat.text.translation import _

#: (images, accuracy, low and high end of its interval)
Point = tuple[int, float, tuple[float, float]]


def draw_learning_curve(points: Sequence[Point], line: Sequence[Point], *, whole: int) -> Figure:
    """Draw what was measured, and the curve through it up to twice the images there are.

    Dots are what was measured, with their intervals; the curve is dashed beyond `whole`, the
    images there are, and its band is its own interval. Cortes et al. 1994, "Learning curves".
    """
    figure = style.new_figure(620, 380)
    axes = style.add_axes(figure, left=52, right=22, top=62, bottom=50)
    axes.set_xscale("log")
    axes.set_xlim(points[0][0] * 0.9, line[-1][0] * 1.1)
    ticks = [one[0] for one in points] + [line[-1][0]]
    names = [f"{tick:,}" for tick in ticks]
    axes.set_xticks(ticks, _keep_apart(ticks, names, axes))
    axes.xaxis.set_minor_locator(NullLocator())
    lowest = min(one[2][0] for one in [*points, *line])
    floor = max(0, min(90, 10 * int(10 * lowest)))
    axes.set_ylim(floor, 100)
    steps = range(floor, 101, 10 if floor < 80 else 5 if floor < 90 else 2)
    axes.set_yticks(steps, [style.tick_percent(tick) for tick in steps])
    style.rule_grid(axes, "y")
    style.label_axes(axes, x=_("images trained on (logarithmic)"))
    style.head(figure, 18, _("test images named right"))
    _draw_line(axes, line, whole)
    _draw_points(axes, points)
    style.add_legend(axes, (-0.09, 1.01), 3, handlelength=1.6, columnspacing=1.4)
    return figure


def _keep_apart(ticks: Sequence[int], names: Sequence[str], axes: Axes) -> list[str]:
    """Blank the names that would run into the one before; the axis is logarithmic."""
    transform = axes.transData.transform
    shown, end = [], -1e9
    for tick, name in zip(ticks, names, strict=True):
        middle, half = transform((tick, 50.0))[0], style.width_px([name]) / 2
        shown.append(name if middle - half > end + 4 else "")
        end = middle + half if shown[-1] else end
    return shown


def _draw_points(axes: Axes, points: Sequence[Point]) -> None:
    middles = [100 * accuracy for _, accuracy, _ in points]
    axes.errorbar(
        [images for images, _, _ in points],
        middles,
        yerr=[
            [m - 100 * low for m, (_, _, (low, _)) in zip(middles, points, strict=True)],
            [100 * high - m for m, (_, _, (_, high)) in zip(middles, points, strict=True)],
        ],
        fmt="o",
        color=style.MARK,
        markersize=style.points(7),
        elinewidth=style.points(2),
        capsize=style.points(4),
        label=_("measured"),
        zorder=4,
    )


def _draw_line(axes: Axes, line: Sequence[Point], whole: int) -> None:
    known = [one for one in line if one[0] <= whole]
    ahead = line[max(0, len(known) - 1) :]
    low, high = ([100 * one[2][end] for one in line] for end in (0, 1))
    images = [one[0] for one in line]
    axes.fill_between(images, low, high, color=style.VERMILLION, alpha=0.16, linewidth=0)
    look: style.Look = {"color": style.VERMILLION, "linewidth": style.points(2)}
    parts = ((known, (None, None), _("the curve through it")), (ahead, (4, 3), _("expected")))
    for part, dashes, label in parts:
        if part:
            right = [100 * one[1] for one in part]
            axes.plot([one[0] for one in part], right, dashes=dashes, label=label, **look)
