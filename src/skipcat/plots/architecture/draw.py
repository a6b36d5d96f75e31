"""A network as its paper draws it, from the image at the top to the logits, with its cost beside.

Boxes and branches stand for layers; parameters, multiply-adds, the receptive field and measured
times stand in columns at the right. Several networks stand side by side.
"""

from collections.abc import Sequence
from html import escape

from skipcat.plots import style
from skipcat.plots.architecture.layout import (
    ABOVE,
    BAR_PX,
    HEAD_AT,
    LINE,
    MACS,
    MS,
    PARAMETERS,
    SEES,
    Places,
    each_of,
    label_of,
    place_network,
    row_height,
    say_macs,
    say_ms,
    times_of,
)
from skipcat.plots.architecture.model import Architecture, Box, DrawnRow, Kind, in_order
from skipcat.plots.architecture.shapes import COLOURS, measure, paint, takes_arrow
from skipcat.plots.svg import (
    ACCENT,
    FAINT,
    INK,
    RULE,
    Point,
    close_svg,
    frame,
    text_px,
    wire,
    write,
)

MARGIN, BETWEEN = 16.0, 32.0
TITLE_PX = 18.0
SWATCH = 12.0


def draw_architectures(drawings: Sequence[Architecture]) -> str:
    """Return networks side by side as one SVG element for HTML.

    Networks whose rows bear the same names have them at the same heights.
    """
    heights = [tuple(row_height(row) for row in one.rows) for one in drawings]
    if len({tuple(row.names for row in one.rows) for one in drawings}) == 1:
        shared = tuple(max(each) for each in zip(*heights, strict=True))
        heights = [shared for _ in drawings]
    places, left = [], MARGIN
    for one, rows in zip(drawings, heights, strict=True):
        places.append(place_network(one, left, rows))
        left = places[-1].right + BETWEEN
    top = MARGIN + TITLE_PX + LINE * max(len(one.titles) for one in places) + LINE
    most = max((row.macs for one in drawings for row in one.rows), default=1) or 1
    pieces, bottoms = list[str](), list[float]()
    for one, where in zip(drawings, places, strict=True):
        drawn, bottom = _paint_network(one, where, top, most)
        pieces += drawn
        bottoms.append(bottom)
    names = " and ".join(one.title for one in drawings)
    size = (left - BETWEEN + MARGIN, max(bottoms) + MARGIN)
    return close_svg(pieces, size, f"The architecture of {names}")


def _paint_network(
    drawing: Architecture, places: Places, top: float, most: int
) -> tuple[list[str], float]:
    """Draw one network; give the pieces and where they end."""
    pieces = [write((places.left, MARGIN + TITLE_PX), drawing.title, size=TITLE_PX, bold=True)]
    for index, line in enumerate(places.titles):
        y = MARGIN + TITLE_PX + LINE * (index + 1) + 2
        pieces.append(write((places.left, y), line, size=style.SMALL_PX, colour=FAINT))
    y = top + LINE
    pieces += _paint_headings(places, y)
    y += 10
    ends = list[float]()
    for row, height in zip(drawing.rows, places.heights, strict=True):
        pieces.append(_rule(places, y))
        drawn, start, end = _paint_row(row, places, y, height, most)
        if ends:
            way = [(places.axis, ends[-1]), (places.axis, start)]
            pieces.append(wire(way, arrow=takes_arrow(row.part)))
        ends.append(end)
        pieces += drawn
        y += height
    pieces += [_rule(places, y), *_paint_sums(drawing, places, y + 22)]
    return _paint_foot(drawing, places, pieces, y + 34)


def _rule(places: Places, y: float) -> str:
    """Return the thin line above a row."""
    return f'<path d="M{places.left:g} {y:g} H{places.right:g}" stroke="{RULE}"/>'


def _paint_headings(places: Places, y: float) -> list[str]:
    return [
        write((end, y), heading, size=style.SMALL_PX, colour=FAINT, anchor="end")
        for heading, end in places.columns.items()
    ]


