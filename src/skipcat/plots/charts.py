"""Charts of an experiment: lines against a measure, or bars side by side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from matplotlib.transforms import offset_copy

from skipcat.plots import style
from skipcat.text.translation import _

Range = tuple[float, float]
#: Told apart by people with any common colour blindness, and by their dashes.
COLOURS = (
    style.VERMILLION,
    style.MARK,
    style.GREEN,
    style.PURPLE,
    style.ORANGE,
    style.SKY,
    style.FAINT,
)


@dataclass(frozen=True)
class Line:
    """One line of a chart; `low` and `high` are the ends of its band, or ().

    Lines of one `colour` belong together: 0, 1, 2, …; by default each has its own.
    """

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    dashed: bool = False
    colour: int | None = None
    marked: bool = False


@dataclass(frozen=True)
class LineChart:
    """Lines over one axis; `y` and `x` name the axes with their units."""

    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    caption: str
    x_log: bool = False
    y_log: bool = False
    y_range: Range | None = None
    x_ticks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Bar:
    """One bar; `interval` is drawn as a whisker where it is known."""

    name: str
    value: float
    interval: Range | None = None
    colour: int = 1


@dataclass(frozen=True)
class BarChart:
    """Level bars, one below the other; `unit` names the axis."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    caption: str
    digits: int = 1


Chart = LineChart | BarChart

_WIDTH_PX, _HEIGHT_PX = 460, 300
_BAR_PX, _WIDEST_NAME_PX = 26, 240


def draw_chart(chart: Chart) -> Figure:
    """Draw a chart of either kind."""
    return _draw_lines(chart) if isinstance(chart, LineChart) else _draw_bars(chart)


def _draw_lines(chart: LineChart) -> Figure:
    rows = -(-len(chart.lines) // 2)
    top = 40 + 17 * rows
    figure = style.new_figure(_WIDTH_PX, _HEIGHT_PX + 17 * rows)
    axes = style.add_axes(figure, left=58, right=16, top=top, bottom=48)
    if chart.x_log:
        axes.set_xscale("log")
    if chart.y_log:
        axes.set_yscale("log")
        axes.yaxis.set_minor_locator(NullLocator())
    for number, line in enumerate(chart.lines):
        _draw_line(axes, line, COLOURS[(line.colour if line.colour is not None else number) % 7])
    if chart.y_range:
        axes.set_ylim(*chart.y_range)
    elif not chart.y_log:
        low, high = axes.get_ylim()
        axes.set_ylim(min(0.0, low), high)
    if chart.y_log:
        _tick_decades(axes)
    if chart.x_ticks:
        axes.set_xticks(chart.x_ticks, [f"{tick:,.0f}" for tick in chart.x_ticks])
        axes.xaxis.set_minor_formatter(NullFormatter())
    elif not chart.x_log:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    style.rule_grid(axes, "y")
    style.label_axes(axes, x=_(chart.x))
    _write_head(figure, _(chart.title), _(chart.y))
    look = {"handlelength": 1.8, "labelspacing": 0.3, "columnspacing": 1.4}
    style.add_legend(axes, (-0.02, 1.0), 2, **look)
    return figure


def _tick_decades(axes: Axes) -> None:
    """Put at most about eight ticks on a logarithmic axis: 1 and 3, or every few decades."""
    low, high = axes.get_ylim()
    decades = math.log10(high / low)
    step = max(1, math.ceil(decades / 8))
    locator = LogLocator(base=10**step, subs=(1, 3) if decades < 3 else (1,), numticks=12)
    axes.yaxis.set_major_locator(locator)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))


def _write_head(figure: Figure, title: str, unit: str) -> None:
    width, height = figure.get_size_inches() * style.PX_PER_INCH
    figure.text(8 / width, 1 - 14 / height, title, color=style.INK, weight="bold",
                fontsize=style.points(style.TEXT_PX), va="center")  # fmt: skip
    figure.text(8 / width, 1 - 30 / height, unit, color=style.FAINT,
                fontsize=style.points(style.SMALL_PX), va="center")  # fmt: skip


def _draw_line(axes: Axes, line: Line, colour: str) -> None:
    axes.plot(
        line.xs,
        line.ys,
        color=colour,
        linewidth=style.points(2),
        dashes=(4, 2.5) if line.dashed else (None, None),
        marker="o" if line.marked else None,
        markersize=style.points(6),
        label=_(line.name),
    )
    if line.low:
        axes.fill_between(line.xs, line.low, line.high, color=colour, alpha=0.18, linewidth=0)


def _draw_bars(chart: BarChart) -> Figure:
    names = [_(bar.name) for bar in chart.bars]
    left = min(_WIDEST_NAME_PX, style.width_px(names)) + 18
    height = 92 + _BAR_PX * len(names)
    figure = style.new_figure(max(_WIDTH_PX, left + 300), height)
    axes = style.add_axes(figure, left=left, right=64, top=44, bottom=44)
    places = range(len(names))
    beside = offset_copy(axes.transData, figure, x=style.points(8), units="points")
    for place, bar in zip(places, chart.bars, strict=True):
        colour = COLOURS[bar.colour % 7]
        axes.barh(place, bar.value, height=0.62, color=colour, alpha=0.75, linewidth=0)
        ends = bar.interval or (bar.value, bar.value)
        if bar.interval:
            axes.errorbar(
                bar.value, place, color=style.INK, capsize=style.points(3),
                xerr=[[max(0.0, bar.value - ends[0])], [max(0.0, ends[1] - bar.value)]],
                elinewidth=style.points(1.4), capthick=style.points(1.4),
            )  # fmt: skip
        place_of_text = max(bar.value, ends[1], 0)
        style.write(
            axes, (place_of_text, place), f"{bar.value:,.{chart.digits}f}", va="center",
            fontsize=style.points(style.SMALL_PX), transform=beside,
        )  # fmt: skip
    axes.set_ylim(len(names) - 0.5, -0.5)
    low, high = _span(chart.bars)
    axes.set_xlim(low, high)
    style.name_ticks(axes, "y", [style.shorten(name, 34) for name in names])
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.4g}"))
    style.rule_grid(axes, "x")
    _write_head(figure, _(chart.title), "")
    style.label_axes(axes, x=_(chart.unit))
    return figure


def _span(bars: Sequence[Bar]) -> Range:
    ends = [0.0]
    for bar in bars:
        ends += [bar.value, *(bar.interval or ())]
    low, high = min(ends), max(ends)
    return low * 1.05, (high or 1.0) * 1.08
