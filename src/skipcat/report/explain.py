"""The page of explanations: pictures with their maps, and how far each can be believed."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from skipcat.explanation import words as explanation_words
from skipcat.explanation.explanations import METHODS, Explanation, Explanations, HeatMap
from skipcat.explanation.faithfulness import RANDOM_MAPS
from skipcat.explanation.grids import say_grid
from skipcat.plots.heat import draw_legend, lay_over, tile_maps
from skipcat.report.page import Picture
from skipcat.report.render import render_template


@dataclass(frozen=True, eq=False)
class ShownMap:
    """A map over its picture, and the words below it."""

    map: HeatMap
    picture: Picture
    words: tuple[str, str]


@dataclass(frozen=True, eq=False)
class ShownImage:
    """One explained image, ready for the page."""

    one: Explanation
    picture: Picture
    maps: tuple[ShownMap, ...]
    shares: tuple[str, str]
    tables: tuple["ShareTable", ...]
    features: Picture | None


@dataclass(frozen=True)
class ShareTable:
    """The modules that have the same branches, as one table."""

    branches: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float, ...]], ...]


def render_explanations(found: Explanations, *, classifier: str = "") -> str:
    """Give the page of explanations as one self-contained HTML file."""
    return render_template(
        "explain.html.j2",
        found=found,
        classifier=classifier,
        sheets=[(sheet, show_images(sheet.explanations)) for sheet in found.sheets],
        means=[explanation_words.say_mean(m, found.mean_faithfulness(m)) for m in METHODS],
        say_means=lambda sheet: [
            explanation_words.say_mean(m, sheet.mean_faithfulness(m)) for m in METHODS
        ],
        grid=say_grid(found.row.grid),
        legend=Picture(draw_legend()),
        random_maps=RANDOM_MAPS,
    )


def show_images(explanations: Iterable[Explanation]) -> list[ShownImage]:
    """Make explained images ready for a page."""
    return [_show(one) for one in explanations]


def _show(one: Explanation) -> ShownImage:
    picture = one.pixels[0] if len(one.pixels) == 1 else one.pixels.transpose(1, 2, 0)
    maps = tuple(
        ShownMap(
            each,
            Picture(lay_over(picture, each.values)),
            explanation_words.say_map(each),
        )
        for each in one.maps
    )
    return ShownImage(
        one,
        Picture(np.ascontiguousarray(picture)),
        maps,
        explanation_words.say_shares(one.shares),
        _tabulate(one),
        Picture(tile_maps(one.features.maps)) if one.features else None,
    )


def _tabulate(one: Explanation) -> tuple[ShareTable, ...]:
    tables: dict[tuple[str, ...], list[tuple[str, tuple[float, ...]]]] = {}
    for module in one.shares:
        branches = tuple(module.shares)
        tables.setdefault(branches, []).append((module.module, tuple(module.shares.values())))
    return tuple(ShareTable(branches, tuple(rows)) for branches, rows in tables.items())
