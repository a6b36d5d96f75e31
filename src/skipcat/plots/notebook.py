"""HTML in which results show themselves in a notebook: figures, tables, sentences, escaped.

Colours are the page's, or dark on white where a notebook has others of its own.
"""

from collections.abc import Sequence
from html import escape
from zlib import crc32

from matplotlib.figure import Figure

from skipcat.plots.encode import clean, figure_to_svg
from skipcat.plots.svg import INK, PAPER, RULE


def notebook_html(*pieces: str) -> str:
    """Return pieces of HTML as one that is readable on any ground."""
    look = f"background: {PAPER}; color: {INK}; padding: 8px; overflow-x: auto"
    return f'<div style="{look}">{"".join(pieces)}</div>'


def paragraph(words: str) -> str:
    """Return a sentence."""
    return f'<p style="margin: 0 0 8px; max-width: 76ch">{_fit(words)}</p>'


def folded(title: str, content: str, *, shown: bool = False) -> str:
    """Return HTML that a click on its title shows or hides."""
    opened = ' open=""' if shown else ""
    return f"<details{opened}><summary>{_fit(title)}</summary>{content}</details>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose first column holds names and whose others hold figures."""
    cells = [_row("th", head), *(_row("td", row) for row in rows)]
    return f'<table style="border-collapse: collapse">{"".join(cells)}</table>'


def _row(kind: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(_cell(kind, cell, not i) for i, cell in enumerate(cells))}</tr>"


def _cell(kind: str, words: str, first: bool) -> str:
    side = "left" if first else "right"
    look = f"text-align: {side}; padding: 2px 12px 2px 0; border-bottom: 1px solid {RULE}"
    return f'<{kind} style="{look}">{_fit(words)}</{kind}>'


def figure_html(figure: Figure, kind: str, description: str) -> str:
    """Return a figure; its ids differ from those of other figures in the notebook."""
    drawn = figure_to_svg(figure, name=kind, description=description)
    name = f"{kind}-{crc32(drawn.encode(errors='replace')):08x}"
    return figure_to_svg(figure, name=name, description=description)


def _fit(words: str) -> str:
    return escape(clean(words))
