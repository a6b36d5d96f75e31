"""The places of a drawing's parts, and the parts drawn at them.

Every part stands on an axis, down which the data flow; sizes are counted from the axis and the top,
in CSS pixels.
"""

from dataclasses import dataclass
from functools import cache, singledispatch

from skipcat.plots import style
from skipcat.plots.architecture.model import Box, Chain, Kind, Parallel, Part, Repeat, ResidualPart
from skipcat.plots.svg import FAINT, INK, Anchor, Point, frame, text_px, wire, write

COLOURS: dict[Kind, str] = {
    "convolution": style.BLUE,
    "pool": style.VERMILLION,
    "activation": style.ORANGE,
    "linear": style.PURPLE,
    "concatenation": style.GREEN,
    "other": FAINT,
}
GAP = 14.0  # between layers, with an arrow in it
BESIDE = 14.0  # between branches
RAIL = 9.0  # from a part's top to where its ways part
BAR = 18.0
RADIUS = 8.0  # of a sum
INSET = 8.0  # of what is repeated in its frame
TIMES_PX = 14.0


@dataclass(frozen=True)
class Extent:
    """How far a part reaches left and right of its axis, its height, and where it lets go."""

    left: float
    right: float
    height: float
    outlets: tuple[float, ...] = (0.0,)


@cache
def measure(part: Part) -> Extent:
    """Return the size of a part."""
    return _measure(part)


@singledispatch
def paint(part: Part, place: Point) -> list[str]:
    """Draw a part, its axis and top at a place."""
    raise TypeError(part)


@singledispatch
def _measure(part: Part) -> Extent:
    raise TypeError(part)


def font_px(box: Box) -> float:
    """Return the size of a box's words."""
    return style.SMALL_PX if box.small else style.TEXT_PX


def takes_arrow(part: Part) -> bool:
    """Tell whether a wire to a part ends in an arrow: ways that part bear their own."""
    if isinstance(part, Chain):
        return bool(part.parts) and takes_arrow(part.parts[0])
    return isinstance(part, Box)


@_measure.register
def _(part: Box) -> Extent:
    lines = part.words.split("\n")
    half = max(text_px(line, font_px(part)) for line in lines) / 2 + (8 if part.small else 10)
    return Extent(half, half, (3 if part.small else 8) + 16 * len(lines))


@paint.register
def _(part: Box, place: Point) -> list[str]:
    (x, y), size = place, measure(part)
    colour, filled = COLOURS[part.kind], 0.0 if part.kind == "other" else 0.16
    corner, sides = (x - size.left, y), (2 * size.left, size.height)
    look = frame(corner, sides, colour=colour, filled=filled, dashed=part.dashed)
    first = y + (size.height - 16 * part.words.count("\n")) / 2 + 0.36 * font_px(part)
    words = [
        write((x, first + 16 * index), line, size=font_px(part), anchor="middle")
        for index, line in enumerate(part.words.split("\n"))
    ]
    return ["<g>", look, *words, "</g>"]


@_measure.register
def _(part: Chain) -> Extent:
    sizes = [measure(one) for one in part.parts]
    if not sizes:
        return Extent(0, 0, 0)
    height = sum(size.height for size in sizes) + GAP * (len(sizes) - 1)
    left, right = max(size.left for size in sizes), max(size.right for size in sizes)
    return Extent(left, right, height, sizes[-1].outlets)


@paint.register
def _(part: Chain, place: Point) -> list[str]:
    (x, y), drawn = place, list[str]()
    for index, one in enumerate(part.parts):
        if index:
            drawn.append(wire([(x, y - GAP), (x, y)], arrow=takes_arrow(one)))
        drawn += paint(one, (x, y))
        y += measure(one).height + GAP
    return drawn


def _axes(part: Parallel) -> list[float]:
    """Return the branches' axes, from the axis of them all."""
    sizes = [measure(branch) for branch in part.branches]
    edge, axes = -_half_width(part), []
    for size in sizes:
        axes.append(edge + size.left)
        edge += size.left + size.right + BESIDE
    return axes


def _half_width(part: Parallel) -> float:
    sizes = [measure(branch) for branch in part.branches]
    return (sum(size.left + size.right for size in sizes) + BESIDE * (len(sizes) - 1)) / 2


@_measure.register
def _(part: Parallel) -> Extent:
    half = _half_width(part)
    height = RAIL + GAP + max(measure(branch).height for branch in part.branches)
    if part.words:
        half = max(half, text_px(part.words, style.SMALL_PX) / 2 + 10)
        return Extent(half, half, height + GAP + BAR)
    outlets = tuple(
        axis + outlet
        for axis, branch in zip(_axes(part), part.branches, strict=True)
        for outlet in measure(branch).outlets
    )
    return Extent(half, half, height, outlets)


