"""SVG by hand: text that stays text, boxes, wires; the page's colours, or our own without one.

Colours are CSS variables with a fallback, as in `encode.py`; arrow heads are drawn, not referred
to, so that a page may hold many drawings and no id comes twice.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Literal

from skipcat.plots import style

PAPER = "var(--paper, #ffffff)"
INK = f"var(--ink, {style.INK})"
FAINT = f"var(--faint, {style.FAINT})"
RULE = f"var(--rule, {style.RULE})"
ACCENT = f"var(--accent, {style.MARK})"

FONTS = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', 'DejaVu Sans', "
    "sans-serif"
)
ARROW_PX = 5.0

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


def text_px(words: str, size: float = style.TEXT_PX) -> float:
    """Estimate the width of words in a size, in CSS pixels."""
    return style.width_px([words]) * size / style.TEXT_PX


def write(
    place: Point,
    words: str,
    *,
    size: float = style.TEXT_PX,
    colour: str = INK,
    anchor: Anchor = "start",
    bold: bool = False,
) -> str:
    """Return words on a baseline."""
    x, y = place
    look = "" if anchor == "start" else f' text-anchor="{anchor}"'
    look += "" if size == style.TEXT_PX else f' font-size="{size:g}"'
    look += ' font-weight="600"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}"{look}>{escape(words)}</text>'


def frame(
    place: Point,
    size: Point,
    *,
    colour: str,
    filled: float = 0.0,
    dashed: bool = False,
    edged: bool = True,
    corner: float = 3.0,
) -> str:
    """Return a rectangle: its edge, and `filled` of its colour inside."""
    look = f'fill="{colour}" fill-opacity="{filled:g}"' if filled else 'fill="none"'
    look += f' stroke="{colour}"' if edged else ""
    look += ' stroke-dasharray="4 3"' if dashed else ""
    (x, y), (width, height) = place, size
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{corner:g}" {look}/>'
    )


def wire(points: Sequence[Point], *, arrow: bool = False, dashed: bool = False) -> str:
    """Return a line through points, with a head at its end where asked."""
    way = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    line = f'<path d="{way}" fill="none" stroke="{FAINT}"{dashes}/>'
    return line + _head(points[-2], points[-1]) if arrow else line


def _head(start: Point, end: Point) -> str:
    (x, y), half = end, ARROW_PX * 0.6
    if start[0] == x:
        back = y - ARROW_PX if end[1] > start[1] else y + ARROW_PX
        corners = f"{x:g} {y:g} {x - half:g} {back:g} {x + half:g} {back:g}"
    else:
        back = x - ARROW_PX if x > start[0] else x + ARROW_PX
        corners = f"{x:g} {y:g} {back:g} {y - half:g} {back:g} {y + half:g}"
    return f'<polygon points="{corners}" fill="{FAINT}"/>'


def close_svg(pieces: Sequence[str], size: Point, description: str) -> str:
    """Return an SVG element for HTML; it shrinks with the page and is read aloud as described."""
    width, height = size
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        f' style="max-width: 100%; height: auto" role="img" aria-label="{escape(description)}"'
        f' font-family="{FONTS}" font-size="{style.TEXT_PX:g}">'
        + frame((0, 0), size, colour=PAPER, filled=1, edged=False, corner=0)
        + "\n".join(pieces)
        + "</svg>"
    )


def stand_alone(svg: str) -> str:
    """Return a drawing as the content of a file: colours that every program knows."""
    plain = re.sub(r"var\(--\w+, (#\w+)\)", r"\1", svg)
    return plain.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"
