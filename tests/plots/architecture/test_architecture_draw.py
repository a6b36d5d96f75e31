from dataclasses import replace

import pytest

from drawn import assert_tidy, read
from skipcat.plots.architecture.draw import draw_architectures
from skipcat.plots.architecture.model import (
    Architecture,
    Box,
    Chain,
    DrawnRow,
    Parallel,
    Repeat,
    ResidualPart,
    in_order,
)
from skipcat.plots.architecture.shapes import measure, takes_arrow
from skipcat.plots.style import INK
from skipcat.plots.svg import stand_alone

HOSTILE = 'a & "b" <c>'
LAYER = Box("3x3, 64", "convolution")
UNIT = ResidualPart(Chain((LAYER, LAYER)), note="identity", after="ReLU")


def network(*parts, title="net", notes=(), names=None):
    rows = [
        DrawnRow((names[i] if names else f"row{i}",), part, "8x8x64", parameters=9, macs=10_000)
        for i, part in enumerate(parts)
    ]
    return Architecture(title, "A paper.", tuple(rows), 18, 20_000, 7, notes)


@pytest.mark.parametrize(
    "part",
    [
        LAYER,
        Box("two\nlines", small=True, dashed=True),
        Chain((LAYER, Repeat(UNIT, 1202))),
        Parallel((LAYER, Chain(), Chain((LAYER, Parallel((LAYER, LAYER))))), "concat, 192"),
        Parallel((Box("1"), Box("2")), "words that are wider than both of the branches"),
        ResidualPart(LAYER, Chain((Box("pool"), Box("a long shortcut"), LAYER)), dashed=True),
        Repeat(Repeat(Parallel((UNIT, UNIT), "sum"), 2), 3),
    ],
)
def test_every_part_draws_tidily_within_its_extent(part):
    drawn = read(draw_architectures([network(LAYER, part, LAYER)]))
    assert_tidy(drawn)
    height = measure(part).height
    assert drawn.edge.bottom > height
    words = [line for one in in_order(part) if isinstance(one, Box) for line in one.words.split()]
    assert set(words) <= {word for text in drawn.words for word in text.split()}


def test_wires_end_in_arrows_at_boxes_only():
    assert takes_arrow(LAYER) and takes_arrow(Chain((LAYER, UNIT)))
    assert not takes_arrow(UNIT) and not takes_arrow(Chain((UNIT,))) and not takes_arrow(Chain())


def test_words_are_escaped_and_stay_text():
    svg = draw_architectures([network(Box(HOSTILE), title=HOSTILE, notes=(HOSTILE,))])
    assert HOSTILE not in svg
    assert read(svg).words.count(HOSTILE) == 3


def test_networks_with_the_same_rows_stand_at_the_same_heights():
    tall = network(Chain((UNIT, UNIT)), LAYER, names=("conv2_x", "fc"))
    low = network(LAYER, LAYER, names=("conv2_x", "fc"), title="other")
    drawn = read(draw_architectures([tall, low]))
    assert_tidy(drawn)
    for name in ("conv2_x", "fc", "sum"):
        first, second = (text for text in drawn.texts if text.words == name)
        assert first.left < second.left
        if name != "sum":
            assert abs(first.top - second.top) < 20
    assert len({text.top for text in drawn.texts if text.words == "fc"}) == 1


def test_networks_with_other_rows_stand_side_by_side_all_the_same():
    drawings = [network(LAYER), network(UNIT, UNIT, UNIT), network(LAYER, LAYER, title="third")]
    drawn = read(draw_architectures(drawings))
    assert_tidy(drawn)
    assert drawn.words.count("sum") == 3


def test_several_rows_in_one_show_the_first_and_the_last_name_and_each_share():
    one = network(LAYER)
    row = replace(one.rows[0], names=("a", "b", "c"), part=Repeat(LAYER, 3))
    drawn = read(draw_architectures([replace(one, rows=(row,))]))
    assert {"a to", "c", "x 3", "3 x 3"} <= set(drawn.words)
    assert drawn.titles == ("a, b, c",)


def test_few_macs_are_not_none():
    one = network(LAYER)
    few = replace(one, rows=(replace(one.rows[0], macs=640),))
    assert "<0.01" in read(draw_architectures([few])).words


def test_a_page_gives_the_colours_and_a_file_has_its_own():
    svg = draw_architectures([network(LAYER, UNIT)])
    assert f"var(--ink, {INK})" in svg and "xmlns" not in svg
    assert " id=" not in svg  # many stand in one page
    alone = stand_alone(svg)
    assert "var(" not in alone and alone.startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
    assert read(alone).words == read(svg).words
