"""Accuracy against latency, a bubble for each network: what a little more time would buy."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from skipcat.plots import style
from skipcat.text.translation import _

LARGEST_PX = 46.0


@dataclass(frozen=True)
class Bubble:
    """A network: its latency, accuracy with interval, parameters; chosen, or on the frontier."""

    name: str
    latency_ms: float
    accuracy: float
    interval: tuple[float, float]
    parameters: int
    chosen: bool = False
    on_frontier: bool = False


def draw_frontier(bubbles: Sequence[Bubble]) -> Figure:
    """Draw accuracy against latency; a bubble's area is its parameters, its bar the interval.

    After Canziani, Paszke & Culurciello 2016, arXiv 1605.07678, fig. 2, with intervals.
    """
    figure = style.new_figure(640, 400)
    axes = style.add_axes(figure, left=52, right=26, top=58, bottom=52)
    times = [one.latency_ms for one in bubbles]
    axes.set_xscale("log")
    axes.set_xlim(min(times) / 1.5, max(times) * 1.7)
    floor = max(0, 10 * int(10 * min(one.interval[0] for one in bubbles)))
    floor = min(floor, 90)
    # Room for the upper half of a bubble at 100 %.
    axes.set_ylim(floor, 100 + 0.07 * (100 - floor))
    steps = range(floor, 101, 10 if floor < 80 else 5)
    axes.set_yticks(steps, [style.tick_percent(tick) for tick in steps])
    ticks = _round_ticks(min(times) / 1.5, max(times) * 1.7)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    style.rule_grid(axes, "both")
    style.label_axes(axes, x=_("latency of one answer on this machine, ms (logarithmic)"))
    style.head(figure, 18, _("validation images named right"))
    most = max(one.parameters for one in bubbles)
    for one in bubbles:
        colour = style.VERMILLION if one.chosen else style.MARK if one.on_frontier else style.FAINT
        side = max(6.0, LARGEST_PX * (one.parameters / most) ** 0.5)
        middle = 100 * one.accuracy
        low, high = (100 * end for end in one.interval)
        axes.errorbar(
            [one.latency_ms], [middle], yerr=[[middle - low], [high - middle]], fmt="none",
            ecolor=colour, elinewidth=style.points(1.5), capsize=style.points(3), zorder=3,
        )  # fmt: skip
        axes.scatter(
            [one.latency_ms], [middle], s=style.points(side) ** 2, color=colour, alpha=0.35,
            linewidth=0, zorder=2, clip_on=False,
        )  # fmt: skip
        axes.scatter([one.latency_ms], [middle], s=style.points(5) ** 2, color=colour, zorder=4)
    _name(axes, bubbles)
    meant = _("area: parameters.  Orange: chosen.  Blue: none is both faster and more right.")
    style.head(figure, 38, meant, small=True)
    return figure


def _name(axes: Axes, bubbles: Sequence[Bubble]) -> None:
    """Write each name beside its dot, where it runs into no other name, as near as can be."""
    transform = axes.transData.transform
    floor = transform((1, axes.get_ylim()[0]))[1] + 7
    places = [(side, 6.0 * n) for n in range(-30, 31) for side in (1, -1)]
    places.sort(key=lambda place: abs(place[1]) + 10 * (place[0] < 0))
    taken: list[tuple[float, float, float]] = []
    for one in sorted(bubbles, key=lambda bubble: -bubble.accuracy):
        x, y = transform((one.latency_ms, 100 * one.accuracy))
        width = style.width_px([one.name])
        spots = [
            (side, shift, x + 8 if side > 0 else x - 8 - width, y + shift) for side, shift in places
        ]
        free = [
            spot for spot in spots
            if spot[3] > floor and not any(
                abs(spot[3] - ty) < 13 and spot[2] < tx + tw and tx < spot[2] + width
                for tx, ty, tw in taken
            )
        ]  # fmt: skip
        side, shift, left, height = (free or spots)[0]
        taken.append((left, height, width))
        axes.annotate(
            one.name, (one.latency_ms, 100 * one.accuracy), textcoords="offset points",
            xytext=(style.points(8 * side), style.points(shift - 4)), color=style.INK,
            ha="left" if side > 0 else "right", fontsize=style.points(style.SMALL_PX), zorder=5,
        )  # fmt: skip


def _round_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten within the range."""
    found = [m * 10.0**e for e in range(-3, 6) for m in (1, 2, 5)]
    return [tick for tick in found if low <= tick <= high]
