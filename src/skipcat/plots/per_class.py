"""How well each class is recognised, worst first, with what the images can certify."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skipcat.plots import style
from skipcat.text.numbers import percent
from skipcat.text.translation import Message, _

#: (name, images, recall, low and high end of its interval); None where the class has no image
ClassBar = tuple[str, int, float | None, tuple[float, float] | None]

NAME_COLUMNS = 26
_BESIDE_PX = 96  # room for "100 % of 12345" at the right


def draw_per_class(bars: Sequence[ClassBar], *, overall: float | None = None) -> Figure:
    """Draw each class's share of images recognised, with its interval, the lowest at the top.

    Classes without an image are left out. `overall` is the share over all images.
    """
    known = [bar for bar in bars if bar[2] is not None]
    known.sort(key=lambda bar: (bar[2], bar[0]))
    row = 26.0 if len(known) <= 12 else 20.0 if len(known) <= 40 else max(900 / len(known), 2.0)
    names = [style.shorten(bar[0], NAME_COLUMNS) for bar in known]
    left = style.width_px(names) + 16
    height = row * max(len(known), 1)
    figure = style.new_figure(left + 300 + _BESIDE_PX, height + 62)
    axes = style.add_axes(figure, left=left, right=_BESIDE_PX, top=20, bottom=42)
    axes.set_xlim(0, 100)
    axes.set_ylim(max(len(known), 1) - 0.5, -0.5)
    axes.set_xticks(range(0, 101, 20), [style.tick_percent(tick) for tick in range(0, 101, 20)])
    style.rule_grid(axes, "x")
    axes.spines["left"].set_visible(False)
    style.label_axes(axes, x=_("images of the class that it recognised"))
    style.name_ticks(axes, "y", style.thin_names(names, row))
    _draw_bars(axes, known, thick_px=min(6.0, row * 0.5))
    if overall is not None:
        _mark_overall(axes, overall)
    if row >= 15.0:
        _write_shares(axes, known)
    return figure


def _draw_bars(axes: Axes, bars: Sequence[ClassBar], *, thick_px: float) -> None:
    places = np.arange(len(bars))
    ends = [bar[3] or (0.0, 1.0) for bar in bars]
    low, high = ([100.0 * pair[end] for pair in ends] for end in (0, 1))
    thick = style.points(thick_px)
    axes.hlines(places, low, high, color=style.MARK, alpha=0.3, linewidth=thick)
    recalls, size = [100.0 * (bar[2] or 0.0) for bar in bars], style.points(thick_px * 1.7) ** 2
    axes.scatter(recalls, places, s=size, color=style.MARK, zorder=3, clip_on=False)


def _write_shares(axes: Axes, bars: Sequence[ClassBar]) -> None:
    for place, (_name, images, recall, _interval) in enumerate(bars):
        said = _("{share} of {images}", share=_whole_percent(recall or 0.0), images=images)
        look = {"color": style.FAINT, "fontsize": style.points(style.SMALL_PX)}
        style.write(axes, (103.5, place), said, va="center", **look)


def _mark_overall(axes: Axes, overall: float) -> None:
    axes.axvline(100.0 * overall, color=style.FAINT, linewidth=style.points(1), dashes=(4, 3))
    axes.annotate(
        _("all classes {share}", share=_whole_percent(overall)),
        (overall, 1.0),
        xycoords="axes fraction",
        xytext=(0, 3),
        textcoords="offset points",
        ha="right" if overall > 0.7 else "left" if overall < 0.3 else "center",
        color=style.FAINT,
        fontsize=style.points(style.SMALL_PX),
    )


def _whole_percent(share: float) -> Message:
    """Return "74 %"; only all is 100 %."""
    return percent(share if share == 1.0 else min(share, 0.99), 0)