@paint.register
def _(part: Parallel, place: Point) -> list[str]:
    (x, y), size, axes = place, measure(part), _axes(part)
    rail = y + RAIL
    bottom = y + size.height - (BAR if part.words else 0)
    drawn = [wire([(x, y), (x, rail)]), wire([(x + axes[0], rail), (x + axes[-1], rail)])]
    for axis, branch in zip(axes, part.branches, strict=True):
        top, inner = rail + GAP, measure(branch)
        drawn.append(wire([(x + axis, rail), (x + axis, top)], arrow=takes_arrow(branch)))
        drawn += paint(branch, (x + axis, top))
        for outlet in inner.outlets:
            end = x + axis + outlet
            if top + inner.height < bottom:
                way = [(end, top + inner.height), (end, bottom)]
                drawn.append(wire(way, arrow=bool(part.words)))
    return [*drawn, *_paint_bar(part, (x, bottom), size)] if part.words else drawn


def _paint_bar(part: Parallel, place: Point, size: Extent) -> list[str]:
    x, y = place
    corner, sides = (x - size.left, y), (size.left + size.right, BAR)
    return [
        "<g>",
        frame(corner, sides, colour=COLOURS["concatenation"], filled=0.16),
        write((x, y + 13), part.words, size=style.SMALL_PX, anchor="middle"),
        "</g>",
    ]


def _arc(part: ResidualPart) -> float:
    """Return where the shortcut runs, from the axis."""
    return measure(part.branch).right + BESIDE + 2 + measure(part.shortcut).left


@_measure.register
def _(part: ResidualPart) -> Extent:
    branch, shortcut = measure(part.branch), measure(part.shortcut)
    note = 6 + text_px(part.note, style.SMALL_PX) if part.note else 0
    after = RADIUS + 5 + text_px(part.after, style.SMALL_PX)
    height = RAIL + GAP + max(branch.height, shortcut.height) + GAP + 2 * RADIUS
    return Extent(
        max(branch.left, after if part.after else RADIUS),
        _arc(part) + max(shortcut.right, note),
        height,
    )


@paint.register
def _(part: ResidualPart, place: Point) -> list[str]:
    (x, y), size, branch = place, measure(part), measure(part.branch)
    split, middle = y + RAIL, y + size.height - RADIUS
    return [
        wire([(x, y), (x, split)]),
        f'<circle cx="{x:g}" cy="{split:g}" r="2" fill="{FAINT}"/>',
        wire([(x, split), (x, split + GAP)], arrow=takes_arrow(part.branch)),
        *paint(part.branch, (x, split + GAP)),
        *_paint_shortcut(part, (x, split), middle),
        wire([(x, split + GAP + branch.height), (x, middle - RADIUS)], arrow=True),
        f'<circle cx="{x:g}" cy="{middle:g}" r="{RADIUS:g}" fill="none" stroke="{INK}"/>',
        wire([(x - 4, middle), (x + 4, middle)]),
        wire([(x, middle - 4), (x, middle + 4)]),
        *_paint_note(part.after, (x - RADIUS - 5, middle + 4), "end"),
    ]


def _paint_shortcut(part: ResidualPart, split: Point, middle: float) -> list[str]:
    """Draw the way around the branch, from the split to the sum."""
    (x, top), arc = split, split[0] + _arc(part)
    shortcut = measure(part.shortcut)
    first = (top + middle - shortcut.height) / 2
    end = (x + RADIUS, middle)
    if not shortcut.height:
        way = [(x, top), (arc, top), (arc, middle), end]
        note = _paint_note(part.note, (arc + 6, (top + middle) / 2 + 4), "start")
        return [wire(way, arrow=True, dashed=part.dashed), *note]
    return [
        wire([(x, top), (arc, top), (arc, first)], arrow=True, dashed=part.dashed),
        *paint(part.shortcut, (arc, first)),
        wire([(arc, first + shortcut.height), (arc, middle), end], arrow=True, dashed=part.dashed),
    ]


def _paint_note(words: str, place: Point, anchor: Anchor) -> list[str]:
    note = write(place, words, size=style.SMALL_PX, colour=FAINT, anchor=anchor)
    return [note] if words else []


@_measure.register
def _(part: Repeat) -> Extent:
    inner = measure(part.part)
    label = 8 + text_px(f"x {part.times}", TIMES_PX)
    return Extent(inner.left + INSET, inner.right + INSET + label, inner.height + 2 * INSET)


@paint.register
def _(part: Repeat, place: Point) -> list[str]:
    (x, y), inner, size = place, measure(part.part), measure(part)
    sides = (inner.left + inner.right + 2 * INSET, size.height)
    edge = x + inner.right + INSET
    drawn = [frame((x - size.left, y), sides, colour=FAINT, dashed=True, corner=6)]
    enters = takes_arrow(part.part)
    drawn.append(wire([(x, y), (x, y + INSET)], arrow=enters))
    drawn += paint(part.part, (x, y + INSET))
    bottom = y + size.height
    drawn += [wire([(x + o, bottom - INSET), (x + o, bottom)]) for o in inner.outlets]
    words = f"x {part.times}"
    drawn.append(write((edge + 7, y + size.height / 2 + 5), words, size=TIMES_PX, bold=True))
    return drawn
