"""Where the rows and columns of a network's drawing stand."""

from dataclasses import dataclass
from textwrap import wrap

from skipcat.plots import style
from skipcat.plots.architecture.model import Architecture, DrawnRow
from skipcat.plots.architecture.shapes import measure
from skipcat.plots.svg import text_px

LINE = 16.0  # of text below text
ABOVE = 13.0  # from a row's edge to its drawing
LEAST_ROW = 44.0
HEAD_AT = 36.0  # from the axis to an auxiliary head
BAR_PX = 56.0  # of the row with the most MACs
BOLD = 1.1  # how much wider bold words are
PARAMETERS, MACS, SEES, MS = "parameters", "MACs, M", "sees, px", "ms"  # headings


@dataclass(frozen=True)
class Places:
    """Where the parts of one network stand, in CSS pixels."""

    left: float
    right: float
    axis: float
    columns: dict[str, float]  # where each ends, by its heading
    heights: tuple[float, ...]
    titles: tuple[str, ...]
    notes: tuple[str, ...]


def row_height(row: DrawnRow) -> float:
    """Return the height that a row needs for its drawing, its head and its words."""
    head = measure(row.head).height + ABOVE if row.head else 0
    lines = LINE * len(label_of(row)) + 12
    return max(measure(row.part).height + 2 * ABOVE + head, lines, LEAST_ROW)


def label_of(row: DrawnRow) -> list[tuple[str, bool]]:
    """Return the lines at the left, and which are names: one, or the first and the last."""
    names = [row.names[0]] if len(row.names) == 1 else [f"{row.names[0]} to", row.names[-1]]
    return [*((name, True) for name in names), *((w, False) for w in (row.what, row.output) if w)]


def _label_px(row: DrawnRow) -> float:
    return max(
        BOLD * text_px(words) if is_name else text_px(words, style.SMALL_PX)
        for words, is_name in label_of(row)
    )


def place_network(drawing: Architecture, left: float, heights: tuple[float, ...]) -> Places:
    """Find the places of a network whose left edge and rows' heights are given."""
    sizes = [measure(row.part) for row in drawing.rows]
    heads = [HEAD_AT + 2 * measure(row.head).left for row in drawing.rows if row.head]
    labels = max(_label_px(row) for row in drawing.rows)
    axis = left + labels + 16 + max(size.left for size in sizes)
    end = axis + max(*(size.right for size in sizes), *heads, 0.0) + 8
    columns = dict[str, float]()
    for heading, cells in _columns_of(drawing).items():
        least = max(text_px(heading, style.SMALL_PX), BAR_PX if heading == MACS else 0)
        end += 14 + max(least, BOLD * style.width_px(cells))
        columns[heading] = end
    width = int((end - left) / text_px("x", style.SMALL_PX))
    titles = tuple(wrap(drawing.subtitle, width))
    notes = tuple(line for note in drawing.notes for line in wrap(note, width))
    return Places(left, end, axis, columns, heights=heights, titles=titles, notes=notes)


def _columns_of(drawing: Architecture) -> dict[str, list[str]]:
    """Give the widest cells of each column by its heading; times only where some were measured."""
    times = times_of(drawing)
    columns = {
        PARAMETERS: [f"{drawing.parameters:,}", *map(each_of, drawing.rows)],
        MACS: [say_macs(drawing.macs)],
        SEES: [f"{drawing.receptive_field_px:,}"],
    }
    return columns | ({MS: [say_ms(time) for time in (*times, sum(times))]} if times else {})


def each_of(row: DrawnRow) -> str:
    """Return what each of several equal rows has of the parameters, "" of a single one."""
    times = len(row.names)
    return f"{times} x {row.parameters // times:,}" if times > 1 and row.parameters else ""


def say_macs(macs: int) -> str:
    """Return millions of multiply-adds."""
    return f"{macs / 1e6:,.2f}" if macs >= 5000 else "<0.01"


def say_ms(milliseconds: float) -> str:
    """Return a measured time."""
    return f"{milliseconds:,.2f}"


def times_of(drawing: Architecture) -> list[float]:
    """Return the rows' times, those that were measured."""
    return [row.milliseconds for row in drawing.rows if row.milliseconds is not None]
