"""How every plot looks: sizes in CSS pixels, colours, fonts, names that fit.

Colours are those of Okabe and Ito 2008, "Color universal design", which people with any common
colour blindness tell apart.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from skipcat.text.numbers import percent
from skipcat.text.translation import _
from skipcat.text.width import count_columns
from skipcat.text.width import shorten as cut

Look = dict[str, Any]  # what matplotlib takes by keyword

BLUE = "#0072b2"
ORANGE = "#e69f00"
GREEN = "#009e73"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"
SKY = "#56b4e9"
MARK = "#0071b1"  # blue for lines and dots, lighter on a dark page
# These and MARK change with the page's theme when a figure is drawn into it; see encode.py.
INK = "#1d2126"
FAINT = "#6b7280"
RULE = "#d9dde3"

PX_PER_INCH = 96.0
TEXT_PX = 12.0
SMALL_PX = 11.0
COLUMN_PX = 7.0  # one column of text of 12 px; Chinese, Japanese, Korean characters take two

_PLAIN = "DejaVu Sans"  # comes with matplotlib
_WIDER = (
    "Noto Sans CJK SC, Noto Sans CJK JP, Noto Sans SC, Source Han Sans SC, WenQuanYi Micro "
    "Hei, WenQuanYi Zen Hei, Droid Sans Fallback, PingFang SC, PingFang HK, Hiragino Sans GB, "
    "Hiragino Sans, Heiti TC, Apple SD Gothic Neo, Microsoft YaHei, Yu Gothic, Malgun Gothic, "
    "SimHei, Arial Unicode MS"
).split(", ")


def points(px: float) -> float:
    """Return CSS pixels in points, matplotlib's unit for text and lines."""
    return px * 72.0 / PX_PER_INCH


def new_figure(width_px: float, height_px: float) -> Figure:
    """Return an empty transparent figure that no pyplot knows of."""
    figure = Figure(figsize=(width_px / PX_PER_INCH, height_px / PX_PER_INCH), dpi=PX_PER_INCH)
    figure.patch.set_facecolor("none")
    return figure


def add_axes(figure: Figure, *, left: float, right: float, top: float, bottom: float) -> Axes:
    """Add axes that leave these margins, in CSS pixels, with the house's look.

    Margins are counted, not found by drawing: the same on machines with other fonts.
    """
    width, height = figure.get_size_inches() * PX_PER_INCH
    box = Bbox.from_extents(left / width, bottom / height, 1.0 - right / width, 1.0 - top / height)
    axes = figure.add_axes(box.bounds)
    axes.patch.set_alpha(0.0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(RULE)
        spine.set_linewidth(points(1))
    axes.tick_params(colors=FAINT, labelcolor=FAINT, labelsize=points(SMALL_PX), length=0, pad=5)
    axes.set_axisbelow(True)
    return axes


def rule_grid(axes: Axes, axis: Literal["both", "x", "y"]) -> None:
    """Draw thin lines at the ticks."""
    axes.grid(axis=axis, color=RULE, linewidth=points(1))


def write(axes: Axes, position: tuple[float, float], words: str, **look: object) -> Text:
    """Write words at a position of the axes, as they are: a $ starts no formula."""
    settings: dict[str, object] = {
        "fontsize": points(TEXT_PX),
        "color": INK,
        "fontfamily": fonts_for(words),
        "parse_math": False,
        **look,
    }
    return axes.text(position[0], position[1], words, **settings)  # type: ignore[arg-type]


def label_axes(axes: Axes, *, x: str = "", y: str = "") -> None:
    """Name the axes with their units: y above the axis, so that it reads level."""
    if x:
        axes.set_xlabel(x, fontsize=points(SMALL_PX), color=FAINT, labelpad=6)
    if y:
        axes.set_title(y, fontsize=points(TEXT_PX), color=INK, loc="left", pad=10)


def head(figure: Figure, below_px: float, words: str, *, small: bool = False) -> None:
    """Write a line at the left edge of a figure, its baseline so far below the upper edge."""
    width, height = figure.get_size_inches() * PX_PER_INCH
    size, colour = (SMALL_PX, FAINT) if small else (TEXT_PX, INK)
    place = (8 / width, 1 - below_px / height)
    figure.text(*place, words, color=colour, fontsize=points(size))


def add_legend(axes: Axes, corner: tuple[float, float], columns: int, **look: Any) -> Legend:
    """Name what is drawn, above the axes: the legend's lower left corner, in shares of them."""
    settings: Look = {"loc": "lower left", "borderaxespad": 0.0, "columnspacing": 1.2, **look}
    settings |= {"frameon": False, "labelcolor": INK, "fontsize": points(SMALL_PX)}
    return axes.legend(bbox_to_anchor=corner, ncols=columns, **settings)


def name_ticks(axes: Axes, axis: Literal["x", "y"], names: Sequence[str], **look: object) -> None:
    """Write names at 0, 1, 2, … of an axis; an empty one leaves its place blank."""
    shown = [index for index, name in enumerate(names) if name]
    side = axes.xaxis if axis == "x" else axes.yaxis
    side.set_ticks(shown, labels=[names[index] for index in shown])
    for label in side.get_ticklabels():
        label.set(
            parse_math=False,
            color=INK,
            fontfamily=fonts_for(label.get_text()),
            fontsize=points(TEXT_PX),
            **look,
        )


def tick_percent(tick: float) -> str:
    """Return a tick of an axis of per cent: "20 %"."""
    return _(percent(tick / 100, 0))


def thin_names(names: Sequence[str], place_px: float, least_px: float = 15.0) -> list[str]:
    """Keep every k-th name and blank the others, so that each kept one has `least_px`."""
    step = 1
    while place_px * step < least_px:
        step += 1
    return [name if index % step == 0 else "" for index, name in enumerate(names)]


def shorten(name: str, columns: int) -> str:
    """Return the name in one line of at most so many columns, cut with … where it is longer.

    What cannot be seen becomes a space; several spaces become one.
    """
    seen = (character if character.isprintable() else " " for character in name)
    name = " ".join("".join(seen).split()) or "(no name)"
    return cut(name, columns)


def width_px(names: Sequence[str]) -> float:
    """Estimate the width of the widest name, in CSS pixels, from its columns."""
    return max((count_columns(name) for name in names), default=0) * COLUMN_PX


def fonts_for(words: str) -> list[str]:
    """Return the fonts for words: matplotlib's own, then those of this machine that know more."""
    return [_PLAIN, *_wider_fonts()] if any(ord(c) > 0x2FF for c in words) else [_PLAIN]


@cache
def _wider_fonts() -> tuple[str, ...]:
    installed = {font.name for font in fontManager.ttflist}
    return tuple(name for name in _WIDER if name in installed)
