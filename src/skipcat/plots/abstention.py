"""Accuracy against the share of images answered: what saying "I do not know" buys."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from skipcat.plots import style
from skipcat.text.translation import _

#: (share answered, accuracy, low and high end of its interval)
Point = tuple[float, float, tuple[float, float]]


def draw_abstention(points: Sequence[Point]) -> Figure:
    """Draw the share of answers that are right when only the surest images are answered.

    The curve is El-Yaniv & Wiener's (2010), with accuracy for risk; the band is each point's
    interval.
    """
    figure = style.new_figure(400, 330)
    axes = style.add_axes(figure, left=52, right=18, top=34, bottom=50)
    ordered = sorted(points)
    shares = [100 * answered for answered, _, _ in ordered]
    lows = [100 * interval[0] for _, _, interval in ordered]
    floor = max(0.0, min(90.0, 10 * (min(lows, default=0.0) // 10)))
    axes.set_xlim(0, 100)
    axes.set_ylim(floor, 100)
    axes.set_xticks(range(0, 101, 20), [style.tick_percent(tick) for tick in range(0, 101, 20)])
    ticks = range(int(floor), 101, 10 if floor < 80 else 5)
    axes.set_yticks(ticks, [style.tick_percent(tick) for tick in ticks])
    style.rule_grid(axes, "both")
    style.label_axes(axes, x=_("share of the images that it answers"))
    figure.text(8 / 400, 1 - 16 / 330, _("answers that are right"), color=style.INK)
    highs = [100 * interval[1] for _, _, interval in ordered]
    axes.fill_between(shares, lows, highs, color=style.MARK, alpha=0.18, linewidth=0)
    accuracies = [100 * accuracy for _, accuracy, _ in ordered]
    axes.plot(shares, accuracies, color=style.MARK, linewidth=style.points(2))
    axes.scatter(shares, accuracies, s=style.points(6) ** 2, color=style.MARK, zorder=3)
    return figure