def _paint_row(
    row: DrawnRow, places: Places, top: float, height: float, most: int
) -> tuple[list[str], float, float]:
    """Draw a row; give the pieces, where its drawing begins and where it ends."""
    size, axis = measure(row.part), places.axis
    head = measure(row.head).height + ABOVE if row.head else 0
    start = top + (height - size.height - head) / 2
    end = start + size.height
    middle = (start + end) / 2
    drawn = [f"<g><title>{_explain(row)}</title>", *paint(row.part, (axis, start))]
    if row.head:
        box = measure(row.head)
        y = end + ABOVE + box.height / 2
        drawn += [
            wire([(axis, y), (axis + HEAD_AT, y)], arrow=True, dashed=True),
            *paint(row.head, (axis + HEAD_AT + box.left, y - box.height / 2)),
        ]
    label = label_of(row)
    y = middle - LINE * (len(label) - 1) / 2 + 4
    for index, (words, is_name) in enumerate(label):
        size_px = style.TEXT_PX if is_name else style.SMALL_PX
        colour = INK if is_name else FAINT
        place = (places.left, y + LINE * index)
        drawn.append(write(place, words, size=size_px, bold=is_name, colour=colour))
    return [*drawn, *_paint_figures(row, places, middle, most), "</g>"], start, end


def _explain(row: DrawnRow) -> str:
    words = ", ".join(row.names)
    return escape(f"{words}: {row.explained}" if row.explained else words)


def _paint_figures(row: DrawnRow, places: Places, middle: float, most: int) -> list[str]:
    y = middle + 4
    drawn = list[str]()
    if row.parameters:
        drawn.append(_cell(places.columns[PARAMETERS], y, f"{row.parameters:,}"))
    if each := each_of(row):
        drawn.append(
            _cell(places.columns[PARAMETERS], y + LINE, each, size=style.SMALL_PX, colour=FAINT)
        )
    if row.macs:
        drawn.append(_cell(places.columns[MACS], y, say_macs(row.macs)))
        long = max(1.0, BAR_PX * row.macs / most)
        corner = (places.columns[MACS] - long, y + 6)
        drawn.append(frame(corner, (long, 4), colour=ACCENT, filled=0.7, edged=False, corner=1))
    if row.receptive_field_px is not None:
        drawn.append(_cell(places.columns[SEES], y, f"{row.receptive_field_px:,}"))
    if row.milliseconds is not None:
        drawn.append(_cell(places.columns[MS], y, say_ms(row.milliseconds)))
    return drawn


def _cell(
    end: float,
    y: float,
    words: str,
    *,
    size: float = style.TEXT_PX,
    colour: str = INK,
    bold: bool = False,
) -> str:
    return write((end, y), words, size=size, colour=colour, anchor="end", bold=bold)


def _paint_sums(drawing: Architecture, places: Places, y: float) -> list[str]:
    sums = {
        PARAMETERS: f"{drawing.parameters:,}",
        MACS: say_macs(drawing.macs),
        SEES: f"{drawing.receptive_field_px:,}",
        MS: say_ms(sum(times_of(drawing))),
    }
    cells = [_cell(end, y, sums[heading], bold=True) for heading, end in places.columns.items()]
    return [write((places.left, y), "sum", bold=True), *cells]


def _paint_foot(
    drawing: Architecture, places: Places, pieces: list[str], y: float
) -> tuple[list[str], float]:
    """Draw what the colours mean and what to know."""
    pieces = [*pieces, _rule(places, y)]
    x, y = places.left, y + 22
    for kind in _kinds_of(drawing):
        width = SWATCH + 6 + text_px(kind, style.SMALL_PX)
        if x + width > places.right:
            x, y = places.left, y + LINE
        corner: Point = (x, y - 10)
        pieces.append(frame(corner, (SWATCH, SWATCH), colour=COLOURS[kind], filled=0.16))
        pieces.append(write((x + SWATCH + 6, y), kind, size=style.SMALL_PX, colour=FAINT))
        x += width + 16
    y += 4
    for line in places.notes:
        y += LINE
        pieces.append(write((places.left, y), line, size=style.SMALL_PX, colour=FAINT))
    return pieces, y


def _kinds_of(drawing: Architecture) -> list[Kind]:
    found: list[Kind] = ["convolution", "pool", "activation", "linear", "concatenation"]
    seen = set[Kind]()
    for row in drawing.rows:
        for part in in_order(row.part):
            if isinstance(part, Box):
                seen.add(part.kind)
            elif getattr(part, "words", ""):
                seen.add("concatenation")
    return [kind for kind in found if kind in seen]
